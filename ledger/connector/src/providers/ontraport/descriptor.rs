//! The descriptor of Ontraport: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "ontraport",
    name: "Ontraport",
    docs: "https://api.ontraport.com/doc/",
    fields: &[
        Field {
            name: "appId",
            label: "App ID",
            hint: "In Ontraport, go to Administration \u{2192} Integrations \u{2192} API keys and copy your \
                   key\u{2019}s \u{201c}App ID\u{201d}.",
            link: Some("https://app.ontraport.com"),
            example: "2_123456_aBcDeFgHi",
            secret: false,
            required: true,
            missing: Some("missing Api-Appid header"),
        },
        Field {
            name: "apiKey",
            label: "API key",
            hint: "On the same page: \u{201c}API Key\u{201d}. Both are required.",
            link: Some("https://app.ontraport.com"),
            example: "15 letters and digits",
            secret: true,
            required: true,
            missing: Some("missing Api-Key header"),
        },
    ],
    scopes: &[],
    lists: Listing::Picked { word: "tag", required: false },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /1/Contacts"),
    paces: &[Pace { name: "", per_minute: 165, burst: 5, jitter_ms: 50 }],
    limit: "180 requests per minute for the whole account, across all keys. We send 165.",
    names: Names::StayBut(
        "If Ontraport doesn\u{2019}t support reading contacts, we can\u{2019}t see it, and the affiliate\u{2019}s \
         name replaces it.",
    ),
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "firstname, lastname", value: "the name, split; omitted if empty" },
        Written {
            field: "bulk_mail",
            value: "`0` (transactional email only), only for a new contact who didn\u{2019}t accept the terms; \
                    otherwise omitted",
        },
        Written {
            field: "tags",
            value: "`Rekomi affiliate`, your account tags, the program\u{2019}s extra tags, and the selected tag, \
                    which stays when they leave",
        },
    ],
    calls: &[
        Call { line: "GET /1/Contacts?condition=", why: "checks whether the contact exists and is unsubscribed" },
        Call {
            line: "POST /1/objects/saveorupdate",
            why: "creates the contact or updates the existing one; `objectID: 0`, `ignore_blanks: true`",
        },
        Call { line: "GET /1/Tags?condition=", why: "finds each tag\u{2019}s ID by its exact name" },
        Call { line: "POST /1/Tags", why: "creates a missing tag" },
        Call {
            line: "PUT /1/objects/tagByName",
            why: "used instead if Ontraport doesn\u{2019}t support that call: adds the tag to the contact by name",
        },
        Call {
            line: "PUT /1/objects/tag",
            why: "adds all tags to the contact; your automations start here. Sent as POST if Ontraport doesn\u{2019}t \
                  support PUT, which we remember until the next test call",
        },
        Call {
            line: "DELETE /1/objects/tag",
            why: "removes the tags we added when they leave; if Ontraport doesn\u{2019}t support this call, they stay",
        },
        Call { line: "GET /1/objects/tag", why: "reads back, for each tag, until the contact has it" },
    ],
    consent: "We never raise `bulk_mail`. We still read it first and skip contacts who unsubscribed, bounced or \
              complained: nothing is written. A new contact gets Ontraport\u{2019}s default if they accepted your \
              program\u{2019}s terms, and \u{201c}transactional only\u{201d} if they didn\u{2019}t.",
    success: "Ontraport applies tags some time after the call. So we read each tag back and report \
              \u{201c}Succeeded\u{201d} once the contact has all of them. If Ontraport doesn\u{2019}t support reading \
              them back, its responses to the earlier calls count.",
    known_issues: &[
        KnownIssue {
            sign: "missing Api-Appid header, or missing Api-Key header",
            remedy: "Ontraport needs both. They\u{2019}re next to each other under Administration \u{2192} \
                     Integrations \u{2192} API keys.",
        },
        KnownIssue {
            sign: "The key is missing a permission",
            remedy: "A key has the permissions of its owner. Allow that user to see, add and edit contacts and to add \
                     tags, or create a key as an administrator.",
        },
        KnownIssue {
            sign: "The selected tag no longer exists",
            remedy: "It was deleted in Ontraport. Choose another tag in the connection\u{2019}s settings, or none, \
                     then re-sync.",
        },
        KnownIssue {
            sign: "not_confirmed: Ontraport accepted the tags, but they didn\u{2019}t appear",
            remedy: "Ontraport is running late, or an automation removes the tag right away. Check the contact there, \
                     then re-sync.",
        },
        KnownIssue {
            sign: "An automation doesn\u{2019}t start",
            remedy: "Start it with \u{201c}Tag is added\u{201d} and the selected tag: Ontraport has no lists.",
        },
    ],
};
