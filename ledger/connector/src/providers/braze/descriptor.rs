//! The descriptor of Braze: what the connect form and the documentation say.

use crate::{Action, Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};

use super::{EXPORT, GROUP, TRACK};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "braze",
    name: "Braze",
    docs: "https://www.braze.com/docs/api/home",
    fields: &[
        Field {
            name: "restEndpoint",
            label: "REST endpoint",
            hint: "In Braze under Settings, APIs and Identifiers, or in the table of instances in Braze\u{2019}s API \
                   overview. It belongs to your instance: the dashboard\u{2019}s own address is another one.",
            link: Some("https://www.braze.com/docs/api/basics/#endpoints"),
            example: "https://rest.iad-01.braze.com",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "apiKey",
            label: "REST API key",
            hint: "On the same page: create a key with the permissions that are named below: \
                   subscription.status.get for a group, users.delete for people who ask to be erased. A key\u{2019}s \
                   permissions can\u{2019}t be changed later.",
            link: None,
            example: "00000000-0000-0000-0000-000000000000",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: "subscriptionGroupId",
            label: "Subscription group (optional)",
            hint: "In Braze under Audience, Subscription Groups: the ID of an email group that affiliates who accepted \
                   your terms are put into. Braze\u{2019}s API can\u{2019}t list the groups.",
            link: None,
            example: "00000000-0000-0000-0000-000000000000",
            secret: false,
            required: false,
            missing: None,
        },
    ],
    scopes: &[TRACK, EXPORT, GROUP, "users.delete"],
    lists: Listing::None(
        "Braze\u{2019}s API can\u{2019}t list subscription groups, and segments are made of rules: paste the ID of a \
         group, or make a segment of everybody whose rekomi_tags contain a tag.",
    ),
    tags: Tagging::Field("rekomi_tags"),
    events: Some("Custom events, by `POST /users/track`; campaigns and Canvases can start with them."),
    can_forget: true,
    paces: &[Pace { name: "", per_minute: 2_000, burst: 20, jitter_ms: 20 }],
    limit: "3,000 requests in 3 seconds for `/users/track`, 2,500 a minute for reading profiles. We send 2,000 a \
            minute in all.",
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s address, which profiles are matched by" },
        Written { field: "first_name, last_name", value: "the name, split; left out where it is empty" },
        Written {
            field: "rekomi_tags",
            value: "custom attribute, an array: `Rekomi affiliate`, your account\u{2019}s tags, the program\u{2019}s \
                    extras",
        },
        Written { field: "rekomi_status", value: "custom attribute: `approved`, later `left`, `banned` or `rejected`" },
        Written {
            field: "subscription_groups",
            value: "`subscribed` to the chosen group, only for whoever accepted the program\u{2019}s terms",
        },
    ],
    calls: &[
        Call { line: "POST /users/export/ids", why: "whether they are there, and unsubscribed" },
        Call {
            line: "GET /email/unsubscribes",
            why: "only where your instance knows no export of profiles: whether they unsubscribed",
        },
        Call { line: "GET /subscription/status/get", why: "with a group: whether they unsubscribed from it" },
        Call { line: "POST /users/track", why: "creates or updates the profile, with its tags and the group" },
        Call {
            line: "POST /users/export/ids",
            why: "reads back until Braze has worked it off, where your instance knows this call",
        },
        Call { line: "GET /subscription/status/get", why: "with a group: reads back that they are in it" },
    ],
    consent: "Braze writes what it is sent, without looking at what a person chose. So it is read first: whoever \
              unsubscribed, from all email or from the group, is left alone and nothing is written. Whoever leaves \
              your program is marked even so, which subscribes nobody. `email_subscribe` is never sent. The group is \
              sent only where the affiliate accepted your program\u{2019}s terms.",
    success: "Braze works calls off later. So the profile is read back until its rekomi_tags and rekomi_status are \
              there, and the group\u{2019}s state as well. Where an instance can\u{2019}t export profiles, Braze\u{2019}s own count \
              of processed profiles has to do. An error in an answer of success counts as a failure.",
    known_issues: &[
        KnownIssue {
            sign: "401, Invalid API key",
            remedy: "Braze says the same of three things: a wrong key, a key of another instance, a key without the \
                     permission. Compare the REST endpoint with the one under Settings, APIs and Identifiers, and \
                     create a key with all permissions that are named here.",
        },
        KnownIssue {
            sign: "The endpoint isn\u{2019}t one of Braze\u{2019}s",
            remedy: "It begins with rest. and ends with braze.com or braze.eu, such as https://rest.fra-01.braze.eu. \
                     The addresses of the dashboard and of the SDKs don\u{2019}t work.",
        },
        KnownIssue {
            sign: "Several profiles have the same address",
            remedy: "Affiliates are matched by email, so that a customer of yours stays one profile. Where several \
                     have the address, Braze updates the one that changed last.",
        },
        KnownIssue {
            sign: "Not confirmed",
            remedy: "Braze took the call and the profile didn\u{2019}t show it within nine minutes. Look at \
                     the profile and at Braze\u{2019}s status page, and re-sync: nothing is written twice.",
        },
        KnownIssue {
            sign: "An event was counted twice",
            remedy: "Braze has no way to tell a repeated event. So we send none again whose answer was lost; each \
                     carries rekomi_event_id to compare.",
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
