//! The descriptor of beehiiv: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "beehiiv",
    name: "beehiiv",
    docs: "https://developers.beehiiv.com/api-reference",
    fields: &[
        Field {
            name: "apiKey",
            label: "API key",
            hint: "In beehiiv under Settings, Workspace, API: create a key for Rekomi. It is shown once.",
            link: Some("https://app.beehiiv.com/settings/workspace/api"),
            example: "64 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: "publicationId",
            label: "Publication ID",
            hint: "On the same page: the V2 ID of the publication that affiliates go to. For another publication make \
                   another connection.",
            link: Some("https://app.beehiiv.com/settings/workspace/api"),
            example: "pub_00000000-0000-0000-0000-000000000000",
            secret: false,
            required: true,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::None("A subscription belongs to the publication as a whole: the connection names it by its ID."),
    tags: Tagging::Kept,
    events: None,
    can_forget: true,
    paces: &[Pace { name: "", per_minute: 165, burst: 5, jitter_ms: 50 }],
    limit: "180 requests a minute for the whole organization. We send 165.",
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s address, which subscriptions are matched by" },
        Written {
            field: "First Name, Last Name",
            value: "the name, split, in custom fields; left out where it is empty",
        },
        Written { field: "rekomi_status", value: "custom field: `approved`, later `left`, `banned` or `rejected`" },
        Written {
            field: "tags",
            value: "`Rekomi affiliate`, your account\u{2019}s tags, the program\u{2019}s extras; whoever leaves gets \
                    `Rekomi former affiliate` as well, as beehiiv\u{2019}s API can\u{2019}t take tags away",
        },
        Written { field: "send_welcome_email", value: "`false`, for new subscriptions only" },
    ],
    calls: &[
        Call { line: "GET /v2/publications/{id}/subscriptions/by_email/{email}", why: "whether they are there" },
        Call { line: "GET /v2/publications/{id}/custom_fields", why: "whether the custom fields exist" },
        Call {
            line: "POST /v2/publications/{id}/custom_fields",
            why: "creates one that isn\u{2019}t there yet; if it can\u{2019}t be, we go on without it",
        },
        Call {
            line: "POST /v2/publications/{id}/subscriptions",
            why: "subscribes somebody new, without a welcome \
                      email",
        },
        Call {
            line: "PUT /v2/publications/{id}/subscriptions/by_email/{email}",
            why: "instead, for somebody who is there: their custom fields only",
        },
        Call { line: "POST /v2/publications/{id}/subscriptions/{id}/tags", why: "adds the tags, by their names" },
        Call {
            line: "GET /v2/publications/{id}/subscriptions/by_email/{email}",
            why: "again, until beehiiv has examined the address and all of it is there",
        },
    ],
    consent: "Everybody is looked up first. Whoever is inactive, which is what beehiiv calls unsubscribed, is left \
              alone: nothing is written. Whoever leaves your program is marked even so, which subscribes nobody. \
              `reactivate_existing` is never sent: it would undo an unsubscription. A new person who didn\u{2019}t \
              accept your program\u{2019}s terms has to confirm by email (`double_opt_override: on`).",
    success: "The subscription was read back after beehiiv examined the address: it isn\u{2019}t invalid, and has its \
              tags and its status, as far as beehiiv shows them. Where your publication asks for a double opt-in, it \
              is `pending` until they confirm.",
    known_issues: &[
        KnownIssue {
            sign: "The key doesn\u{2019}t see the publication",
            remedy: "The message names the publications that it sees. Copy the V2 ID of one of these, or create the \
                     key in the other workspace.",
        },
        KnownIssue {
            sign: "beehiiv found the address invalid",
            remedy: "beehiiv examines each new address and refuses those that can\u{2019}t receive mail. Ask the \
                     affiliate for another one.",
        },
        KnownIssue {
            sign: "A tag is refused",
            remedy: "A publication may have 100 different tags. Delete some that you don\u{2019}t use any more, and \
                     re-sync.",
        },
        KnownIssue {
            sign: "Somebody who left still has the tag Rekomi affiliate",
            remedy: "beehiiv\u{2019}s API has no call that takes a tag away. Make segments and automations ask for \
                     rekomi_status = approved as well.",
        },
    ],
};
