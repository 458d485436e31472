//! The descriptor of Klaviyo: what the connect form and the documentation say. Scopes and rate limits are from each
//! call's reference page.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "klaviyo",
    name: "Klaviyo",
    docs: "https://developers.klaviyo.com/en/reference/api_overview",
    fields: &[Field {
        name: "apiKey",
        label: "Private API key",
        hint: "The link opens Klaviyo\u{2019}s page for a new private key with the scopes already chosen: name it \
               \u{201c}Rekomi\u{201d}, create it, and copy it. Klaviyo shows it once.",
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
        "subscriptions:write (to subscribe whoever accepted your terms)",
        "events:write (only for telling events: it isn\u{2019}t tested, and the first event names it if it is missing)",
        "data-privacy:write (only to delete a person who asks for it; it isn\u{2019}t tested)",
    ],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Field("rekomi_tags"),
    events: Some(
        "Each event becomes a metric of its name with an event on the profile; its `unique_id` makes Klaviyo count it once, \
         however often it is sent. Flows can start with it.",
    ),
    can_forget: true,
    paces: &[
        Pace { name: "", per_minute: 600, burst: 20, jitter_ms: 20 },
        Pace { name: "subscribe", per_minute: 60, burst: 1, jitter_ms: 250 },
        Pace { name: "list", per_minute: 120, burst: 5, jitter_ms: 50 },
        Pace { name: "account", per_minute: 12, burst: 1, jitter_ms: 0 },
        Pace { name: "delete", per_minute: 50, burst: 2, jitter_ms: 50 },
    ],
    limit: "750 requests a minute for the account on most calls, 150 for adding to a list, 15 for the account\u{2019}s name. \
            We keep below each, and send one subscribe a second with a random pause on top, which leaves room for free plans.",
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s address, which Klaviyo finds the profile by" },
        Written { field: "first_name, last_name", value: "the name, split; left out where it is empty" },
        Written {
            field: "rekomi_tags",
            value: "a profile property with a list of names: `Rekomi affiliate`, your account\u{2019}s tags, the \
                    program\u{2019}s extras",
        },
        Written { field: "rekomi_status", value: "a profile property: approved, left, banned or rejected" },
        Written {
            field: "subscriptions.email.marketing.consent",
            value: "`SUBSCRIBED`, and only for an affiliate who accepted your program\u{2019}s terms; source: Rekomi",
        },
        Written { field: "list", value: "the list of your choice" },
    ],
    calls: &[
        Call { line: "GET /api/lists/{id}", why: "whether it uses double opt-in" },
        Call {
            line: "GET /api/profiles?filter=equals(email,\"\u{2026}\")&additional-fields[profile]=subscriptions",
            why: "what they agreed to so far",
        },
        Call { line: "POST /api/profile-import", why: "name, rekomi_tags and rekomi_status; creates or updates" },
        Call {
            line: "POST /api/profile-subscription-bulk-create-jobs",
            why: "consent and list in one job, where they accepted your terms",
        },
        Call {
            line: "POST /api/lists/{id}/relationships/profiles",
            why: "in its place where they didn\u{2019}t: on the list, without a word on consent",
        },
        Call {
            line: "GET /api/profiles?filter=equals(email,\"\u{2026}\")&additional-fields[profile]=subscriptions",
            why: "reads the consent back, until it is there",
        },
        Call {
            line: "GET /api/lists/{id}/relationships/profiles?filter=equals(email,\"\u{2026}\")",
            why: "reads the list back, until they are on it",
        },
    ],
    consent: "Klaviyo\u{2019}s subscribe call lifts unsubscriptions, spam reports and suppressions. So the profile is read \
              before anything is written, and whoever unsubscribed, bounced, complained or is suppressed is left alone. \
              `SUBSCRIBED` is sent only for an affiliate who accepted your program\u{2019}s terms; the others are put on the \
              list and tagged, and their consent stays as it is. Segments are never written to: build them on the list and \
              on `rekomi_tags`.",
    success: "Klaviyo answers the subscribe job with 202 and an empty body, and has no page to ask how the job went. So we \
              read the profile\u{2019}s consent and the list\u{2019}s members back, with growing pauses for up to nine \
              minutes, and say \u{201c}Succeeded\u{201d} when both are there; where the list\u{2019}s members can\u{2019}t be \
              read, the consent alone is waited for. A list with double opt-in never gets there by itself: the person has to click Klaviyo\u{2019}s mail first, and until then the sync says so. Deletions are \
              done when Klaviyo has accepted them; it carries them out later.",
    known_issues: &[
        KnownIssue {
            sign: "\u{201c}The key lacks profiles:write\u{201d}, or another scope",
            remedy: "Klaviyo can\u{2019}t add scopes to a key. Create a new private key with the link in the form, which \
                     chooses them all, and connect it. The test call finds missing read scopes by reading, and missing write \
                     scopes by a call that names nobody, so that nothing comes of it; should Klaviyo let it pass, the first \
                     sync names what is missing.",
        },
        KnownIssue {
            sign: "\u{201c}The list uses double opt-in\u{201d}",
            remedy: "They get Klaviyo\u{2019}s confirmation mail and join the list with their click; re-sync after that. Or \
                     set the list to single opt-in in its settings: your affiliates have accepted your terms already.",
        },
        KnownIssue {
            sign: "\u{201c}Left alone\u{201d}",
            remedy: "Klaviyo has them as unsubscribed, bounced or suppressed. Nothing was written. Only they can subscribe \
                     again, with one of your sign-up forms.",
        },
        KnownIssue {
            sign: "\u{201c}Still it wasn\u{2019}t there nine minutes later\u{201d}",
            remedy: "Klaviyo accepted the job and hasn\u{2019}t done it yet, or dropped it. Look at the profile\u{2019}s \
                     activity in Klaviyo, then re-sync; nothing is doubled.",
        },
        KnownIssue {
            sign: "Your Klaviyo bill counts more profiles",
            remedy: "Each affiliate is one active profile, and Klaviyo bills by those.",
        },
    ],
};
