//! The descriptor of Mailchimp: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "mailchimp",
    name: "Mailchimp",
    docs: "https://mailchimp.com/developer/marketing/api/",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Mailchimp under your profile, Extras, API keys. The key ends with your data center, such as -us19: copy \
               it whole.",
        link: Some("https://us1.admin.mailchimp.com/account/api/"),
        example: "32 letters and digits, then -us19",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "audience", required: true },
    tags: Tagging::Tags { listed: false },
    events: Some(
        "As events of the contact, which customer journeys can start from. Mailchimp counts a repeated event twice.",
    ),
    can_forget: true,
    paces: &[Pace { name: "", per_minute: 240, burst: 4, jitter_ms: 100 }],
    limit: "10 connections at a time for each user; no number of requests is published. We send one at a time, 4 a second.",
    writes: &[
        Written { field: "email_address", value: "the affiliate\u{2019}s address" },
        Written {
            field: "merge_fields.FNAME, merge_fields.LNAME",
            value: "the name, split; left out where it is empty",
        },
        Written {
            field: "status_if_new",
            value: "`subscribed` with consent, `pending` without; for new contacts only",
        },
        Written { field: "tags", value: "`Rekomi affiliate`, your account\u{2019}s tags, the program\u{2019}s extras" },
    ],
    calls: &[
        Call { line: "GET /3.0/lists/{audience}/members/{digest}", why: "whether they unsubscribed, or are archived" },
        Call {
            line: "PUT /3.0/lists/{audience}/members/{digest}",
            why: "adds or updates the contact; never its status",
        },
        Call { line: "POST /3.0/lists/{audience}/members/{digest}/tags", why: "adds the tags, and removes old ones" },
    ],
    consent: "A new contact is `subscribed` if they accepted your program\u{2019}s terms, and `pending` if not: then \
              Mailchimp asks them by mail. The status of a contact that is there is read and never written. One who \
              unsubscribed, or whose address was cleaned, is left alone: nothing is written.",
    success: "Mailchimp answers each call when it has happened: the contact is in the audience and the tags are given.",
    known_issues: &[
        KnownIssue {
            sign: "archived: they are archived in the audience",
            remedy: "Somebody took the contact out of the audience. Unarchive them in Mailchimp, then re-sync.",
        },
        KnownIssue {
            sign: "forgotten: they were deleted permanently",
            remedy: "Mailchimp lets nobody add such an address again. The person can sign up by the audience\u{2019}s own form.",
        },
        KnownIssue {
            sign: "The name is missing in Mailchimp",
            remedy: "The audience has no text fields with the merge tags FNAME and LNAME. Add them under Audience, Settings, \
                     then re-sync.",
        },
        KnownIssue {
            sign: "The key lacks a right",
            remedy: "A key may do what its user may. Make it as a user with the role Manager, Admin or Owner.",
        },
        KnownIssue {
            sign: "Somebody asked to be forgotten and is still in the archive",
            remedy: "We archive them, in every audience of your account, and don\u{2019}t delete them permanently: Mailchimp \
                     would then refuse the address for ever, even from you. Delete them in the archive if you want that.",
        },
    ],
};
