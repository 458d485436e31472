//! The descriptor of Constant Contact: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN};

const APPS: &str = "https://app.constantcontact.com/pages/dma/portal/";

const fn secret(name: &'static str, label: &'static str, hint: &'static str, example: &'static str) -> Field {
    Field { name, label, hint, link: Some(APPS), example, secret: true, required: true, missing: None }
}

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "constant-contact",
    name: "Constant Contact",
    docs: "https://developer.constantcontact.com/api_reference/",
    fields: &[
        Field {
            name: CLIENT_ID,
            label: "API key (client ID)",
            hint: "In Constant Contact\u{2019}s developer portal, go to My Applications and create an application with \
                   the authorization code flow.",
            link: Some(APPS),
            example: "8 groups of letters and digits with hyphens",
            secret: false,
            required: true,
            missing: None,
        },
        secret(CLIENT_SECRET, "Client secret", "Generate it in the application.", "22 letters and digits"),
        secret(
            REFRESH_TOKEN,
            "Refresh token",
            "Create one for us alone, as Constant Contact\u{2019}s page in our docs describes.",
            "43 letters, digits and hyphens",
        ),
    ],
    scopes: &["account_read", "contact_data", "offline_access"],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    // Vendor's OpenAPI description, `PUT /contacts/{contact_id}`: what isn't named is cleared.
    new_address: NewAddress::Replaces(
        "Constant Contact only changes an address by a call that clears whatever it doesn\u{2019}t name, so we \
         don\u{2019}t use it.",
    ),
    paces: &[Pace { name: "", per_minute: 180, burst: 3, jitter_ms: 0 }],
    limit: "4 requests per second and 10,000 per day. We send at most 3 per second; a sync uses about 6.",
    names: Names::Stay,
    writes: &[
        Written { field: "email_address", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written {
            field: "first_name, last_name",
            value: "the name, split; at most 50 characters each; omitted if empty. Of a contact who is there already, \
                    only if they accepted your terms: Constant Contact has no other call that updates a name and keeps \
                    the rest",
        },
        Written {
            field: "permission_to_send",
            value: "explicit for people who accepted your terms, because we use the sign-up call, or pending if \
                    Constant Contact asks new contacts to confirm; `implicit` for other new contacts, also if the \
                    address has more than 50 characters, which the sign-up call doesn\u{2019}t accept; otherwise \
                    unchanged",
        },
        Written {
            field: "list_memberships, taggings",
            value: "the selected list; `Rekomi affiliate`, your account tags and the program\u{2019}s extra tags",
        },
    ],
    calls: &[
        Call {
            line: "POST /oauth2/default/v1/token",
            why: "exchanges the refresh token, about once a day; if the next one differs, it\u{2019}s stored \
                  encrypted, and none is ever logged",
        },
        Call {
            line: "GET /v3/contacts?email=&status=all",
            why: "checks whether the contact exists, and whether they unsubscribed",
        },
        Call { line: "GET /v3/contact_tags", why: "reads the tags that exist" },
        Call { line: "POST /v3/contact_tags", why: "creates a missing tag" },
        Call {
            line: "POST /v3/contacts/sign_up_form",
            why: "creates or updates people who accepted your terms, and adds them to the list",
        },
        Call { line: "POST /v3/contacts", why: "creates anyone else" },
        Call { line: "POST /v3/activities/add_list_memberships", why: "adds anyone else who is there to the list" },
        Call { line: "POST /v3/activities/contacts_taggings_add", why: "adds the tags they don\u{2019}t have" },
        Call { line: "POST /v3/activities/contacts_taggings_remove", why: "removes the tags we added when they leave" },
        Call {
            line: "GET /v3/contacts/{id}",
            why: "reads back list and tags until they\u{2019}re there: Constant Contact adds them a little later",
        },
    ],
    consent: "We read `permission_to_send` first and skip everyone who unsubscribed: nothing is written. The sign-up \
              call means explicit permission, so we use it only for people who accepted your terms, and never for \
              contacts who were asked to confirm (`pending_confirmation`) or are on hold (`temp_hold`): only they can \
              confirm. They still get list and tags.",
    success: "We read the contact back: it\u{2019}s on the list and has every tag.",
    known_issues: &[
        KnownIssue {
            sign: "The login was rejected: invalid_grant",
            remedy: "The refresh token wasn\u{2019}t used for 180 days, was revoked, used elsewhere, or lost: if our \
                     server stops at the moment at which a rotating token is replaced, the new one can\u{2019}t be \
                     recovered. Create a new one and connect again. Waiting syncs are kept. With long-lived refresh \
                     tokens, this can\u{2019}t happen.",
        },
        KnownIssue {
            sign: "quota_exceeded",
            remedy: "All 10,000 requests of the day are used, also by your other applications. Syncs continue after \
                     midnight UTC.",
        },
        KnownIssue {
            sign: "403",
            remedy: "The refresh token was created without one of the scopes above, or its user may not manage \
                     contacts. Create a new one with all scopes.",
        },
    ],
};

pub(super) const GUIDE: &str = "## Get a refresh token

1. In Constant Contact\u{2019}s developer portal, create an application with the *authorization code flow*, the \
redirect URI `https://localhost/` and a client secret. Under refresh tokens, choose *long lived* or *rotating*: both work. A \
long-lived one stays the same and can\u{2019}t get lost; a rotating one is replaced with each use, and we store \
the newest.
2. Open this address in a browser, with your API key: \
`https://authz.constantcontact.com/oauth2/default/v1/authorize?response_type=code&client_id=API_KEY&\
redirect_uri=https%3A%2F%2Flocalhost%2F&scope=account_read+contact_data+offline_access&state=rekomi`. Sign in and agree.
3. Your browser shows an error, which is expected. Copy what comes after `code=` in its address, up to the next `&`.
4. Exchange the code:

   ```sh
   curl https://authz.constantcontact.com/oauth2/default/v1/token -u API_KEY:CLIENT_SECRET \\
     -d grant_type=authorization_code -d code=CODE --data-urlencode redirect_uri=https://localhost/
   ```

5. Connect with the `refresh_token` from the response, and don\u{2019}t use it anywhere else.
";
