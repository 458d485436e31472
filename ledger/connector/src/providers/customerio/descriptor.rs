//! The descriptor of Customer.io: what the connect form and the documentation say. The limits are from the references
//! of the Track API and the App API.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "customer-io",
    name: "Customer.io",
    docs: "https://docs.customer.io/integrations/api/track/",
    fields: &[
        Field {
            name: "siteId",
            label: "Site ID",
            hint: "In Customer.io under Account Settings \u{2192} API Credentials \u{2192} Track API Keys: the first \
                   half of the pair.",
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
            hint: "In Customer.io under Account Settings \u{2192} API Credentials \u{2192} App API Keys, for the same \
                   workspace. With this key you can choose a segment, people who unsubscribed are skipped, and each \
                   sync is verified. Without it, Rekomi can only write.",
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
        "Each event is sent as an event of the person, with its own name, such as `affiliate_approved`. Its ULID makes \
         Customer.io count it only once, even if it\u{2019}s sent again. Campaigns only start from events of the last \
         72 hours.",
    ),
    initial_events: &["affiliate_approved"],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /api/v1/customers/cio_{id}"),
    paces: &[
        Pace { name: "", per_minute: 1_200, burst: 20, jitter_ms: 20 },
        Pace { name: "app", per_minute: 480, burst: 8, jitter_ms: 20 },
    ],
    limit: "The App API allows 10 requests per second; the Track API considers 1,000 per second fair use.",
    names: Names::StayBut(
        "Without an App API key (or if the App API has no such page), we can\u{2019}t see it, and the \
         affiliate\u{2019}s name replaces it.",
    ),
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to identify people" },
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written {
            field: "created_at",
            value: "when they became an affiliate, as a Unix timestamp. With an App API key, an existing date is kept; \
                    without one, we can\u{2019}t see it, and the first sync overwrites it",
        },
        Written {
            field: "rekomi_tags",
            value: "the tags, comma-separated: `Rekomi affiliate`, your account tags and the program\u{2019}s extra \
                    tags",
        },
        Written { field: "rekomi_status", value: "approved, left, banned or rejected" },
        Written { field: "segment", value: "the selected manual segment, if any" },
    ],
    calls: &[
        Call {
            line: "GET /api/v1/accounts/region",
            why: "when you connect: checks whether the workspace is in the US, then in the EU",
        },
        Call {
            line: "GET /v1/customers/{url-encoded email}/attributes?id_type=email",
            why: "checks whether they unsubscribed (App API key only)",
        },
        Call { line: "PUT /api/v1/customers/{url-encoded email}", why: "creates or updates the person" },
        Call {
            line: "GET /v1/customers/{url-encoded email}/attributes?id_type=email",
            why: "reads the person back until they\u{2019}re there (App API key only)",
        },
        Call { line: "POST /api/v1/segments/{id}/add_customers?id_type=email", why: "adds them to the segment" },
        Call {
            line: "GET /v1/customers/{url-encoded email}/segments?id_type=email",
            why: "reads the segments back until they\u{2019}re in it (App API key only)",
        },
    ],
    consent: "We never send `unsubscribed`, so a sync never subscribes or unsubscribes anyone. With an App API key, we \
              read it before writing anything and skip people who unsubscribed. Without that key (or if the App API \
              has no such page), we can\u{2019}t see it: their attributes are written, and they still get no email. \
              Subscription center topics don\u{2019}t change.",
    success: "Customer.io responds with 200 before it has done anything, even if it drops the change later. With an \
              App API key, we read the attributes and the segment back for up to nine minutes, with increasing delays, \
              and \u{201c}Succeeded\u{201d} means they\u{2019}re there. Without it (or if the App API has no such \
              page), \u{201c}Succeeded\u{201d} only means that Customer.io accepted the calls. A deletion removes the \
              person and their data, but doesn\u{2019}t stop your own product from creating them again.",
    known_issues: &[
        KnownIssue {
            sign: "\u{201c}Customer.io rejected the site ID and the API key\u{201d}",
            remedy: "Both are on the same line under Track API Keys. An App API key goes in its own field. You \
                     don\u{2019}t need to choose a region: we try the US first, then the EU.",
        },
        KnownIssue {
            sign: "There is no segment to choose (`app_key_needed`)",
            remedy: "Only the App API lists segments: add the optional App API key to the connection. Only manual \
                     segments accept people; create one in Customer.io, or build a data-driven one from \
                     `rekomi_status` or `rekomi_tags`.",
        },
        KnownIssue {
            sign: "\u{201c}This workspace doesn\u{2019}t identify people by email\u{201d}",
            remedy: "Allow email as an identifier under Workspace Settings. Otherwise, Customer.io would treat each \
                     address as a new person\u{2019}s ID.",
        },
        KnownIssue {
            sign: "\u{201c}It wasn\u{2019}t there nine minutes later\u{201d}",
            remedy: "Customer.io dropped the change or is running late. The person\u{2019}s activity log shows failed \
                     attribute changes and the reason; for suppressed people, it drops all of them. Re-sync after \
                     that; nothing is duplicated.",
        },
        KnownIssue {
            sign: "The sign-up date of a customer changed",
            remedy: "Without an App API key, we can\u{2019}t see `created_at`, so the first sync sets it to the date \
                     they became an affiliate; later ones leave it alone. Add the key, and existing dates are kept.",
        },
    ],
};
