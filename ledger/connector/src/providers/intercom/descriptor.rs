//! The descriptor of Intercom: what the connect form and the documentation say.

use crate::{Call, Descriptor, Field, KnownIssue, Listing, Names, NewAddress, Pace, Tagging, Written};

pub(super) static DESCRIPTOR: Descriptor = Descriptor {
    slug: "intercom",
    name: "Intercom",
    docs: "https://developers.intercom.com/docs/references/rest-api/api.intercom.io/",
    fields: &[Field {
        name: "accessToken",
        label: "Access token",
        hint: "In Intercom\u{2019}s Developer Hub, create an app for your own workspace and copy its access token from \
               Configure \u{2192} Authentication. We find out the workspace\u{2019}s region.",
        link: Some("https://app.intercom.com/a/apps/_/developer-hub"),
        example: "60 letters and digits, ending with an equals sign",
        secret: true,
        required: true,
        missing: None,
    }],
    // OAuth scopes, developers.intercom.com.
    scopes: &[
        "Read and list users and companies",
        "Read and write users",
        "Write users and companies",
        "Read tags",
        "Write tags",
        "Write events",
        "Write data attributes",
    ],
    lists: Listing::None(
        "Intercom has no lists. Create a segment of everyone with the tag `Rekomi affiliate`. We don\u{2019}t change \
         subscription types: the API can\u{2019}t tell people who opted out of one from people who never opted in.",
    ),
    tags: Tagging::Tags { listed: true },
    events: Some(
        "Sent as events of the same name, with the details as metadata. Intercom may count a repetition again, so we \
         don\u{2019}t resend an event whose response was lost.",
    ),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /contacts/{id}"),
    paces: &[Pace { name: "", per_minute: 480, burst: 10, jitter_ms: 50 }],
    limit: "Usually 10,000 requests per minute for each app, counted in windows of 10 seconds. We send 8 per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "name", value: "the full name; omitted if empty" },
        Written { field: "role", value: "`user`, only for new contacts" },
        Written {
            field: "custom_attributes.rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`; the attribute is created if it\u{2019}s missing",
        },
        Written { field: "tags", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
    ],
    calls: &[
        Call { line: "POST /contacts/search", why: "checks whether they exist and are unsubscribed" },
        Call { line: "GET /data_attributes?model=contact", why: "checks whether `rekomi_status` exists" },
        Call { line: "POST /data_attributes", why: "creates `rekomi_status`, once" },
        Call { line: "POST /contacts", why: "creates the contact" },
        Call {
            line: "GET /contacts/{id}",
            why: "if Intercom has them already and its search didn\u{2019}t show it yet: checks whether they \
                  unsubscribed",
        },
        Call { line: "PUT /contacts/{id}", why: "updates an existing contact" },
        Call { line: "GET /contacts/{id}/tags", why: "gets the tags that they have" },
        Call { line: "POST /tags", why: "gets the ID of a tag, or creates it" },
        Call { line: "POST /contacts/{id}/tags", why: "adds a tag" },
        Call { line: "DELETE /contacts/{id}/tags/{tag}", why: "removes a tag we added, when they leave" },
    ],
    consent: "People who unsubscribed from emails, whose address bounced or who marked an email as spam are skipped: \
              nothing is written. We never write `unsubscribed_from_emails` or a subscription type, so no one is \
              resubscribed. New contacts get no subscription from us, whether or not they accepted your terms.",
    success: "Intercom returns the contact once it\u{2019}s saved, and each tag once it\u{2019}s added.",
    known_issues: &[
        KnownIssue {
            sign: "401: the access token was rejected",
            remedy: "Copy it again from the app\u{2019}s page in the Developer Hub. Uninstalling the app invalidates \
                     it.",
        },
        KnownIssue {
            sign: "403: a permission is missing",
            remedy: "Add the permissions listed here to the app in the Developer Hub, then re-sync.",
        },
        KnownIssue {
            sign: "The contact is archived",
            remedy: "Intercom doesn\u{2019}t let us change archived contacts. Unarchive them there, then re-sync.",
        },
        KnownIssue {
            sign: "rekomi_status is missing in Intercom",
            remedy: "The app isn\u{2019}t allowed to create attributes. Create a text attribute for people with the \
                     name `rekomi_status` under Settings \u{2192} Data, then re-sync.",
        },
    ],
};
