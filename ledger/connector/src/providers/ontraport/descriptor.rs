//! The descriptor of Ontraport: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "ontraport",
    name: "Ontraport",
    docs: "https://api.ontraport.com/doc/",
    fields: &[
        Field {
            name: "appId",
            label: "App ID",
            hint: "In Ontraport under Administration, Integrations, API keys: \u{201c}App ID\u{201d} of your key.",
            link: Some("https://app.ontraport.com"),
            example: "2_123456_aBcDeFgHi",
            secret: false,
            required: true,
            missing: Some("missing Api-Appid header"),
        },
        Field {
            name: "apiKey",
            label: "API key",
            hint: "On the same page: \u{201c}API Key\u{201d}. Only the two together open the account.",
            link: Some("https://app.ontraport.com"),
            example: "15 letters and digits",
            secret: true,
            required: true,
            missing: Some("missing Api-Key header"),
        },
    ],
    scopes: &[],
    lists: Listing::Picked { word: "tag", required: false },
    tags: Tagging::Tags { listed: true },
    events: None,
    can_forget: true,
    paces: &[Pace { name: "", per_minute: 165, burst: 5, jitter_ms: 50 }],
    limit: "180 requests a minute for the whole account, whatever key they come with. We send 165.",
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s address, which contacts are matched by" },
        Written { field: "firstname, lastname", value: "the name, split; left out where it is empty" },
        Written {
            field: "bulk_mail",
            value: "`0` (transactional mail only), and only for a new contact who accepted no terms; otherwise left out",
        },
        Written {
            field: "tags",
            value: "`Rekomi affiliate`, your account\u{2019}s tags, the program\u{2019}s extras, and the tag that you picked, \
                    which stays when they leave",
        },
    ],
    calls: &[
        Call { line: "GET /1/Contacts?condition=", why: "whether the contact is there, and whether they unsubscribed" },
        Call {
            line: "POST /1/objects/saveorupdate",
            why: "creates the contact or updates the one with this address; `objectID: 0`, `ignore_blanks: true`",
        },
        Call { line: "GET /1/Tags?condition=", why: "the tag\u{2019}s id by its exact name, for each tag" },
        Call { line: "POST /1/Tags", why: "creates a tag that isn\u{2019}t there yet" },
        Call {
            line: "PUT /1/objects/tagByName",
            why: "in its place where Ontraport doesn\u{2019}t take that call: gives the contact the tag by its name",
        },
        Call {
            line: "PUT /1/objects/tag",
            why: "gives the contact all the tags; your automations start here. Sent as a POST where Ontraport doesn\u{2019}t \
                  take the PUT",
        },
        Call {
            line: "DELETE /1/objects/tag",
            why: "takes away tags that we gave, when they leave; where Ontraport doesn\u{2019}t take that call they stay",
        },
        Call { line: "GET /1/objects/tag", why: "reads back that the contact has the tag, for each tag" },
    ],
    consent: "`bulk_mail` is never raised. Even so it is read first, and one who unsubscribed, bounced or complained is \
              left alone: nothing is written. A new contact gets Ontraport\u{2019}s own default if they accepted your \
              program\u{2019}s terms, and \u{201c}transactional only\u{201d} if they didn\u{2019}t.",
    success: "Ontraport gives tags some time after the call. So each tag is read back, and \u{201c}Succeeded\u{201d} is said \
              once the contact has all of them. Where Ontraport has no answer to that reading, its answers to the calls before \
              it count.",
    known_issues: &[
        KnownIssue {
            sign: "missing Api-Appid header, or missing Api-Key header",
            remedy: "Ontraport wants both. They stand side by side under Administration, Integrations, API keys.",
        },
        KnownIssue {
            sign: "The key lacks a right",
            remedy: "A key may do what its owner may. Give that user the permissions to see, add and edit contacts and to \
                     add tags, or make a key as an administrator.",
        },
        KnownIssue {
            sign: "The picked tag isn\u{2019}t there any more",
            remedy: "It was deleted in Ontraport. Pick another tag in the connection, or none, and re-sync.",
        },
        KnownIssue {
            sign: "not_confirmed: Ontraport took the tags, and they didn\u{2019}t appear",
            remedy: "Ontraport is behind with its work, or an automation takes the tag away at once. Look at the contact \
                     there, then re-sync.",
        },
        KnownIssue {
            sign: "An automation doesn\u{2019}t start",
            remedy: "Let it begin with \u{201c}Tag is added\u{201d} and the tag that you picked: Ontraport has no lists.",
        },
    ],
};
