//! The descriptor of Customer.io: what the connect form and the documentation say. The limits are from the references
//! of the Track API and the App API.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "customer-io",
    name: "Customer.io",
    docs: "https://docs.customer.io/integrations/api/track/",
    fields: &[
        Field {
            name: "siteId",
            label: "Site ID",
            hint: "In Customer.io under Account Settings, API Credentials, Track API Keys: the first half of the pair.",
            link: Some("https://fly.customer.io/settings/api_credentials"),
            example: "20 letters and digits",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "apiKey",
            label: "API key (Track)",
            hint: "On the same line as the site ID.",
            link: Some("https://fly.customer.io/settings/api_credentials"),
            example: "20 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: "appApiKey",
            label: "App API key (optional, recommended)",
            hint: "In Customer.io under Account Settings, API Credentials, App API Keys, for the same workspace. With it you \
                   choose a segment from a list, whoever unsubscribed is left alone, and each sync is read back. Without \
                   it Rekomi can write and nothing else.",
            link: Some("https://fly.customer.io/settings/api_credentials?keyType=app"),
            example: "32 letters and digits",
            secret: true,
            required: false,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::Picked { word: "manual segment", required: false },
    tags: Tagging::Field("rekomi_tags"),
    events: Some(
        "Each event is an event of the person under its own name, such as `affiliate_approved`. Its ULID makes Customer.io \
         count it once, however often it is sent. Campaigns start only with events of the last 72 hours.",
    ),
    can_forget: true,
    paces: &[
        Pace { name: "", per_minute: 1_200, burst: 20, jitter_ms: 20 },
        Pace { name: "app", per_minute: 480, burst: 4, jitter_ms: 20 },
    ],
    limit: "The App API takes 10 requests a second; the Track API names 1,000 a second as fair use. We send 8 and 20.",
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s address, which people are identified by" },
        Written { field: "first_name, last_name", value: "the name, split; left out where it is empty" },
        Written {
            field: "created_at",
            value: "when they became an affiliate, as a Unix timestamp. With an App API key a date that is there already \
                    stays; without one it can\u{2019}t be seen, and is written over",
        },
        Written {
            field: "rekomi_tags",
            value: "the tags, comma-separated: `Rekomi affiliate`, your account\u{2019}s tags, the program\u{2019}s extras",
        },
        Written { field: "rekomi_status", value: "approved, left, banned or rejected" },
        Written { field: "segment", value: "the manual segment of your choice, if you choose one" },
    ],
    calls: &[
        Call {
            line: "GET /api/v1/accounts/region",
            why: "when you connect: whether the workspace is in the US, and if not, in the EU",
        },
        Call {
            line: "GET /v1/customers/{url-encoded email}/attributes?id_type=email",
            why: "whether they unsubscribed (App API key only)",
        },
        Call { line: "PUT /api/v1/customers/{url-encoded email}", why: "creates or updates the person" },
        Call {
            line: "GET /v1/customers/{url-encoded email}/attributes?id_type=email",
            why: "reads it back, until it is there (App API key only)",
        },
        Call { line: "POST /api/v1/segments/{id}/add_customers?id_type=email", why: "puts them into the segment" },
        Call {
            line: "GET /v1/customers/{url-encoded email}/segments?id_type=email",
            why: "reads it back, until they are in it (App API key only)",
        },
    ],
    consent: "`unsubscribed` is never sent, with neither value: nobody is subscribed or unsubscribed by a sync, and an \
              unsubscription stays. With an App API key it is read before anything is written, and whoever unsubscribed is \
              left alone. Without that key (or where the App API has no such page) nobody can see it: their attributes are written, and they get no mail as before. \
              Topics of the subscription center are left as they are.",
    success: "Customer.io answers 200 before it has done anything, even where it drops the change later. With an App API key \
              the attributes and the segment are read back, with growing pauses for up to nine minutes, and \
              \u{201c}Succeeded\u{201d} means that they are there. Without it (or where the App API has no such page) \u{201c}Succeeded\u{201d} means that Customer.io \
              has accepted the calls, and nothing more can be known. A deletion removes the person and what is known of them; \
              it doesn\u{2019}t stop your own product from creating them again.",
    known_issues: &[
        KnownIssue {
            sign: "\u{201c}Customer.io refused the site ID and the API key\u{201d}",
            remedy: "Both stand on one line under Track API Keys. A key of the App API belongs into its own field. There is \
                     no region to choose: the US is asked first, then the EU.",
        },
        KnownIssue {
            sign: "There is no segment to choose (`app_key_needed`)",
            remedy: "Only the App API tells the segments: add the optional App API key to the connection. And only manual segments take people; create \
                     one in Customer.io, or build a data-driven one on `rekomi_status` or `rekomi_tags`.",
        },
        KnownIssue {
            sign: "\u{201c}This workspace doesn\u{2019}t identify people by email\u{201d}",
            remedy: "Allow email as an identifier under Workspace Settings. Otherwise Customer.io would take each address \
                     for a new person\u{2019}s id.",
        },
        KnownIssue {
            sign: "\u{201c}Still it wasn\u{2019}t there nine minutes later\u{201d}",
            remedy: "Customer.io dropped the change or is late. The person\u{2019}s activity log shows failed attribute \
                     changes and why; of somebody whom you suppressed it drops all of them. Re-sync after that; nothing is \
                     doubled.",
        },
        KnownIssue {
            sign: "The sign-up date of a customer changed",
            remedy: "Without an App API key `created_at` can\u{2019}t be seen, and becomes the day on which they became an \
                     affiliate. Add the key, and dates that are there stay.",
        },
    ],
};
