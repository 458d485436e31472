//! The descriptor of SendGrid: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::TAGS;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "sendgrid",
    name: "SendGrid",
    docs: "https://www.twilio.com/docs/sendgrid/api-reference/contacts/add-or-update-a-contact",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In SendGrid, go to Settings \u{2192} API Keys and create a key with \u{201c}Restricted Access\u{201d}: \
               full access to Marketing, read access to Suppressions and Unsubscribe Groups.",
        link: Some("https://app.sendgrid.com/settings/api_keys"),
        example: "SG. and 66 letters, digits and signs",
        secret: true,
        required: true,
        missing: None,
    }],
    // The vendor's list of permissions has none for global unsubscribes, which may belong to either of the last two.
    scopes: &["Marketing: Full Access", "Suppressions: Read Access", "Unsubscribe Groups: Read Access"],
    lists: Listing::Picked { word: "list", required: false },
    tags: Tagging::Field(TAGS),
    events: None,
    initial_events: &[],
    can_forget: true,
    // twilio/sendgrid-oai, `tsg_mc_contacts_v3.json`: the address is what contacts are matched by.
    new_address: NewAddress::Replaces(
        "SendGrid recognizes contacts by their address, and its API can\u{2019}t change it.",
    ),
    paces: &[Pace { name: "", per_minute: 90, burst: 6, jitter_ms: 50 }],
    limit: "SendGrid names its limits only in its responses. We send 1.5 requests per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written {
            field: "first_name, last_name",
            value: "the name, split; at most 50 characters each; omitted if empty",
        },
        Written {
            field: "rekomi_tags",
            value: "a custom text field with the tags, comma-separated: `Rekomi affiliate`, your account tags and the \
                    program\u{2019}s extra tags",
        },
        Written { field: "rekomi_status", value: "a custom text field: `approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "phone_number_id, external_id, anonymous_id",
            value: "the values that the contact already has: SendGrid needs them to match it",
        },
        Written { field: "list_ids", value: "the selected list, if any, for affiliates who accepted your terms" },
    ],
    calls: &[
        Call { line: "GET /v3/asm/suppressions/global/{email}", why: "checks whether they unsubscribed" },
        Call { line: "GET /v3/suppression/bounces/{email}", why: "checks whether their address bounced" },
        Call { line: "GET /v3/suppression/spam_reports/{email}", why: "checks whether they complained" },
        Call {
            line: "POST /v3/marketing/contacts/search/emails",
            why: "checks whether the contact exists, and what else identifies it",
        },
        Call { line: "GET /v3/marketing/field_definitions", why: "finds the IDs of our custom fields" },
        Call { line: "POST /v3/marketing/field_definitions", why: "creates a missing custom field" },
        Call { line: "PUT /v3/marketing/contacts", why: "creates or updates the contact, and adds it to the list" },
        Call {
            line: "GET /v3/marketing/contacts/imports/{job}",
            why: "reads, several times if needed, whether SendGrid has processed the change",
        },
    ],
    consent: "People who unsubscribed from all emails, bounced or complained are skipped: nothing is written. SendGrid \
              keeps unsubscribes apart from contacts and applies them to every email, also those from single \
              unsubscribe groups; we never write to them, so a sync never subscribes anyone. SendGrid has no consent \
              field: affiliates who accepted no terms get their fields, but aren\u{2019}t added to the list.",
    success: "SendGrid accepts changes first and processes them later. We read the status of the import after 1, 2 and \
              4 seconds and so on, for up to eight and a half minutes, until it\u{2019}s completed without errors.",
    known_issues: &[
        KnownIssue {
            sign: "The key is missing the permission Marketing or Suppressions",
            remedy: "Edit the key under Settings \u{2192} API Keys: full access to Marketing, read access to \
                     Suppressions and Unsubscribe Groups. A key for sending emails isn\u{2019}t enough.",
        },
        KnownIssue {
            sign: "The list no longer exists",
            remedy: "It was deleted, or the key belongs to another account or subuser. Choose another list in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "The custom field rekomi_tags or rekomi_status isn\u{2019}t a text field",
            remedy: "Delete it under Marketing \u{2192} Custom Fields, then re-sync: we\u{2019}ll create it again.",
        },
        KnownIssue {
            sign: "SendGrid hadn\u{2019}t processed the change nine minutes later",
            remedy: "SendGrid is running late. Check the contact there; if something is missing, re-sync: nothing is \
                     duplicated.",
        },
    ],
};
