//! The descriptor of AWeber: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::{CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN};

const fn secret(name: &'static str, label: &'static str, hint: &'static str, example: &'static str) -> Field {
    Field {
        name,
        label,
        hint,
        link: Some("https://labs.aweber.com/apps"),
        example,
        secret: true,
        required: true,
        missing: None,
    }
}

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "aweber",
    name: "AWeber",
    docs: "https://api.aweber.com/",
    fields: &[
        Field {
            name: CLIENT_ID,
            label: "Client ID",
            hint: "In AWeber Labs, go to My Apps and create an app of the type \u{201c}confidential\u{201d}.",
            link: Some("https://labs.aweber.com/apps"),
            example: "32 letters and digits",
            secret: false,
            required: true,
            missing: None,
        },
        secret(CLIENT_SECRET, "Client secret", "It\u{2019}s next to the client ID.", "32 letters and digits"),
        secret(
            REFRESH_TOKEN,
            "Refresh token",
            "Create one for us alone, as AWeber\u{2019}s page in our docs describes: it works only once.",
            "32 letters and digits",
        ),
    ],
    scopes: &["account.read", "list.read", "subscriber.read", "subscriber.write"],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Tags { listed: false },
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PATCH /1.0/accounts/{account}/lists/{list}/subscribers/{id}"),
    paces: &[Pace { name: "", per_minute: 110, burst: 5, jitter_ms: 0 }],
    limit: "120 requests per minute and account. We send 110.",
    names: Names::Stay,
    writes: &[
        Written {
            field: "email",
            value: "the affiliate\u{2019}s email address, with at most 50 characters; one subscriber per list",
        },
        Written { field: "name", value: "the full name, at most 60 characters; omitted if empty" },
        Written {
            field: "tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags; people who leave get \
                    `Rekomi former affiliate` instead",
        },
    ],
    calls: &[
        Call {
            line: "POST /oauth2/token",
            why: "exchanges the refresh token, about every two hours; the next one is stored encrypted, and none is \
                  ever logged",
        },
        Call {
            line: "GET /1.0/accounts/{account}/lists/{list}/subscribers?ws.op=find&email=",
            why: "checks whether they\u{2019}re on the list, and whether they unsubscribed",
        },
        Call {
            line: "POST /1.0/accounts/{account}/lists/{list}/subscribers",
            why: "adds a new subscriber with name and tags",
        },
        Call {
            line: "PATCH /1.0/accounts/{account}/lists/{list}/subscribers/{id}",
            why: "updates name and tags of an existing one instead",
        },
        Call {
            line: "GET /1.0/accounts/{account}/lists/{list}/subscribers?ws.op=find&email=",
            why: "reads back that they have every tag",
        },
    ],
    consent: "We read the subscriber\u{2019}s status first and skip everyone who unsubscribed from the list: nothing \
              is written. AWeber\u{2019}s API has no consent value. If the list requires confirmation, AWeber asks new \
              subscribers by email, and they stay unconfirmed until they agree.",
    success: "We find the subscriber on the list again: every tag is there.",
    known_issues: &[
        KnownIssue {
            sign: "The login was rejected: invalid_grant",
            remedy: "The refresh token was revoked, used elsewhere, or lost: if our server stops at the moment at \
                     which AWeber replaces it, the new one can\u{2019}t be recovered. Create a new refresh token and \
                     connect again. Waiting syncs are kept.",
        },
        KnownIssue {
            sign: "403 with another message than \u{201c}Rate Limit Error\u{201d}",
            remedy: "AWeber has put the account on hold, or it has reached its number of subscribers. The message says \
                     which.",
        },
        KnownIssue {
            sign: "405 when someone is deleted",
            remedy: "AWeber deletes only confirmed subscribers. Delete this one in AWeber, under Subscribers.",
        },
    ],
};

pub(super) const GUIDE: &str = "## Get a refresh token

1. In [AWeber Labs](https://labs.aweber.com/apps), create an app of the type *confidential* with the redirect URL \
`https://localhost/`.
2. Open this address in a browser, with your client ID: \
`https://auth.aweber.com/oauth2/authorize?response_type=code&client_id=CLIENT_ID&\
redirect_uri=https%3A%2F%2Flocalhost%2F&scope=account.read+list.read+subscriber.read+subscriber.write&state=rekomi`. Sign in to your AWeber account and agree.
3. Your browser shows an error, which is expected. Copy what comes after `code=` in its address.
4. Exchange the code:

   ```sh
   curl https://auth.aweber.com/oauth2/token -u CLIENT_ID:CLIENT_SECRET \\
     -d grant_type=authorization_code -d code=CODE --data-urlencode redirect_uri=https://localhost/
   ```

5. Connect with the `refresh_token` from the response. Don\u{2019}t use it anywhere else: AWeber replaces it with each \
use, and we store the newest one.
";
