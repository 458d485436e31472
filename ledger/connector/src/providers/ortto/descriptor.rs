//! The descriptor of Ortto: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "ortto",
    name: "Ortto",
    docs: "https://help.ortto.com/a-250-api-reference",
    fields: &[Field {
        name: "apiKey",
        label: "Custom API key",
        hint: "In Ortto, go to Data sources, add a custom API data source and copy its private key. The test call \
               finds out which region your account is in.",
        link: Some("https://help.ortto.com/a-107-configuring-a-custom-api-key"),
        example: "letters, digits and hyphens",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::None(
        "Ortto\u{2019}s audiences fill themselves by rules; no one can be added to them. Create an audience of \
         everyone with the tag `Rekomi affiliate`.",
    ),
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    // help.ortto.com, API reference, "Create or update one or more people (merge)": people are merged by email.
    new_address: NewAddress::Replaces(
        "Ortto recognizes people by their address, and its reference has no call that only changes it.",
    ),
    paces: &[Pace { name: "", per_minute: 300, burst: 5, jitter_ms: 50 }],
    limit: "10 requests per second on the Professional plan, 30 on larger ones. We send 5.",
    names: Names::Stay,
    writes: &[
        Written { field: "str::email", value: "the affiliate\u{2019}s email address, used to match people" },
        Written { field: "str::first, str::last", value: "the name, split; omitted if empty" },
        Written {
            field: "bol::p",
            value: "the email permission. For new people: `true` if the affiliate accepted your terms, otherwise \
                    `false`. For existing people: `false` again if it was `false`, because Ortto assumes `true` if \
                    nothing is sent; otherwise omitted",
        },
        Written { field: "str::u-ctx", value: "only with `false` for new people: that they gave no consent to emails" },
        Written {
            field: "tags, unset_tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags; the tags we added, when \
                    they leave",
        },
        Written {
            field: "custom field rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`; the field is created if there\u{2019}s room",
        },
    ],
    calls: &[
        Call {
            line: "POST /v1/person/get",
            why: "checks whether they\u{2019}re in Ortto, and whether they unsubscribed",
        },
        Call { line: "POST /v1/person/custom-field/get", why: "finds the custom field `rekomi_status`" },
        Call { line: "POST /v1/person/custom-field/create", why: "creates it if it\u{2019}s missing, once" },
        Call { line: "POST /v1/person/merge", why: "creates or updates the person, adds tags and removes old ones" },
        Call { line: "POST /v1/person/get", why: "reads back until the tags are there" },
    ],
    consent: "People who unsubscribed, or whose address is on your suppression list, are skipped: nothing is written. \
              Without accepted consent, a new person has no email permission. People who are already in Ortto keep \
              theirs.",
    success: "Ortto reports that the person was created or merged, and we read them back until they have every tag.",
    known_issues: &[
        KnownIssue {
            sign: "401 in all regions",
            remedy: "The key was deleted, or isn\u{2019}t the private key of a custom API data source. Copy it again.",
        },
        KnownIssue {
            sign: "The address is on the suppression list",
            remedy: "They unsubscribed, complained or bounced before. Ortto doesn\u{2019}t create them, and we \
                     don\u{2019}t either.",
        },
        KnownIssue {
            sign: "No `rekomi_status` in Ortto",
            remedy: "An account has at most 100 custom fields. Delete one you don\u{2019}t need, then re-sync.",
        },
        KnownIssue {
            sign: "A deleted person is still among the archived ones",
            remedy: "Ortto may take a while to delete people. If they\u{2019}re still there an hour later, delete them \
                     there.",
        },
    ],
};
