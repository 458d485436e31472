//! The descriptor of Drip: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};

use super::ACCOUNT;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "drip",
    name: "Drip",
    docs: "https://developer.drip.com/",
    fields: &[
        Field {
            name: "apiToken",
            label: "API token",
            hint: "In Drip in the menu under your name: User Settings, at the bottom.",
            link: Some("https://www.getdrip.com/user/edit"),
            example: "32 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: ACCOUNT,
            label: "Account ID",
            hint: "Only if your token sees more than one Drip account: the number in the address of Drip\u{2019}s pages, also \
                   under Settings, Account.",
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
        "Custom events of the same name, with what happened as properties. Drip counts an event as often as it is told, so \
         one whose answer got lost is not sent again.",
    ),
    can_forget: true,
    paces: &[Pace { name: "", per_minute: 55, burst: 10, jitter_ms: 100 }],
    limit: "3,600 requests an hour for each token. We send at most 55 a minute, two or three for a sync, and none of the 50 \
            batch requests that Drip allows an hour.",
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s address, which subscribers are matched by" },
        Written { field: "first_name, last_name", value: "the name, split; left out where it is empty" },
        Written { field: "custom_fields.rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "tags, remove_tags",
            value: "`Rekomi affiliate`, your account\u{2019}s tags, the program\u{2019}s extras",
        },
        Written {
            field: "initial_status",
            value: "`active`, of new subscribers with consent only; `status` is never sent",
        },
        Written {
            field: "eu_consent, eu_consent_message",
            value: "`granted` and the accepted terms, with consent only",
        },
        Written { field: "email series", value: "the chosen one, if you chose one" },
    ],
    calls: &[
        Call {
            line: "GET /v2/{account}/subscribers/{email}",
            why: "whether they are there, and whether they unsubscribed",
        },
        Call {
            line: "GET /v2/{account}/subscribers/{id}/campaign_subscriptions",
            why: "whether they left the series; where Drip can\u{2019}t say, the series takes nobody back even so",
        },
        Call { line: "POST /v2/{account}/subscribers", why: "creates or updates the subscriber, with the tags" },
        Call {
            line: "POST /v2/{account}/campaigns/{series}/subscribers",
            why: "puts them on the series, with `reactivate_if_removed: false`",
        },
    ],
    consent: "Whoever unsubscribed, can\u{2019}t be reached, denied consent or left the series is left alone: nothing is \
              written. Nobody\u{2019}s status is ever changed, and nobody is reactivated. Consent is told only where the \
              affiliate accepted your program\u{2019}s terms; without it the series asks them by mail first. Once somebody \
              leaves the program only their tags and rekomi_status change.",
    success: "Drip answers with the subscriber once it is saved, and with the subscriber once the series has them.",
    known_issues: &[
        KnownIssue {
            sign: "401: the token was refused",
            remedy: "Copy the API token again from User Settings in Drip. It belongs to a user; if that user is removed from \
                     the account, connect with another one\u{2019}s token.",
        },
        KnownIssue {
            sign: "The token sees several accounts",
            remedy: "The message names them with their numbers. Enter the number of the right one as account ID.",
        },
        KnownIssue {
            sign: "The series isn\u{2019}t there any more",
            remedy: "It was deleted in Drip. Choose another one in the connection, or none, and re-sync.",
        },
        KnownIssue {
            sign: "Everything waits for an hour",
            remedy: "Drip allows 3,600 requests an hour, and other integrations with the same token count too. Connect with \
                     a token of another user, or let it wait: nothing is lost.",
        },
    ],
};
