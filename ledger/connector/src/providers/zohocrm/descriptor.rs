//! The descriptor of Zoho CRM: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::{CLIENT_ID, CLIENT_SECRET, DATA_CENTER, REFRESH_TOKEN};

const fn secret(name: &'static str, label: &'static str, hint: &'static str, example: &'static str) -> Field {
    Field {
        name,
        label,
        hint,
        link: Some("https://api-console.zoho.com"),
        example,
        secret: true,
        required: true,
        missing: None,
    }
}

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "zoho-crm",
    name: "Zoho CRM",
    docs: "https://www.zoho.com/crm/developer/docs/api/v8/",
    fields: &[
        Field {
            name: CLIENT_ID,
            label: "Client ID",
            hint: "In Zoho\u{2019}s API console, create a \u{201c}Self Client\u{201d} and copy its client ID.",
            link: Some("https://api-console.zoho.com"),
            example: "1000. and 30 letters and digits",
            secret: false,
            required: true,
            missing: None,
        },
        secret(CLIENT_SECRET, "Client secret", "It\u{2019}s next to the client ID.", "42 letters and digits"),
        secret(
            REFRESH_TOKEN,
            "Refresh token",
            "In the self client, generate a code with the permissions that Zoho CRM\u{2019}s page in our docs lists, \
             and exchange it for a refresh token within its ten minutes.",
            "1000. and 65 letters and digits",
        ),
        Field {
            name: DATA_CENTER,
            label: "Data center",
            hint: "The end of the address of your Zoho pages: com, eu, in, com.au, jp, com.cn, ca or sa. Without it, \
                   we use com.",
            link: None,
            example: "eu",
            secret: false,
            required: false,
            missing: None,
        },
    ],
    scopes: &[
        "ZohoCRM.org.READ",
        "ZohoCRM.modules.contacts.ALL",
        "ZohoCRM.settings.tags.ALL",
        "ZohoSearch.securesearch.READ",
    ],
    lists: Listing::Picked { word: "tag", required: false },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /crm/v8/Contacts/{id}"),
    paces: &[Pace { name: "", per_minute: 120, burst: 3, jitter_ms: 50 }],
    limit: "A daily number of credits, depending on your plan (5,000 in the free one), and 5 to 25 requests at once. A \
            sync uses about 7 credits. We send at most 120 requests per minute.",
    names: Names::Stay,
    writes: &[
        Written { field: "Email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written {
            field: "First_Name, Last_Name",
            value: "the name, split; at most 40 characters of the first and 80 of the last name; omitted if empty. A \
                    new contact needs a last name: without one, it gets the first name or the email",
        },
        Written {
            field: "tags",
            value: "`Rekomi affiliate`, your account tags, the program\u{2019}s extra tags, and the selected tag, \
                    which stays when they leave",
        },
    ],
    calls: &[
        Call {
            line: "POST /oauth/v2/token",
            why: "gets an access token, about once an hour; it\u{2019}s kept in memory and never logged",
        },
        Call { line: "GET /crm/v8/Contacts/search?email=", why: "checks whether the contact exists" },
        Call { line: "GET /crm/v8/Contacts/{id}", why: "checks whether they opted out" },
        Call { line: "POST /crm/v8/Contacts/upsert", why: "creates the contact, matched by email" },
        Call { line: "PUT /crm/v8/Contacts/{id}", why: "updates the name of an existing contact instead" },
        Call { line: "GET /crm/v8/settings/tags?module=Contacts", why: "reads the tags that exist" },
        Call { line: "POST /crm/v8/settings/tags?module=Contacts", why: "creates a missing tag" },
        Call {
            line: "POST /crm/v8/Contacts/{id}/actions/add_tags",
            why: "adds the tags; your workflow rules start here",
        },
        Call {
            line: "POST /crm/v8/Contacts/{id}/actions/remove_tags",
            why: "removes the tags we added when they leave",
        },
        Call { line: "GET /crm/v8/Contacts/{id}", why: "reads back that the contact has every tag" },
    ],
    consent: "We read \u{201c}Email Opt Out\u{201d} first and skip everyone who opted out: nothing is written. We \
              never write that field, so a new contact has Zoho\u{2019}s default. Zoho CRM has no consent value that \
              a sync could set.",
    success: "We read the contact back: every tag is there.",
    known_issues: &[
        KnownIssue {
            sign: "You have a code, but no refresh token",
            remedy: "Send it to your data center\u{2019}s `/oauth/v2/token` as a form with `grant_type` \
                     (`authorization_code`), `client_id`, `client_secret` and `code`. The response has the \
                     `refresh_token`, which stays the same.",
        },
        KnownIssue {
            sign: "invalid_code, or invalid_client",
            remedy: "The refresh token was revoked, or belongs to another client or data center. Generate a new code \
                     in the self client, exchange it, and connect again.",
        },
        KnownIssue {
            sign: "OAUTH_SCOPE_MISMATCH",
            remedy: "The code was generated without one of the permissions above. Generate a new one with all of them.",
        },
        KnownIssue {
            sign: "tag_refused",
            remedy: "A tag in Zoho CRM has at most 25 characters, and a contact at most 10 tags. Shorten the tag here, \
                     or remove some tags there.",
        },
        KnownIssue {
            sign: "An affiliate is a lead and a contact",
            remedy: "We write contacts only. Convert the lead in Zoho CRM, which merges it with the contact.",
        },
    ],
};
