//! The descriptor of Brevo: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::{SLOW, TAGS};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "brevo",
    name: "Brevo",
    docs: "https://developers.brevo.com/reference",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Brevo, open the menu under your account name, go to SMTP & API \u{2192} API keys and generate a key \
               for Rekomi. It\u{2019}s shown only once. An MCP key doesn\u{2019}t work here.",
        link: Some("https://app.brevo.com/settings/keys/api"),
        example: "xkeysib-\u{2026}",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Field(TAGS),
    events: Some("Custom events, sent with `POST /events`. Automations can start from them."),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /v3/contacts/{id}"),
    paces: &[
        Pace { name: "", per_minute: 540, burst: 9, jitter_ms: 50 },
        Pace { name: SLOW, per_minute: 1, burst: 30, jitter_ms: 0 },
    ],
    limit: "10 requests per second for contacts and 10 for events, 100 per hour for everything else. We only read \
            the account in a test call.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written {
            field: "FIRSTNAME, LASTNAME",
            value: "the name, split; omitted if empty. Accounts in other languages use PRENOM and NOM, VORNAME and \
                    NACHNAME, NOMBRE and APELLIDOS, NOME and COGNOME or SOBRENOME; we use those if they exist",
        },
        Written {
            field: "REKOMI_TAGS",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, separated by commas. \
                    Brevo has no tags for contacts, but segments can check whether the text contains one",
        },
        Written { field: "REKOMI_STATUS", value: "`approved`, later `left`, `banned` or `rejected`" },
        Written { field: "list membership", value: "the selected list" },
    ],
    calls: &[
        Call {
            line: "GET /v3/contacts/{email}?identifierType=email_id",
            why: "checks whether the contact exists and is blocklisted",
        },
        Call { line: "GET /v3/contacts/attributes", why: "checks whether the attributes exist" },
        Call {
            line: "POST /v3/contacts/attributes/normal/{name}",
            why: "creates a missing attribute; if that fails, we continue without it",
        },
        Call { line: "POST /v3/contacts", why: "creates or updates the contact (`updateEnabled`)" },
        Call { line: "POST /v3/contacts/lists/{id}/contacts/add", why: "adds the contact to the list" },
        Call { line: "GET /v3/contacts/{email}?identifierType=email_id", why: "reads everything back" },
    ],
    consent: "Contacts who are blocklisted for email, or who unsubscribed from the list, are skipped: nothing is \
              written. Contacts who leave your program are still marked, which doesn\u{2019}t subscribe anyone. We \
              never send `emailBlacklisted`, so no one is removed from a blocklist. Brevo has no consent field; if you \
              need double opt-in, start it with an automation on the list.",
    success: "The contact was read back: it\u{2019}s on the list, and its attributes have the tags and the status, if \
              your account has these attributes.",
    known_issues: &[
        KnownIssue {
            sign: "Brevo blocks our IP address",
            remedy: "Your account only accepts API calls from known addresses. In Brevo under Security \u{2192} \
                     Authorised IPs, add the address named in the message, or turn off the restriction for API keys.",
        },
        KnownIssue {
            sign: "Key not found",
            remedy: "The key was deleted, or it expired because it wasn\u{2019}t used. Generate another one under SMTP \
                     & API, and reconnect.",
        },
        KnownIssue {
            sign: "The attribute REKOMI_TAGS isn\u{2019}t a text attribute",
            remedy: "Brevo silently ignores values of another type. Delete the attribute under Contacts \u{2192} \
                     Settings \u{2192} Contact attributes; the next sync creates it as text.",
        },
        KnownIssue {
            sign: "The contact is on the list, but has no REKOMI_TAGS",
            remedy: "The attribute couldn\u{2019}t be created, and Brevo ignores values of unknown attributes. Create \
                     REKOMI_TAGS and REKOMI_STATUS as text under Contacts \u{2192} Settings \u{2192} Contact \
                     attributes, then re-sync.",
        },
        KnownIssue {
            sign: "The list no longer exists",
            remedy: "It was deleted in Brevo. Choose another one in the connection\u{2019}s settings, then re-sync.",
        },
    ],
};
