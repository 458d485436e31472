//! The descriptor of MailerLite: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "mailerlite",
    name: "MailerLite",
    docs: "https://developers.mailerlite.com/docs/",
    fields: &[Field {
        name: "apiKey",
        label: "API token",
        hint: "In MailerLite, go to Integrations \u{2192} MailerLite API and choose Generate new token.",
        link: Some("https://dashboard.mailerlite.com/integrations/api"),
        example: "several hundred letters and digits in three parts",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "group", required: true },
    tags: Tagging::Groups,
    events: None,
    initial_events: &[],
    can_forget: true,
    // developers.mailerlite.com, "Update a subscriber": the body has no email.
    new_address: NewAddress::Replaces(
        "MailerLite\u{2019}s API has no call that changes a subscriber\u{2019}s address.",
    ),
    paces: &[Pace { name: "", per_minute: 108, burst: 6, jitter_ms: 100 }],
    limit: "120 requests per minute for the whole account, across all tokens. We send 108.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match subscribers" },
        Written { field: "fields.name, fields.last_name", value: "the name, split; omitted if empty" },
        Written { field: "groups", value: "the selected group, and a group for each tag" },
        Written {
            field: "status",
            value: "only for new subscribers: `active` if the affiliate accepted your terms, otherwise `unconfirmed`",
        },
        Written { field: "opted_in_at", value: "only for new subscribers: when they accepted your terms, in UTC" },
    ],
    calls: &[
        Call { line: "GET /api/subscribers/{email}", why: "checks whether they exist and are unsubscribed" },
        Call {
            line: "GET /api/groups?limit=100&page=",
            why: "gets the group IDs, and checks that the selected group exists",
        },
        Call { line: "POST /api/groups", why: "creates the group for a new tag" },
        Call {
            line: "GET /api/groups?filter[name]=",
            why: "after creating a group: if two have the same name, we use the older one",
        },
        Call { line: "POST /api/subscribers", why: "creates or updates the subscriber and adds the groups" },
        Call { line: "GET /api/subscribers/{id}", why: "reads back until they\u{2019}re in each group" },
        Call {
            line: "POST, DELETE /api/subscribers/{id}/groups/{group}",
            why: "when someone leaves: adds them to the group `Rekomi former affiliate` and removes them from the \
                  groups we added",
        },
    ],
    consent: "People who are unsubscribed, bounced or junk are skipped: nothing is written. `status` is only sent for \
              new subscribers, so existing subscribers keep theirs. Without accepted consent, a new subscriber is \
              `unconfirmed`, and neither `active` nor `opted_in_at` is sent.",
    success: "The subscriber was read back and is in the selected group and in each tag\u{2019}s group.",
    known_issues: &[
        KnownIssue {
            sign: "401, or \u{201c}Unauthenticated\u{201d}",
            remedy: "Tokens belong to the user who created them and stop working when that user is removed. Generate a \
                     new one under Integrations \u{2192} MailerLite API. MailerLite Classic tokens don\u{2019}t work.",
        },
        KnownIssue {
            sign: "The group no longer exists",
            remedy: "It was deleted, or the token belongs to another account. Choose another group in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "Two groups have the same name",
            remedy: "Something else created the group at the same moment. We use the older one; delete the empty one.",
        },
        KnownIssue {
            sign: "429 Too Many Attempts",
            remedy: "Something else is using up the account\u{2019}s 120 requests per minute. We wait as long as \
                     MailerLite asks, then continue automatically.",
        },
    ],
};
