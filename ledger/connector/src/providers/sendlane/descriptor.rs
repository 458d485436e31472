//! The descriptor of Sendlane: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "sendlane",
    name: "Sendlane",
    docs: "https://sendlane.stoplight.io/docs/api-documentation",
    fields: &[Field {
        name: "apiToken",
        label: "API token",
        hint: "In Sendlane, go to Account \u{2192} API and create an access token for version 2. API and hash keys of \
               version 1 don\u{2019}t work.",
        link: Some("https://app.sendlane.com/api"),
        example: "many letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    // Sendlane's OpenAPI description, version 2: there is no call that updates a contact.
    new_address: NewAddress::Replaces("Sendlane\u{2019}s API has no call that changes a contact\u{2019}s address."),
    paces: &[Pace { name: "", per_minute: 210, burst: 5, jitter_ms: 50 }],
    limit: "240 requests per minute for the whole account, together with all your other integrations. We send 210.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written {
            field: "email_consent",
            value: "only for new contacts: `true` if the affiliate accepted your terms, otherwise `false`",
        },
        Written {
            field: "tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags; created if missing",
        },
        Written {
            field: "custom field rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`; the field is created if Sendlane allows it",
        },
    ],
    calls: &[
        Call {
            line: "GET /v2/contacts/search?email=",
            why: "checks whether they\u{2019}re in Sendlane, and whether they unsubscribed",
        },
        Call { line: "GET /v2/tags", why: "finds the tags" },
        Call { line: "POST /v2/tags", why: "creates a missing one, once" },
        Call { line: "GET /v2/custom-fields", why: "finds the custom field `rekomi_status`" },
        Call { line: "POST /v2/custom-fields", why: "creates it if it\u{2019}s missing, once" },
        Call {
            line: "POST /v2/lists/{list}/contacts",
            why: "adds them to the list, unless they\u{2019}re on it; new contacts come with tags and consent",
        },
        Call { line: "POST /v2/contacts/{id}/tags", why: "adds missing tags to existing contacts" },
        Call { line: "DELETE /v2/contacts/{id}/tags/{tag}", why: "removes a tag we added when they leave" },
        Call { line: "POST /v2/contacts/{id}/custom-fields", why: "writes `rekomi_status` for existing contacts" },
        Call { line: "GET /v2/contacts/search?email=", why: "reads back until everything is there" },
    ],
    consent: "Contacts who aren\u{2019}t subscribed in Sendlane, or are suppressed, are skipped: nothing is written. \
              `email_consent` is only sent for new contacts, so everyone else keeps theirs. Sendlane doesn\u{2019}t \
              say whether someone unsubscribed or never subscribed, so new contacts without consent aren\u{2019}t \
              updated later either, until they subscribe or leave your program.",
    success: "Sendlane accepts new contacts first and adds them later. So we read the contact back for up to eight and \
              a half minutes, with increasing delays, until it has the list and the tags.",
    known_issues: &[
        KnownIssue {
            sign: "401: the token was rejected",
            remedy: "It was deleted, or it\u{2019}s a key of version 1. Create a v2 token under Account \u{2192} API.",
        },
        KnownIssue {
            sign: "403 for a while",
            remedy: "Sendlane blocks accounts for some time after many errors, of any integration. Wait, then \
                     re-sync.",
        },
        KnownIssue {
            sign: "Accepted, but not there nine minutes later",
            remedy: "If the list uses double opt-in, new contacts appear once they confirm. Re-sync then.",
        },
        KnownIssue {
            sign: "No `rekomi_status` in Sendlane",
            remedy: "Sendlane didn\u{2019}t let us create the custom field. Create one named `rekomi_status` for text, \
                     then re-sync.",
        },
    ],
};
