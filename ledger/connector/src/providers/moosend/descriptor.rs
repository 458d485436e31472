//! The descriptor of Moosend: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::WRITES;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "moosend",
    name: "Moosend",
    docs: "https://docs.moosend.com/developers/api-documentation/en/index-en.html",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Moosend, go to Settings \u{2192} API key and copy it.",
        link: None,
        example: "36 letters, digits and hyphens",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "email list", required: true },
    tags: Tagging::Tags { listed: false },
    events: None,
    initial_events: &[],
    can_forget: true,
    // Moosend's API blueprint, "Updating a subscriber".
    new_address: NewAddress::Replaces(
        "Moosend\u{2019}s reference leaves open whether an update keeps the custom fields that it doesn\u{2019}t name.",
    ),
    paces: &[
        Pace { name: "", per_minute: 240, burst: 10, jitter_ms: 50 },
        Pace { name: WRITES, per_minute: 54, burst: 5, jitter_ms: 100 },
    ],
    limit: "10 requests per 10 seconds for adding subscribers, per API key; no limit is published for reading. We send \
            54 and 240 per minute.",
    names: Names::Stay,
    writes: &[
        Written { field: "Email", value: "the affiliate\u{2019}s email address, used to match subscribers" },
        Written { field: "Name", value: "the full name; an existing one stays if it\u{2019}s empty" },
        Written {
            field: "CustomFields: rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`; the field is created if it\u{2019}s missing",
        },
        Written {
            field: "Tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, next to existing ones",
        },
        Written {
            field: "HasExternalDoubleOptIn",
            value: "only for new subscribers: `true` if the affiliate accepted your terms, otherwise `false`",
        },
        Written {
            field: "CustomFields, Preferences",
            value: "for existing subscribers: the values that they have, because Moosend clears what is omitted",
        },
    ],
    calls: &[
        Call { line: "GET /v3/lists/{list}/details.json", why: "checks the list and its custom fields" },
        Call {
            line: "GET /v3/subscribers/{list}/view.json?Email=",
            why: "checks whether they\u{2019}re on the list or unsubscribed from it, and gets their values",
        },
        Call {
            line: "POST /v3/lists/{list}/customfields/create.json",
            why: "creates `rekomi_status`, once for a list",
        },
        Call { line: "POST /v3/subscribers/{list}/subscribe.json", why: "adds a new subscriber, with the tags" },
        Call {
            line: "POST /v3/subscribers/{list}/update/{id}.json",
            why: "updates an existing subscriber; when they leave, on every list we used",
        },
    ],
    consent: "People who unsubscribed from the list, bounced or were removed from it are skipped: nothing is written, \
              not even when they leave the program, because Moosend resubscribes people who are added again. New \
              subscribers who didn\u{2019}t accept your terms are asked to confirm by email if your list uses double \
              opt-in.",
    success: "Moosend returns the updated subscriber, and we compare the tags with the expected ones.",
    known_issues: &[
        KnownIssue {
            sign: "The API key was rejected",
            remedy: "Copy the API key again from Settings \u{2192} API key. A new one replaces the old one.",
        },
        KnownIssue {
            sign: "The list no longer exists",
            remedy: "It was deleted, or the key belongs to another account. Choose another list in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "A required custom field is missing",
            remedy: "The list requires a custom field that we don\u{2019}t know. Make it optional in Moosend, then \
                     re-sync.",
        },
        KnownIssue {
            sign: "An unsubscribed affiliate left and still has the tag",
            remedy: "We don\u{2019}t change people who unsubscribed. Remove the tag in Moosend if it bothers you; \
                     Moosend doesn\u{2019}t email them.",
        },
    ],
};
