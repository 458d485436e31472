//! The descriptor of Sailthru: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::TAGS;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "sailthru",
    name: "Sailthru",
    docs: "https://getstarted.sailthru.com/developers/api/user/",
    fields: &[
        Field {
            name: "apiKey",
            label: "API key",
            hint: "In Sailthru (Marigold Engage), go to Settings \u{2192} Setup \u{2192} API & Postbacks.",
            link: Some("https://my.sailthru.com/settings/api_postbacks"),
            example: "32 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: "apiSecret",
            label: "API secret",
            hint: "Below the API key. It signs our calls and is never sent.",
            link: Some("https://my.sailthru.com/settings/api_postbacks"),
            example: "32 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: false },
    tags: Tagging::Field(TAGS),
    events: Some(
        "Sent as custom events, which Lifecycle Optimizer flows and triggers can start from. Sailthru counts a \
         repeated event again, so we don\u{2019}t resend one if its response was lost.",
    ),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("POST /user"),
    paces: &[Pace { name: "", per_minute: 600, burst: 10, jitter_ms: 20 }],
    limit: "40 requests per second for profiles; other calls have limits of their own. We send 10 per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "id, keys.email", value: "the affiliate\u{2019}s email address, used to match profiles" },
        Written { field: "vars.first_name, vars.last_name", value: "the name, split; omitted if empty" },
        Written { field: "vars.rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "vars.rekomi_tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, separated by commas",
        },
        Written { field: "lists", value: "the selected list, once, if the affiliate accepted your terms" },
        Written {
            field: "vars.rekomi_lists",
            value: "the lists we added them to, so that we don\u{2019}t add them again after they leave one",
        },
    ],
    calls: &[
        Call { line: "GET /user", why: "checks whether they\u{2019}re in Sailthru, opted out, or left the list" },
        Call { line: "GET /list", why: "checks that the list exists, before someone is added" },
        Call { line: "POST /user", why: "creates or updates the profile, with vars and list" },
        Call { line: "POST /event", why: "sends an event, if you turned events on" },
    ],
    consent: "People who opted out, or who left a list that we added them to, are skipped: nothing is written. The \
              opt-out status is never sent, except to repeat it when an address changes. Without accepted consent, \
              people get the vars but join no list.",
    success: "Sailthru returns the profile with its vars and lists, and we compare them with what we sent.",
    known_issues: &[
        KnownIssue {
            sign: "\u{201c}Invalid API key\u{201d} or \u{201c}Authentication failed\u{201d}",
            remedy: "Copy the key and the secret again from Settings \u{2192} Setup \u{2192} API & Postbacks. Both \
                     must be from the same account.",
        },
        KnownIssue {
            sign: "\u{201c}Disallowed IP\u{201d}",
            remedy: "Your API settings only allow some IP addresses. Add ours, or lift the restriction.",
        },
        KnownIssue {
            sign: "The list no longer exists",
            remedy: "It was deleted or renamed: Sailthru knows lists by their names. Choose it again in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "Someone isn\u{2019}t on the list",
            remedy: "They accepted no terms, or left the list. Only they can join it again, for example with one of \
                     your forms.",
        },
    ],
};
