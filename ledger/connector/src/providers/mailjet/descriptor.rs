//! The descriptor of Mailjet: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::TAGS;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "mailjet",
    name: "Mailjet",
    docs: "https://dev.mailjet.com/email/reference/contacts/",
    fields: &[
        Field {
            name: "apiKey",
            label: "API key",
            hint: "In Mailjet, go to Account settings \u{2192} API Key Management (Primary and Sub-account). We detect \
                   whether the account is in the US.",
            link: Some("https://app.mailjet.com/account/apikeys"),
            example: "32 letters and digits",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "secretKey",
            label: "Secret key",
            hint: "On the same page. Mailjet shows it only once; if it\u{2019}s lost, generate a new one.",
            link: Some("https://app.mailjet.com/account/apikeys"),
            example: "32 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::Picked { word: "contact list", required: false },
    tags: Tagging::Field(TAGS),
    events: None,
    initial_events: &[],
    can_forget: true,
    // node-mailjet, `Contact.d.ts`: an update has only `Name` and `IsExcludedFromCampaigns`.
    new_address: NewAddress::Replaces("Mailjet\u{2019}s API can\u{2019}t change a contact\u{2019}s address."),
    paces: &[Pace { name: "", per_minute: 240, burst: 5, jitter_ms: 50 }],
    limit: "Mailjet publishes no limit for contacts. We send 4 requests per second.",
    names: Names::StayBut(
        "If contact properties can\u{2019}t be read, we can\u{2019}t see it, and the affiliate\u{2019}s name \
         replaces it.",
    ),
    writes: &[
        Written { field: "Email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "Name", value: "the full name, only for new contacts" },
        Written { field: "firstname, lastname", value: "contact properties: the name, split; omitted if empty" },
        Written {
            field: "rekomi_tags",
            value: "a contact property with the tags, comma-separated: `Rekomi affiliate`, your account tags and the \
                    program\u{2019}s extra tags",
        },
        Written { field: "rekomi_status", value: "a contact property: `approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "list membership",
            value: "the selected list, if any, for affiliates who accepted your terms (`addnoforce`)",
        },
    ],
    calls: &[
        Call {
            line: "GET /v3/REST/contact/{email}",
            why: "checks whether the contact exists and is excluded from campaigns",
        },
        Call {
            line: "GET /v3/REST/contact/{id}/getcontactslists",
            why: "checks whether they unsubscribed from the list",
        },
        Call { line: "GET /v3/REST/contactdata/{id}", why: "reads the name of an existing contact" },
        Call { line: "GET /v3/REST/contactmetadata", why: "checks whether the properties exist" },
        Call { line: "POST /v3/REST/contactmetadata", why: "creates a missing property" },
        Call { line: "POST /v3/REST/contact", why: "creates a new contact" },
        Call { line: "PUT /v3/REST/contactdata/{id}", why: "writes the properties" },
        Call { line: "POST /v3/REST/contactslist/{list}/managecontact", why: "adds the contact to the list" },
    ],
    consent: "People who are excluded from campaigns, complained, or unsubscribed from the list are skipped: nothing \
              is written. We add people with `addnoforce`, which keeps an unsubscription, and never send `addforce` or \
              `IsExcludedFromCampaigns`. Mailjet has no unconfirmed state: affiliates who accepted no terms get their \
              properties, but aren\u{2019}t added to the list.",
    success: "Mailjet responds to each call once it\u{2019}s done, with the contact.",
    known_issues: &[
        KnownIssue {
            sign: "Mailjet rejected the keys",
            remedy: "Copy the API key and the secret key of the same account or sub-account. The password you sign in \
                     with doesn\u{2019}t work.",
        },
        KnownIssue {
            sign: "The list no longer exists",
            remedy: "It was deleted, or the keys belong to another sub-account. Choose another list in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "A contact property isn\u{2019}t a text property",
            remedy: "Delete it in Mailjet under Contacts \u{2192} Contact properties, then re-sync: we\u{2019}ll \
                     create it again.",
        },
        KnownIssue {
            sign: "A deleted person still appears as \u{201c}Anonymized\u{201d}",
            remedy: "Mailjet removes the name and the address right away, and the record itself after 30 days.",
        },
    ],
};
