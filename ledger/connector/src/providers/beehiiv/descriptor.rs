//! The descriptor of beehiiv: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "beehiiv",
    name: "beehiiv",
    docs: "https://developers.beehiiv.com/api-reference",
    fields: &[
        Field {
            name: "apiKey",
            label: "API key",
            hint: "In beehiiv, go to Settings \u{2192} Workspace \u{2192} API and create a key for Rekomi. It\u{2019}s \
                   shown only once.",
            link: Some("https://app.beehiiv.com/settings/workspace/api"),
            example: "64 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: "publicationId",
            label: "Publication ID",
            hint: "On the same page: the V2 ID of the publication that affiliates are added to. For another \
                   publication, create another connection.",
            link: Some("https://app.beehiiv.com/settings/workspace/api"),
            example: "pub_00000000-0000-0000-0000-000000000000",
            secret: false,
            required: true,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::None(
        "beehiiv subscriptions belong to the whole publication. The connection\u{2019}s publication ID selects it.",
    ),
    tags: Tagging::Tags { listed: false },
    events: None,
    initial_events: &[],
    can_forget: true,
    // developers.beehiiv.com, "Update subscription": the body has no email.
    new_address: NewAddress::Replaces("beehiiv\u{2019}s API has no call that changes a subscriber\u{2019}s address."),
    paces: &[Pace { name: "", per_minute: 165, burst: 5, jitter_ms: 50 }],
    limit: "180 requests per minute for the whole organization. We send 165.",
    names: Names::StayBut(
        "If beehiiv doesn\u{2019}t show custom fields, we can\u{2019}t see it, and the affiliate\u{2019}s name \
         replaces it.",
    ),
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match subscriptions" },
        Written { field: "First Name, Last Name", value: "the name, split, in custom fields; omitted if empty" },
        Written { field: "rekomi_status", value: "custom field: `approved`, later `left`, `banned` or `rejected`" },
        Written {
            field: "tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags; people who leave get \
                    `Rekomi former affiliate` instead",
        },
        Written { field: "send_welcome_email", value: "`false`, for new subscriptions only" },
    ],
    calls: &[
        Call {
            line: "GET /v2/publications/{id}/subscriptions/by_email/{email}",
            why: "checks whether the subscription exists",
        },
        Call { line: "GET /v2/publications/{id}/custom_fields", why: "checks whether the custom fields exist" },
        Call {
            line: "POST /v2/publications/{id}/custom_fields",
            why: "creates a missing field; if that fails, we continue without it",
        },
        Call {
            line: "POST /v2/publications/{id}/subscriptions",
            why: "subscribes a new person, without a welcome email",
        },
        Call {
            line: "PUT /v2/publications/{id}/subscriptions/by_email/{email}",
            why: "for existing subscriptions instead: updates only their custom fields",
        },
        Call { line: "POST /v2/publications/{id}/subscriptions/{id}/tags", why: "adds the tags by name" },
        Call {
            line: "DELETE /v2/publications/{id}/subscriptions/{id}/tags",
            why: "removes the tags we added when they leave; if beehiiv refuses this call, they stay",
        },
        Call {
            line: "GET /v2/publications/{id}/subscriptions/by_email/{email}",
            why: "reads again until beehiiv has validated the address and everything is there",
        },
    ],
    consent: "Every person is looked up first. People who are inactive, which is what beehiiv calls unsubscribed, are \
              skipped: nothing is written. People who leave your program are still marked, which doesn\u{2019}t \
              subscribe anyone. `reactivate_existing` is never sent because it would undo an unsubscribe. A new \
              person who didn\u{2019}t accept your program\u{2019}s terms has to confirm by email \
              (`double_opt_override: on`).",
    success: "The subscription was read back after beehiiv validated the address: the address isn\u{2019}t invalid, \
              and the subscription has its tags and status, as far as beehiiv shows them. If your publication uses \
              double opt-in, it\u{2019}s `pending` until they confirm.",
    known_issues: &[
        KnownIssue {
            sign: "The key can\u{2019}t access the publication",
            remedy: "The message lists the publications it can access. Copy the V2 ID of one of these, or create the \
                     key in the other workspace.",
        },
        KnownIssue {
            sign: "beehiiv found the address invalid",
            remedy: "beehiiv validates each new address and rejects those that can\u{2019}t receive email. Ask the \
                     affiliate for another one.",
        },
        KnownIssue {
            sign: "A tag is rejected",
            remedy: "A publication can have 100 different tags. Delete some you no longer use, then re-sync.",
        },
        KnownIssue {
            sign: "Someone who left still has the tag Rekomi affiliate",
            remedy: "beehiiv refused to remove it, which its API only offers since autumn 2026. In segments and \
                     automations, also check for rekomi_status = approved.",
        },
    ],
};
