//! The descriptor of Pipedrive: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::TAGS;

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "pipedrive",
    name: "Pipedrive",
    docs: "https://developers.pipedrive.com/docs/api/v1",
    fields: &[Field {
        name: "apiToken",
        label: "API token",
        hint: "In Pipedrive, click your picture, go to Personal preferences \u{2192} API and copy your personal token. \
               It has the permissions of its user, who must be able to see all people and to add custom fields.",
        link: Some("https://app.pipedrive.com/settings/api"),
        example: "40 letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "label", required: false },
    tags: Tagging::Field(TAGS),
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PATCH /api/v2/persons/{id}"),
    paces: &[Pace { name: "", per_minute: 100, burst: 4, jitter_ms: 50 }],
    limit: "A daily budget of tokens for the whole account (30,000 times a factor of your plan, per seat), and a limit \
            per 2 seconds for each user. A sync uses about 40 tokens. We send at most 100 requests per minute.",
    names: Names::Stay,
    writes: &[
        Written { field: "name", value: "the full name, in one field; new people without a name get their email" },
        Written { field: "emails", value: "the affiliate\u{2019}s email address, only for new people" },
        Written {
            field: "rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`, in a custom field that we create",
        },
        Written {
            field: TAGS,
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, separated by commas, in \
                    a custom field that we create",
        },
        Written {
            field: "label_ids",
            value: "the selected label, added to the ones they have; it stays when they leave",
        },
        Written {
            field: "marketing_status",
            value: "`subscribed`, only for new people who accepted your terms, and only if you use Campaigns",
        },
    ],
    calls: &[
        Call { line: "GET /api/v2/personFields", why: "finds our fields, the label, and whether you use Campaigns" },
        Call { line: "GET /api/v2/persons/search?term=", why: "finds everyone with exactly this email address" },
        Call { line: "GET /api/v2/persons/{id}", why: "reads whether they unsubscribed, and which labels they have" },
        Call { line: "POST /api/v2/personFields", why: "creates a field of ours if it\u{2019}s missing" },
        Call { line: "POST /api/v2/persons", why: "adds a new person" },
        Call { line: "PATCH /api/v2/persons/{id}", why: "updates the existing one instead" },
    ],
    consent: "Pipedrive\u{2019}s marketing status belongs to its Campaigns add-on. With it, we read the status first \
              and skip everyone who unsubscribed: nothing is written. New people who accepted your program\u{2019}s \
              terms are added as `subscribed`, others without a status, which Pipedrive shows as \u{201c}no \
              consent\u{201d}. The status of existing people is never changed. Without Campaigns, Pipedrive has no \
              consent field.",
    success: "The response has the person with our fields.",
    known_issues: &[
        KnownIssue {
            sign: "401",
            remedy: "Copy the token again from Personal preferences \u{2192} API. A new token replaces the old one, \
                     and a token stops working when its user is deactivated.",
        },
        KnownIssue {
            sign: "403",
            remedy: "The token\u{2019}s user isn\u{2019}t allowed to do this. Let them see all people, add and edit \
                     people, and add custom fields.",
        },
        KnownIssue {
            sign: "The label no longer exists",
            remedy: "It was deleted in Pipedrive. Choose another label in the connection\u{2019}s settings, or none, \
                     then re-sync.",
        },
        KnownIssue {
            sign: "An affiliate is in Pipedrive twice",
            remedy: "Pipedrive allows several people with the same email address. We update the oldest one. Merge them \
                     there.",
        },
        KnownIssue {
            sign: "429, again and again",
            remedy: "The account\u{2019}s tokens for today are used up. We continue automatically when there are new \
                     ones.",
        },
    ],
};
