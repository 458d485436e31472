//! The descriptor of Braze: what the connect form and the documentation say.

use crate::{Action, Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::{EXPORT, GROUP, READS, TRACK};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "braze",
    name: "Braze",
    docs: "https://www.braze.com/docs/api/home",
    fields: &[
        Field {
            name: "restEndpoint",
            label: "REST endpoint",
            hint: "In Braze under Settings \u{2192} APIs and Identifiers, or in the list of instances in \
                   Braze\u{2019}s API overview. It depends on your instance and differs from the dashboard\u{2019}s \
                   address.",
            link: Some("https://www.braze.com/docs/api/basics/#endpoints"),
            example: "https://rest.iad-01.braze.com",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "apiKey",
            label: "REST API key",
            hint: "On the same page, create a key with the permissions listed below. Add subscription.status.get if \
                   you use a group, and users.delete to erase people on request. A key\u{2019}s permissions \
                   can\u{2019}t be changed later.",
            link: None,
            example: "00000000-0000-0000-0000-000000000000",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: "subscriptionGroupId",
            label: "Subscription group (optional)",
            hint: "In Braze under Audience \u{2192} Subscription Groups: the ID of an email group for affiliates who \
                   accepted your terms. Braze\u{2019}s API can\u{2019}t list the groups.",
            link: None,
            example: "00000000-0000-0000-0000-000000000000",
            secret: false,
            required: false,
            missing: None,
        },
    ],
    scopes: &[TRACK, EXPORT, GROUP, "users.delete"],
    lists: Listing::None(
        "Braze\u{2019}s API can\u{2019}t list subscription groups, and segments are defined by rules. Paste a \
         group\u{2019}s ID, or create a segment of everyone whose rekomi_tags contain a tag.",
    ),
    tags: Tagging::Field("rekomi_tags"),
    events: Some("Custom events, sent with `POST /users/track`. Campaigns and Canvases can start from them."),
    initial_events: &["affiliate_approved"],
    can_forget: true,
    // braze.com/docs, "Managing email subscriptions" and "Duplicate emails": a setting of the workspace, which no call
    // shows, resubscribes users whose address changes.
    new_address: NewAddress::Replaces(
        "In Braze, changing an address can resubscribe people who unsubscribed: that\u{2019}s a setting of your \
         workspace, and its API doesn\u{2019}t show it.",
    ),
    paces: &[
        Pace { name: "", per_minute: 2_000, burst: 20, jitter_ms: 20 },
        Pace { name: READS, per_minute: 240, burst: 8, jitter_ms: 20 },
    ],
    limit: "3,000 requests per 3 seconds for `/users/track`, and 250 per minute for reading profiles with \
            `/users/export/ids`. Accounts from before August 22, 2024 may read 2,500 per minute; we can\u{2019}t tell \
            them apart, so we keep to 250.",
    names: Names::StayBut(
        "If profiles can\u{2019}t be exported, we can\u{2019}t see it, and the affiliate\u{2019}s name replaces it.",
    ),
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match profiles" },
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written {
            field: "rekomi_tags",
            value: "custom attribute, an array: `Rekomi affiliate`, your account tags and the program\u{2019}s extra \
                    tags",
        },
        Written { field: "rekomi_status", value: "custom attribute: `approved`, later `left`, `banned` or `rejected`" },
        Written {
            field: "subscription_groups",
            value: "`subscribed` to the selected group, only for affiliates who accepted the program\u{2019}s terms",
        },
    ],
    calls: &[
        Call { line: "POST /users/export/ids", why: "checks whether the profile exists and is unsubscribed" },
        Call {
            line: "GET /email/unsubscribes",
            why: "only if your instance can\u{2019}t export profiles: checks whether they unsubscribed",
        },
        Call { line: "GET /subscription/status/get", why: "with a group: checks whether they unsubscribed from it" },
        Call { line: "POST /users/track", why: "creates or updates the profile, with its tags and the group" },
        Call {
            line: "POST /users/export/ids",
            why: "reads back until Braze has processed it, if your instance supports this call",
        },
        Call { line: "GET /subscription/status/get", why: "with a group: reads back until they\u{2019}re in it" },
    ],
    consent: "Braze writes whatever it\u{2019}s sent, regardless of what a person chose. So we read first and skip \
              people who unsubscribed from all email or from the group: nothing is written. People who leave your \
              program are still marked, which doesn\u{2019}t subscribe anyone. `email_subscribe` is never sent. The \
              group is only sent if the affiliate accepted your program\u{2019}s terms.",
    success: "Braze processes calls later. So we read the profile back until its rekomi_tags, its rekomi_status and \
              the group\u{2019}s status are there. If an instance can\u{2019}t export profiles, we rely on \
              Braze\u{2019}s own count of processed profiles. An error inside a successful response counts as a \
              failure.",
    known_issues: &[
        KnownIssue {
            sign: "401, Invalid API key",
            remedy: "Braze returns the same error for a wrong key, a key from another instance, and a key without the \
                     permission. Compare the REST endpoint with the one under Settings \u{2192} APIs and Identifiers, \
                     and create a key with all the permissions listed here.",
        },
        KnownIssue {
            sign: "The endpoint isn\u{2019}t a Braze REST endpoint",
            remedy: "It starts with rest. and ends with braze.com or braze.eu, such as https://rest.fra-01.braze.eu. \
                     The addresses of the dashboard and of the SDKs don\u{2019}t work.",
        },
        KnownIssue {
            sign: "Several profiles have the same email",
            remedy: "We match affiliates by email, so an existing customer keeps one profile. If several profiles \
                     share the email, Braze updates the one that changed last.",
        },
        KnownIssue {
            sign: "Not confirmed",
            remedy: "Braze accepted the call, but the profile didn\u{2019}t show it within nine minutes. Check the \
                     profile and Braze\u{2019}s status page, then re-sync: nothing is duplicated.",
        },
        KnownIssue {
            sign: "An event was counted twice",
            remedy: "Braze can\u{2019}t detect a repeated event, so we don\u{2019}t resend events whose response was \
                     lost. Each has a rekomi_event_id for comparison.",
        },
    ],
};

/// The permission that the key needs for a step.
pub(super) const fn permission(action: Action, about_group: bool) -> &'static str {
    match action {
        Action::Save | Action::Event => TRACK,
        Action::Forget => "users.delete",
        Action::Consent => GROUP,
        _ if about_group => GROUP,
        _ => EXPORT,
    }
}
