//! The descriptor of Keap: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "keap",
    name: "Keap",
    docs: "https://developer.infusionsoft.com/docs/restv2/",
    fields: &[Field {
        name: "apiKey",
        label: "Personal access token or service account key",
        hint: "In Keap, go to Settings \u{2192} API and create a service account key, or create a personal access \
               token under your name. A token has the permissions of its user.",
        link: Some("https://accounts.infusionsoft.com"),
        example: "KeapAK- and many letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "tag", required: false },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    // infusionsoft/keap-sdk, swagger.yml: the opt-in status is that of an address (`/emailAddresses/{email}/status`).
    new_address: NewAddress::Replaces(
        "In Keap, permission belongs to the address: a contact who is moved would have none for the new one.",
    ),
    paces: &[Pace { name: "", per_minute: 220, burst: 3, jitter_ms: 50 }],
    limit: "240 requests per minute, 10 per second and 30,000 per day, for each token or key. We send 220 per minute.",
    names: Names::Stay,
    writes: &[
        Written {
            field: "email_addresses",
            value: "the affiliate\u{2019}s email address, only for new contacts; with `opt_in_reason` if they \
                    accepted your terms",
        },
        Written {
            field: "given_name, family_name",
            value: "the name, split, at most 40 characters each; omitted if empty",
        },
        Written {
            field: "tags",
            value: "`Rekomi affiliate`, your account tags, the program\u{2019}s extra tags, and the selected tag, \
                    which stays when they leave",
        },
    ],
    calls: &[
        Call { line: "GET /crm/rest/v2/contacts?filter=email==", why: "checks whether the contact exists" },
        Call { line: "GET /crm/rest/v2/emailAddresses/{email}/status", why: "checks whether they unsubscribed" },
        Call { line: "POST /crm/rest/v2/contacts?duplicate_option=Email", why: "creates the contact" },
        Call {
            line: "PATCH /crm/rest/v2/contacts/{id}?update_mask=",
            why: "updates the name of an existing contact instead, and nothing else",
        },
        Call { line: "GET /crm/rest/v2/tags?filter=name==", why: "finds each tag\u{2019}s ID by its exact name" },
        Call { line: "POST /crm/rest/v2/tags", why: "creates a missing tag" },
        Call {
            line: "POST /crm/rest/v2/tags/{id}/contacts:applyTags",
            why: "adds a tag to the contact; your automations start here",
        },
        Call { line: "POST /crm/rest/v2/tags/{id}/contacts:removeTags", why: "removes a tag we added when they leave" },
        Call { line: "GET /crm/rest/v2/contacts/{id}/tags", why: "reads back that the contact has every tag" },
    ],
    consent: "An opt-in reason makes an address marketable, even one that was opted out manually. So we read the \
              address\u{2019}s status first and skip everyone who opted out, bounced or complained: nothing is \
              written. A reason is only sent for new contacts who accepted your program\u{2019}s terms; others are \
              created as non-marketable, and an existing contact\u{2019}s status is never changed.",
    success: "We read the contact\u{2019}s tags back: all of them are there.",
    known_issues: &[
        KnownIssue {
            sign: "401",
            remedy: "Create a new token or key, and connect again. A personal access token stops working when its \
                     user is deactivated.",
        },
        KnownIssue {
            sign: "The selected tag no longer exists",
            remedy: "It was deleted in Keap. Choose another tag in the connection\u{2019}s settings, or none, then \
                     re-sync.",
        },
        KnownIssue {
            sign: "An affiliate gets no emails",
            remedy: "They were already there as non-marketable, or accepted no terms. Only they can opt in, for \
                     example with one of your forms.",
        },
        KnownIssue {
            sign: "429, again and again",
            remedy: "The key\u{2019}s 30,000 requests for today are used up; they start over at midnight UTC. We \
                     continue automatically.",
        },
    ],
};
