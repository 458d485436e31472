//! The descriptor of Brevo: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};

use super::{SLOW, TAGS};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "brevo",
    name: "Brevo",
    docs: "https://developers.brevo.com/reference",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Brevo under your account\u{2019}s name, SMTP & API, API keys: generate one for Rekomi. It is shown \
               once. An MCP key doesn\u{2019}t work here.",
        link: Some("https://app.brevo.com/settings/keys/api"),
        example: "xkeysib-\u{2026}",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Field(TAGS),
    events: Some("Custom events, by `POST /events`; automations can start with them."),
    can_forget: true,
    paces: &[
        Pace { name: "", per_minute: 540, burst: 5, jitter_ms: 50 },
        Pace { name: SLOW, per_minute: 1, burst: 10, jitter_ms: 0 },
    ],
    limit: "10 requests a second for contacts and 10 for events, 100 an hour for everything else. We send 9 a second, \
            and ask for the account itself only in a test call.",
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s address, which contacts are matched by" },
        Written {
            field: "FIRSTNAME, LASTNAME",
            value: "the name, split; left out where it is empty. Accounts in other languages have PRENOM and NOM, \
                    VORNAME and NACHNAME, NOMBRE and APELLIDOS, NOME and COGNOME or SOBRENOME instead: these are used \
                    where they are there",
        },
        Written {
            field: "REKOMI_TAGS",
            value: "`Rekomi affiliate`, your account\u{2019}s tags, the program\u{2019}s extras, with commas between. \
                    Brevo has no tags for contacts; segments can ask whether the text contains one",
        },
        Written { field: "REKOMI_STATUS", value: "`approved`, later `left`, `banned` or `rejected`" },
        Written { field: "list membership", value: "the chosen list" },
    ],
    calls: &[
        Call {
            line: "GET /v3/contacts/{email}?identifierType=email_id",
            why: "whether they are there, and blocklisted",
        },
        Call { line: "GET /v3/contacts/attributes", why: "whether the attributes exist" },
        Call {
            line: "POST /v3/contacts/attributes/normal/{name}",
            why: "creates one that isn\u{2019}t there yet; if it can\u{2019}t be, we go on without it",
        },
        Call { line: "POST /v3/contacts", why: "creates or updates the contact (`updateEnabled`)" },
        Call { line: "POST /v3/contacts/lists/{id}/contacts/add", why: "puts the contact on the list" },
        Call { line: "GET /v3/contacts/{email}?identifierType=email_id", why: "reads back that all of it is there" },
    ],
    consent: "A contact that is blocklisted for email, or that unsubscribed from the list, is left alone: nothing is \
              written. Whoever leaves your program is marked even so, which subscribes nobody. We never send \
              `emailBlacklisted`, so that nobody comes off a blocklist through us. Brevo has no field for the consent \
              itself; if you need a double opt-in, start it with an automation on the list.",
    success: "The contact was read back: it is on the list, and the tags and the status are in its attributes, if your \
              account has these.",
    known_issues: &[
        KnownIssue {
            sign: "Brevo doesn\u{2019}t let us in from our IP address",
            remedy: "Your account takes API calls from known addresses only. In Brevo under Security, Authorised IPs, \
                     add the address that the message names, or switch the restriction off for API keys.",
        },
        KnownIssue {
            sign: "Key not found",
            remedy: "The key was deleted, or it expired because it wasn\u{2019}t used. Generate another under SMTP & \
                     API and connect again.",
        },
        KnownIssue {
            sign: "The attribute REKOMI_TAGS isn\u{2019}t a text",
            remedy: "Brevo ignores values of another type without a word. Delete the attribute under Contacts, \
                     Settings, Contact attributes; the next sync creates it as a text.",
        },
        KnownIssue {
            sign: "The contact is on the list, but has no REKOMI_TAGS",
            remedy: "The attribute couldn\u{2019}t be created, and Brevo ignores values of attributes that it \
                     doesn\u{2019}t have. Create REKOMI_TAGS and REKOMI_STATUS as texts under Contacts, Settings, \
                     Contact attributes, and re-sync.",
        },
        KnownIssue {
            sign: "The list isn\u{2019}t there any more",
            remedy: "It was deleted in Brevo. Choose another one in the connection, and re-sync.",
        },
    ],
};
