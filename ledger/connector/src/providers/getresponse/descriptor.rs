//! The descriptor of GetResponse: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "getresponse",
    name: "GetResponse",
    docs: "https://apireference.getresponse.com/",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In GetResponse, go to Tools \u{2192} Integrations & API \u{2192} API and generate a key. It expires if \
               it isn\u{2019}t used for 90 days.",
        link: Some("https://app.getresponse.com/api"),
        example: "32 letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    // GetResponse/public-api-agent-skills, openapi.json: only new contacts have an `email` to write.
    new_address: NewAddress::Replaces("GetResponse\u{2019}s API has no call that changes a contact\u{2019}s address."),
    paces: &[Pace { name: "", per_minute: 600, burst: 5, jitter_ms: 50 }],
    limit: "80 requests per second, and 30,000 per 10 minutes, for the whole account. We send at most 10 per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "name", value: "the full name: GetResponse has one field; omitted if empty" },
        Written { field: "campaign", value: "the selected list" },
        Written {
            field: "tags",
            value: "`Rekomi_affiliate`, your account tags and the program\u{2019}s extra tags. GetResponse tags \
                    can\u{2019}t contain spaces, so everything except letters and digits becomes `_`",
        },
        Written {
            field: "rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`, in a custom field that we create",
        },
    ],
    calls: &[
        Call { line: "GET /v3/contacts?query[email]=", why: "checks whether the contact is on the list" },
        Call { line: "GET /v3/contacts/{id}", why: "reads the tags of an existing contact" },
        Call {
            line: "POST /v3/search-contacts/contacts",
            why: "checks whether someone who isn\u{2019}t on the list unsubscribed from it, or hasn\u{2019}t confirmed",
        },
        Call { line: "GET /v3/custom-fields", why: "finds the field `rekomi_status`" },
        Call { line: "POST /v3/custom-fields", why: "creates that field if it\u{2019}s missing" },
        Call { line: "GET /v3/tags?query[name]=", why: "finds each tag\u{2019}s ID by its exact name" },
        Call { line: "POST /v3/tags", why: "creates a missing tag" },
        Call { line: "POST /v3/contacts", why: "adds a new contact to the list, with name, tags and field" },
        Call {
            line: "POST /v3/contacts/{id}",
            why: "updates the name of an existing contact, and removes the tags we added when they leave",
        },
        Call { line: "POST /v3/contacts/{id}/tags", why: "adds tags to an existing contact" },
        Call { line: "POST /v3/contacts/{id}/custom-fields", why: "sets `rekomi_status` of an existing contact" },
        Call { line: "GET /v3/contacts?query[email]=", why: "reads back until a new contact is on the list" },
    ],
    consent: "GetResponse keeps contacts by list, and the API would add someone again who unsubscribed. So we search \
              the list\u{2019}s removed contacts first and skip everyone who is there, whatever the reason: nothing \
              is written. Whether a new contact has to confirm is a setting of the list; the API can\u{2019}t choose \
              it per person. If affiliates can join without accepting terms, turn on confirmed opt-in for contacts \
              added by API in the list\u{2019}s settings. Contacts who haven\u{2019}t confirmed aren\u{2019}t added \
              a second time.",
    success: "GetResponse queues new contacts. So we read them back until they\u{2019}re on the list with every tag, \
              or wait there for their confirmation. Updates of existing contacts are confirmed by the response.",
    known_issues: &[
        KnownIssue {
            sign: "401, or code 1014",
            remedy: "Generate a new key under Tools \u{2192} Integrations & API. Keys of GetResponse MAX accounts \
                     aren\u{2019}t supported yet.",
        },
        KnownIssue {
            sign: "They unsubscribed from the list, or were removed from it",
            remedy: "Only they can subscribe again, for example with one of your forms. If you removed them by \
                     mistake, add them to the list in GetResponse, then re-sync.",
        },
        KnownIssue {
            sign: "not_confirmed: the contact isn\u{2019}t on the list",
            remedy: "GetResponse\u{2019}s queue is running late, or it rejected the address after accepting it. Check \
                     the list, then re-sync.",
        },
        KnownIssue {
            sign: "not_confirmed, when you delete someone",
            remedy: "They haven\u{2019}t confirmed, and GetResponse still has them. Delete them in GetResponse, then try \
                     again.",
        },
        KnownIssue {
            sign: "tag_refused",
            remedy: "A GetResponse tag has 2 to 64 Latin letters, digits and underscores. Rename the tag here.",
        },
    ],
};
