//! The descriptor of HubSpot: what the connect form and the documentation say. Keys are from HubSpot's page about
//! service keys, which replace the tokens of private apps (developers.hubspot.com/changelog/service-keys).

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::TAGS;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "hubspot",
    name: "HubSpot",
    docs: "https://developers.hubspot.com/docs/api-reference/2026-03/crm/objects/contacts/update-contact",
    fields: &[Field {
        name: "accessToken",
        label: "Service key",
        hint: "In HubSpot, go to Development \u{2192} Keys \u{2192} Service keys and create a key with the permissions \
               listed here. The access token of a private app works too.",
        link: None,
        example: "pat-na1- and letters, digits and hyphens",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[
        "crm.objects.contacts.read",
        "crm.objects.contacts.write",
        "crm.schemas.contacts.read",
        "crm.schemas.contacts.write",
        "crm.lists.read",
        "crm.lists.write",
    ],
    lists: Listing::Picked { word: "static list", required: false },
    tags: Tagging::Field(TAGS),
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PATCH /crm/v3/objects/contacts/{id}"),
    paces: &[Pace { name: "", per_minute: 480, burst: 8, jitter_ms: 50 }],
    limit: "100 requests per 10 seconds in smaller plans, 190 in larger ones, and a daily limit for the account. We \
            send 8 per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, only for new contacts" },
        Written { field: "firstname, lastname", value: "the name, split; omitted if empty" },
        Written {
            field: "rekomi_tags",
            value: "the tags, comma-separated: `Rekomi affiliate`, your account tags and the program\u{2019}s extra \
                    tags",
        },
        Written { field: "rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written { field: "list membership", value: "the selected static list, if any" },
    ],
    calls: &[
        Call {
            line: "GET /crm/v3/objects/contacts/{email}?idProperty=email",
            why: "checks whether the contact exists, is unsubscribed or bounced",
        },
        Call { line: "GET /crm/v3/properties/contacts/{name}", why: "checks whether our properties exist" },
        Call { line: "POST /crm/v3/properties/contacts", why: "creates a missing property" },
        Call { line: "POST /crm/v3/objects/contacts", why: "creates a new contact" },
        Call { line: "PATCH /crm/v3/objects/contacts/{id}", why: "updates a contact that exists" },
        Call { line: "PUT /crm/v3/lists/{list}/memberships/add", why: "adds the contact to the list" },
    ],
    consent: "People who unsubscribed from all email or whose address bounced are skipped: nothing is written. In \
              HubSpot, a list isn\u{2019}t a subscription: subscription types belong to the email address, and we \
              never write those, nor a legal basis or the marketing status. So a sync never subscribes anyone, with or \
              without accepted terms, and HubSpot usually creates new contacts as non-marketing contacts.",
    success: "HubSpot responds to each call once it\u{2019}s done, with the contact and the list\u{2019}s members. If \
              someone asks to be deleted, we delete the contact; HubSpot keeps it in the recycle bin for 90 days, \
              where you can delete it permanently. We don\u{2019}t make that call ourselves because HubSpot can block \
              the address from ever being used again.",
    known_issues: &[
        KnownIssue {
            sign: "The key is missing a permission",
            remedy: "Edit the key in HubSpot and add the permission named in the message. The user who created it \
                     needs it, too.",
        },
        KnownIssue {
            sign: "The list no longer exists, or isn\u{2019}t a static list",
            remedy: "HubSpot fills active lists from rules and accepts no one else. Choose a static list in the \
                     connection\u{2019}s settings, or build an active list from `rekomi_tags`.",
        },
        KnownIssue {
            sign: "The contact property rekomi_tags or rekomi_status isn\u{2019}t a text property",
            remedy: "Delete the property in HubSpot under Settings \u{2192} Properties, then re-sync: we\u{2019}ll \
                     create it again.",
        },
        KnownIssue {
            sign: "Affiliates are in HubSpot, but get no marketing emails",
            remedy: "New contacts are usually non-marketing contacts, which are free. Set them as marketing contacts \
                     with a workflow or in the list.",
        },
        KnownIssue {
            sign: "The daily limit was reached",
            remedy: "All apps of your HubSpot account share it. Syncs continue on their own once it\u{2019}s reset.",
        },
    ],
};
