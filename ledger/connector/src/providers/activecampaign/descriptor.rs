//! The descriptor of ActiveCampaign: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "activecampaign",
    name: "ActiveCampaign",
    docs: "https://developers.activecampaign.com/reference/overview",
    fields: &[
        Field {
            name: "apiUrl",
            label: "API URL",
            hint: "In ActiveCampaign, go to Settings \u{2192} Developer and copy \u{201c}URL\u{201d}. Each account has \
                   its own.",
            link: Some("/app/settings/developer"),
            example: "https://your-account.api-us1.com",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "apiKey",
            label: "API key",
            hint: "In ActiveCampaign, go to Settings \u{2192} Developer and copy \u{201c}Key\u{201d}, next to the URL.",
            link: Some("/app/settings/developer"),
            example: "64 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /api/3/contacts/{id}"),
    paces: &[Pace { name: "", per_minute: 240, burst: 4, jitter_ms: 50 }],
    limit: "5 requests per second for the whole account, across all keys. We leave one of them to your other tools.",
    names: Names::StayBut(
        "If contacts can\u{2019}t be looked up by email, we can\u{2019}t see it, and the affiliate\u{2019}s name \
         replaces it.",
    ),
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "firstName, lastName", value: "the name, split; omitted if empty" },
        Written {
            field: "list membership",
            value: "the selected list, `status: 1`; unchanged while the list\u{2019}s confirmation email waits for \
                    their click",
        },
        Written { field: "tags", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
    ],
    calls: &[
        Call { line: "GET /api/3/contacts?email=", why: "checks whether the contact exists" },
        Call {
            line: "GET /api/3/contacts/{id}/contactLists",
            why: "checks whether they unsubscribed from the list; sent after the next call if the previous one \
                  returned nothing",
        },
        Call { line: "POST /api/3/contact/sync", why: "creates or updates the contact by email" },
        Call { line: "POST /api/3/contactLists", why: "adds the contact to the list" },
        Call { line: "GET /api/3/tags?search=", why: "finds each tag\u{2019}s ID by its name, in any case" },
        Call { line: "POST /api/3/tags", why: "creates a missing tag" },
        Call { line: "POST /api/3/contactTags", why: "adds the tag to the contact; your automations start here" },
    ],
    consent: "`status: 1` would resubscribe someone who unsubscribed. So we read their status on the list first and \
              skip contacts who unsubscribed or bounced: nothing is written to the list, and usually nothing at all. \
              (Only if contacts can\u{2019}t be looked up by email, the name is saved before their lists can be read.) \
              Contacts whom the list\u{2019}s form asked to confirm stay \u{201c}unconfirmed\u{201d} until they click, \
              whatever they agreed to with you. ActiveCampaign has no consent field.",
    success: "ActiveCampaign responds to each call once it\u{2019}s done: the contact is on the list and has every \
              tag. An unconfirmed contact has the tags, and becomes active on the list once they confirm.",
    known_issues: &[
        KnownIssue {
            sign: "The test call says the URL or the key is missing",
            remedy: "Both are on the same page: Settings \u{2192} Developer. The URL is unique to your account, such \
                     as https://your-account.api-us1.com.",
        },
        KnownIssue {
            sign: "403 Forbidden",
            remedy: "The key belongs to a user, who needs permissions for contacts, lists and tags. The Lite plan has \
                     no API.",
        },
        KnownIssue {
            sign: "A tag you didn\u{2019}t want was created",
            remedy: "Missing tags are created with exactly the name you enter. Correct the name in the \
                     connection\u{2019}s settings, re-sync, and delete the tag in ActiveCampaign.",
        },
    ],
};
