//! The descriptor of Salesforce: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

use super::{CLIENT_ID, CLIENT_SECRET, DOMAIN, STATUS, TAGS};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "salesforce",
    name: "Salesforce",
    docs: "https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/",
    fields: &[
        Field {
            name: DOMAIN,
            label: "My Domain URL",
            hint: "In Salesforce, go to Setup \u{2192} My Domain and copy the current URL. Also add two text fields \
                   to contacts (Object Manager \u{2192} Contact \u{2192} Fields), with 255 characters and visible \
                   to the user below: Rekomi_Status and Rekomi_Tags.",
            link: None,
            example: "https://your-company.my.salesforce.com",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: CLIENT_ID,
            label: "Consumer key",
            hint: "In Setup \u{2192} External Client App Manager, create an app with OAuth and the client credentials \
                   flow, choose a user to run as, and open its OAuth settings.",
            link: None,
            example: "85 letters, digits, dots and underscores",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: CLIENT_SECRET,
            label: "Consumer secret",
            hint: "It\u{2019}s next to the consumer key.",
            link: None,
            example: "64 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
    ],
    scopes: &["api"],
    lists: Listing::Picked { word: "campaign", required: false },
    tags: Tagging::Field(TAGS),
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PATCH /services/data/v62.0/sobjects/Contact/{id}"),
    paces: &[Pace { name: "", per_minute: 120, burst: 4, jitter_ms: 50 }],
    limit: "A number of requests per 24 hours for the whole organization, depending on edition and users (100,000 and \
            more in Enterprise). A sync uses 4. We send at most 120 per minute.",
    names: Names::Stay,
    writes: &[
        Written { field: "Email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written {
            field: "FirstName, LastName",
            value: "the name, split; at most 40 characters of the first and 80 of the last name; omitted if empty. A \
                    new contact needs a last name: without one, it gets the first name or the email",
        },
        Written { field: STATUS, value: "`approved`, `left`, `banned` or `rejected`" },
        Written {
            field: TAGS,
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, separated by commas",
        },
        Written { field: "CampaignMember", value: "the selected campaign; membership stays when they leave" },
    ],
    calls: &[
        Call {
            line: "POST /services/oauth2/token",
            why: "gets an access token now and then; it\u{2019}s kept in memory and never logged",
        },
        Call {
            line: "GET /services/data/v62.0/query",
            why: "finds contacts with this email, and whether they opted out",
        },
        Call {
            line: "GET /services/data/v62.0/query",
            why: "for new contacts: checks whether a lead with this email opted out",
        },
        Call { line: "POST /services/data/v62.0/sobjects/Contact", why: "creates the contact" },
        Call { line: "PATCH /services/data/v62.0/sobjects/Contact/{id}", why: "updates the existing one instead" },
        Call { line: "POST /services/data/v62.0/sobjects/CampaignMember", why: "adds the contact to the campaign" },
    ],
    consent: "We read \u{201c}Email Opt Out\u{201d} of all contacts and open leads with this email first, and skip \
              everyone who opted out: nothing is written. We never write that field. Salesforce has no consent value \
              on contacts that a sync could set.",
    success: "Salesforce responds to each call once it\u{2019}s done: the contact has our fields, and is a member of \
              the campaign.",
    known_issues: &[
        KnownIssue {
            sign: "invalid_client_id, invalid_client or invalid_grant",
            remedy: "Check the consumer key and secret, that the client credentials flow is turned on, and that the \
                     app has a user to run as. A new app needs up to ten minutes.",
        },
        KnownIssue {
            sign: "field_missing",
            remedy: "Create the two fields on contacts, and let the app\u{2019}s user see and edit them, and see \
                     \u{201c}Email Opt Out\u{201d} (field-level security).",
        },
        KnownIssue {
            sign: "duplicate_rule",
            remedy: "A duplicate rule blocks the new contact, for example because someone with the same name exists. \
                     Exempt the app\u{2019}s user from the rule, or create the contact there, then re-sync.",
        },
        KnownIssue {
            sign: "REQUEST_LIMIT_EXCEEDED",
            remedy: "The organization has used up its requests of the last 24 hours. We continue automatically.",
        },
        KnownIssue {
            sign: "An affiliate is in Salesforce twice",
            remedy: "Salesforce allows several contacts with the same email. We update the oldest one. Merge them \
                     there.",
        },
    ],
};
