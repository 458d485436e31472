//! The descriptor of Campaign Monitor: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::{CLIENT, TAGS};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "campaign-monitor",
    name: "Campaign Monitor",
    docs: "https://www.campaignmonitor.com/api/v3-3/getting-started/",
    fields: &[
        Field {
            name: "apiKey",
            label: "API key",
            hint: "In Campaign Monitor, go to Account settings \u{2192} API keys and show the key.",
            link: Some("https://app.createsend.com/admin/account/"),
            example: "a long text of letters, digits and signs",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: CLIENT,
            label: "Client ID",
            hint: "It\u{2019}s on the same page; an agency finds one for each client under Client settings.",
            link: None,
            example: "32 letters and digits",
            secret: false,
            required: true,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Field(TAGS),
    events: Some(
        "Sent as custom events of the same name, which journeys can start from. Campaign Monitor counts an event each \
         time it\u{2019}s sent, so we don\u{2019}t resend one whose response was lost.",
    ),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /api/v3.3/subscribers/{list}.json"),
    paces: &[Pace { name: "", per_minute: 120, burst: 5, jitter_ms: 50 }],
    limit: "Campaign Monitor publishes no limit for these calls. We send 2 requests per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "EmailAddress", value: "the affiliate\u{2019}s email address, used to match subscribers" },
        Written { field: "Name", value: "the full name; omitted if empty" },
        Written {
            field: "CustomFields: rekomi_tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, as one text of at most \
                    250 characters",
        },
        Written { field: "CustomFields: rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written { field: "Resubscribe", value: "always `false`" },
        Written {
            field: "ConsentToTrack",
            value: "always `Unchanged`: your program\u{2019}s terms aren\u{2019}t consent to tracking",
        },
    ],
    calls: &[
        Call { line: "GET /api/v3.3/lists/{list}/customfields.json", why: "checks the list and its custom fields" },
        Call {
            line: "GET /api/v3.3/subscribers/{list}.json?email=",
            why: "checks whether they\u{2019}re on the list or unsubscribed from it",
        },
        Call {
            line: "POST /api/v3.3/lists/{list}/customfields.json",
            why: "creates `rekomi_tags` and `rekomi_status`, once for a list",
        },
        Call { line: "POST /api/v3.3/subscribers/{list}.json", why: "adds a new subscriber" },
        Call {
            line: "PUT /api/v3.3/subscribers/{list}.json?email=",
            why: "updates an existing subscriber; when they leave, on every list we used",
        },
        Call {
            line: "GET /api/v3.3/subscribers/{list}.json?email=",
            why: "reads back until both fields are there: new subscribers are queued",
        },
    ],
    consent: "People who unsubscribed, bounced, were deleted from the list or are on the suppression list are skipped: \
              nothing is written. `Resubscribe` is always `false`. Campaign Monitor has no consent field: whether new \
              subscribers are asked to confirm by email depends on your list\u{2019}s opt-in setting, whether or not \
              they accepted your terms.",
    success: "The subscriber was read back and has the expected tags and status.",
    known_issues: &[
        KnownIssue {
            sign: "401: the API key was rejected",
            remedy: "Copy the API key again from Account settings \u{2192} API keys. Regenerating it invalidates the \
                     old one.",
        },
        KnownIssue {
            sign: "The client ID is unknown",
            remedy: "Copy the client ID again from the same page. The key of a client only works with that \
                     client\u{2019}s ID.",
        },
        KnownIssue {
            sign: "The list no longer exists",
            remedy: "It was deleted in Campaign Monitor, or belongs to another client. Choose another list in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "The tags are too long",
            remedy: "A custom field holds at most 250 characters. Shorten the tags in the settings.",
        },
        KnownIssue {
            sign: "A deleted person is still shown in Campaign Monitor",
            remedy: "The API moves people to the list\u{2019}s deleted subscribers. Delete them permanently there if \
                     they asked for it.",
        },
    ],
};
