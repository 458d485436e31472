//! The descriptor of Drip: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::ACCOUNT;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "drip",
    name: "Drip",
    docs: "https://developer.drip.com/",
    fields: &[
        Field {
            name: "apiToken",
            label: "API token",
            hint: "In Drip, open the menu under your name and go to User Settings. The token is at the bottom.",
            link: Some("https://www.getdrip.com/user/edit"),
            example: "32 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: ACCOUNT,
            label: "Account ID",
            hint: "Only needed if your token has access to several Drip accounts: the number in the address of \
                   Drip\u{2019}s pages, also under Settings \u{2192} Account.",
            link: None,
            example: "9999999",
            secret: false,
            required: false,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::Picked { word: "email series", required: false },
    tags: Tagging::Tags { listed: true },
    events: Some(
        "Custom events of the same name, with the details as properties. Drip counts an event each time it\u{2019}s \
         sent, so we don\u{2019}t resend one whose response was lost.",
    ),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("POST /v2/{account}/subscribers"),
    paces: &[Pace { name: "", per_minute: 55, burst: 10, jitter_ms: 100 }],
    limit: "3,600 requests per hour per token. We send at most 55 per minute: two or three per sync, and none of \
            Drip\u{2019}s 50 batch requests per hour.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match subscribers" },
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written { field: "custom_fields.rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "tags, remove_tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags",
        },
        Written {
            field: "initial_status",
            value: "`active`, only for new subscribers with consent; `status` is never sent",
        },
        Written {
            field: "eu_consent, eu_consent_message",
            value: "`granted` and the accepted terms, only with consent",
        },
        Written { field: "email series", value: "the selected series, if any" },
    ],
    calls: &[
        Call { line: "GET /v2/{account}/subscribers/{email}", why: "checks whether they exist and are unsubscribed" },
        Call {
            line: "GET /v2/{account}/subscribers/{id}/campaign_subscriptions",
            why: "checks whether they left the series; if Drip can\u{2019}t tell, the series still won\u{2019}t take \
                  anyone back",
        },
        Call { line: "POST /v2/{account}/subscribers", why: "creates or updates the subscriber, with the tags" },
        Call {
            line: "POST /v2/{account}/campaigns/{series}/subscribers",
            why: "adds them to the series, with `reactivate_if_removed: false`",
        },
    ],
    consent: "People who unsubscribed, can\u{2019}t be reached, denied consent or left the series are skipped: nothing \
              is written. We never change anyone\u{2019}s status and never reactivate anyone. Consent is sent only if \
              the affiliate accepted your program\u{2019}s terms. Otherwise, a new subscriber gets Drip\u{2019}s \
              default, which its documentation shows as `active`. Their `eu_consent` stays unknown, and the series asks \
              them to confirm by email first. When someone leaves the program, only their tags and rekomi_status \
              change.",
    success: "Drip returns the subscriber once it\u{2019}s saved, and again once it\u{2019}s in the series. People \
              whom the series has asked to confirm are in it once they do.",
    known_issues: &[
        KnownIssue {
            sign: "401: the token was rejected",
            remedy: "Copy the API token again from User Settings in Drip. It belongs to a user; if that user is \
                     removed from the account, use another user\u{2019}s token.",
        },
        KnownIssue {
            sign: "The token has access to several accounts",
            remedy: "The message lists them with their numbers. Enter the right number as the account ID.",
        },
        KnownIssue {
            sign: "The series no longer exists",
            remedy: "It was deleted in Drip. Choose another one in the connection\u{2019}s settings, or none, then \
                     re-sync.",
        },
        KnownIssue {
            sign: "Syncs wait for an hour",
            remedy: "Drip allows 3,600 requests per hour, and other integrations with the same token count too. Use \
                     another user\u{2019}s token, or wait: nothing is lost.",
        },
    ],
};
