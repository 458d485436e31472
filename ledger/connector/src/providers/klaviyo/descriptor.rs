//! The descriptor of Klaviyo: what the connect form and the documentation say. Scopes and rate limits are from each
//! call's reference page.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "klaviyo",
    name: "Klaviyo",
    docs: "https://developers.klaviyo.com/en/reference/api_overview",
    fields: &[Field {
        name: "apiKey",
        label: "Private API key",
        hint: "The link opens Klaviyo\u{2019}s page for a new private key with the right scopes selected. Name it \
               \u{201c}Rekomi\u{201d}, create it and copy it. Klaviyo shows it only once.",
        link: Some(
            "https://www.klaviyo.com/create-private-api-key?scopes=accounts:read,lists:read,lists:write,profiles:read,\
             profiles:write,subscriptions:write,events:write,data-privacy:write",
        ),
        example: "pk_ and 34 letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[
        "Accounts (Read Only): accounts:read",
        "Lists (Full Access): lists:read and lists:write",
        "Profiles (Full Access): profiles:read and profiles:write",
        "subscriptions:write (to subscribe affiliates who accepted your terms)",
        "events:write (only for sending events; not tested, but the first event reports it if it\u{2019}s missing)",
        "data-privacy:write (only for deleting people on request; not tested)",
    ],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Field("rekomi_tags"),
    events: Some(
        "Each event becomes a metric of the same name, with an event on the profile. Its `unique_id` makes Klaviyo \
         count it only once, even if it\u{2019}s sent again. Flows can start from it.",
    ),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PATCH /api/profiles/{id}"),
    paces: &[
        Pace { name: "", per_minute: 600, burst: 20, jitter_ms: 20 },
        Pace { name: "subscribe", per_minute: 60, burst: 1, jitter_ms: 250 },
        Pace { name: "list", per_minute: 120, burst: 5, jitter_ms: 50 },
        Pace { name: "account", per_minute: 12, burst: 1, jitter_ms: 0 },
        Pace { name: "delete", per_minute: 50, burst: 2, jitter_ms: 50 },
    ],
    limit: "750 requests per minute for the account on most calls, 150 for adding to a list, 15 for the account name. \
            Subscribe requests are at least a second apart, plus a random delay, which leaves room on free plans.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to find the profile" },
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written {
            field: "rekomi_tags",
            value: "a profile property with a list of tags: `Rekomi affiliate`, your account tags and the \
                    program\u{2019}s extra tags",
        },
        Written { field: "rekomi_status", value: "a profile property: approved, left, banned or rejected" },
        Written {
            field: "subscriptions.email.marketing.consent",
            value: "`SUBSCRIBED`, only for affiliates who accepted your program\u{2019}s terms; source: Rekomi",
        },
        Written { field: "list", value: "the selected list" },
    ],
    calls: &[
        Call { line: "GET /api/lists/{id}", why: "checks whether the list uses double opt-in" },
        Call {
            line: "GET /api/profiles?filter=equals(email,\"\u{2026}\")&additional-fields[profile]=subscriptions",
            why: "checks their current consent",
        },
        Call {
            line: "POST /api/profile-import",
            why: "creates or updates the profile with name, rekomi_tags and rekomi_status",
        },
        Call {
            line: "POST /api/profile-subscription-bulk-create-jobs",
            why: "adds consent and list in one job, if they accepted your terms",
        },
        Call {
            line: "POST /api/lists/{id}/relationships/profiles",
            why: "if they didn\u{2019}t: adds them to the list without changing consent",
        },
        Call {
            line: "GET /api/profiles?filter=equals(email,\"\u{2026}\")&additional-fields[profile]=subscriptions",
            why: "reads the consent back until it\u{2019}s there",
        },
        Call {
            line: "GET /api/lists/{id}/relationships/profiles?filter=equals(email,\"\u{2026}\")",
            why: "reads the list back until they\u{2019}re on it",
        },
    ],
    consent: "Klaviyo\u{2019}s subscribe call removes unsubscribes, spam reports and suppressions. So we read the \
              profile before writing anything, and skip people who unsubscribed, bounced, complained or are \
              suppressed. `SUBSCRIBED` is sent only for affiliates who accepted your program\u{2019}s terms. Others \
              are added to the list and tagged, and their consent doesn\u{2019}t change. We never write to segments: \
              build them from the list and `rekomi_tags`.",
    success: "Klaviyo answers the subscribe job with 202 and an empty body, and has no way to check the job\u{2019}s \
              status. So we read the profile\u{2019}s consent and the list\u{2019}s members back for up to nine \
              minutes, with increasing delays, and report \u{201c}Succeeded\u{201d} when both are there. If the \
              list\u{2019}s members can\u{2019}t be read, we only wait for the consent. With double opt-in, the person \
              has to click Klaviyo\u{2019}s confirmation email first; until then, the sync says so. Deletions succeed \
              once Klaviyo accepts them; it carries them out later.",
    known_issues: &[
        KnownIssue {
            sign: "\u{201c}The key is missing profiles:write\u{201d}, or another scope",
            remedy: "Klaviyo can\u{2019}t add scopes to an existing key. Create a new private key with the link in the \
                     form, which selects all scopes, and reconnect. The test call detects missing read scopes by \
                     reading, and missing write scopes with a call that affects no one. If Klaviyo lets that call \
                     pass, the first sync reports what\u{2019}s missing.",
        },
        KnownIssue {
            sign: "\u{201c}The list uses double opt-in\u{201d}",
            remedy: "They get Klaviyo\u{2019}s confirmation email and join the list when they click it; re-sync after \
                     that. Or switch the list to single opt-in in its settings: your affiliates already accepted your \
                     terms.",
        },
        KnownIssue {
            sign: "Skipped",
            remedy: "In Klaviyo, this person is unsubscribed, bounced or suppressed. Nothing was written. Only they \
                     can resubscribe, using one of your sign-up forms.",
        },
        KnownIssue {
            sign: "\u{201c}It wasn\u{2019}t there nine minutes later\u{201d}",
            remedy: "Klaviyo accepted the job but hasn\u{2019}t finished it, or dropped it. Check the profile\u{2019}s \
                     activity in Klaviyo, then re-sync; nothing is duplicated.",
        },
        KnownIssue {
            sign: "Your Klaviyo bill counts more profiles",
            remedy: "Each affiliate is one active profile, and Klaviyo bills by active profiles.",
        },
    ],
};
