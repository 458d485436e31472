//! The descriptor of Mailchimp: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "mailchimp",
    name: "Mailchimp",
    docs: "https://mailchimp.com/developer/marketing/api/",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Mailchimp, open your profile and go to Extras \u{2192} API keys. Copy the whole key, including your \
               data center at the end, such as -us19.",
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
        "Sent as events of the contact, which customer journeys can start from. Mailchimp counts a repeated event \
         twice.",
    ),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PATCH /3.0/lists/{audience}/members/{id}"),
    paces: &[Pace { name: "", per_minute: 240, burst: 4, jitter_ms: 100 }],
    limit: "10 simultaneous connections per user; Mailchimp publishes no request limit. We keep at most 4 \
            requests open.",
    names: Names::Stay,
    writes: &[
        Written { field: "email_address", value: "the affiliate\u{2019}s email address" },
        Written { field: "merge_fields.FNAME, merge_fields.LNAME", value: "the name, split; omitted if empty" },
        Written {
            field: "status_if_new",
            value: "`subscribed` with consent, `pending` without; only for new contacts",
        },
        Written { field: "tags", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
    ],
    calls: &[
        Call {
            line: "GET /3.0/lists/{audience}/members/{digest}",
            why: "checks whether they unsubscribed or are archived",
        },
        Call {
            line: "PUT /3.0/lists/{audience}/members/{digest}",
            why: "adds or updates the contact, but never its status",
        },
        Call { line: "POST /3.0/lists/{audience}/members/{digest}/tags", why: "adds tags and removes old ones" },
    ],
    consent: "A new contact is `subscribed` if they accepted your program\u{2019}s terms and `pending` if not; \
              Mailchimp then asks them to confirm by email. We read the status of existing contacts and never write \
              it. Contacts who unsubscribed or were cleaned are skipped: nothing is written.",
    success: "Mailchimp responds to each call once it\u{2019}s done: the contact is in the audience and has the tags.",
    known_issues: &[
        KnownIssue {
            sign: "archived: they\u{2019}re archived in the audience",
            remedy: "Someone archived this contact. Unarchive them in Mailchimp, then re-sync.",
        },
        KnownIssue {
            sign: "forgotten: they were deleted permanently",
            remedy: "Mailchimp doesn\u{2019}t allow adding this address again. The person can sign up through the \
                     audience\u{2019}s own form.",
        },
        KnownIssue {
            sign: "The name is missing in Mailchimp",
            remedy: "The audience has no text fields with the merge tags FNAME and LNAME. Add them under Audience \
                     \u{2192} Settings, then re-sync.",
        },
        KnownIssue {
            sign: "The key is missing a permission",
            remedy: "A key has the permissions of its user. Create it as a user with the role Manager, Admin or Owner.",
        },
        KnownIssue {
            sign: "Someone who asked to be deleted is still in the archive",
            remedy: "We archive contacts in every audience of your account and don\u{2019}t delete them permanently, \
                     because Mailchimp would then reject the address forever, even if you add it. Delete them from the \
                     archive if that\u{2019}s what you want.",
        },
    ],
};
