//! Connector for Omnisend, API version 2026-03-15 (api-docs.omnisend.com). Omnisend has no lists, applies tags some
//! time after it answers, and keeps whatever channel status was written last.

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Call, Connector, ContactName, Descriptor, Fault, Field, Host, Known, KnownIssue, Listing,
    Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging, Task, Written,
    read::{need, poll, rows, text},
};

pub static CONNECTOR: Omnisend = Omnisend;

#[derive(Debug)]
pub struct Omnisend;

const HOST: Host = Host::fixed("OMNISEND", "https://api.omnisend.com");
/// Sent in the header `Omnisend-Version`; Omnisend answers 410 to a retired version.
const VERSION: &str = "2026-03-15";
/// Tagging has its own rate limit.
const TAGS: &str = "tags";
const UNSUBSCRIBED: &str = "unsubscribed";
/// Known: which of our tags the contact had at first and which it lacked, then which we added and removed.
const HAS: &str = "has";
const LACKS: &str = "lacks";
const GIVEN: &str = "given";
const TAKEN: &str = "taken";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "omnisend",
    name: "Omnisend",
    docs: "https://api-docs.omnisend.com/reference",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Omnisend, go to Store settings \u{2192} API keys and create a key with the permissions listed here.",
        link: Some("https://app.omnisend.com/settings/api-keys"),
        example: "letters and digits, with a hyphen in between",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &["brands.read", "contacts.read", "contacts.write", "events.write"],
    lists: Listing::None("Omnisend has no lists. Create a segment with a rule for the tag `Rekomi affiliate`."),
    tags: Tagging::Tags { listed: false },
    events: Some(
        "Sent as custom events with our own ID. Omnisend removes repetitions from a contact\u{2019}s history, but not \
         from its automations, so we don\u{2019}t resend an event if its response was lost.",
    ),
    initial_events: &[],
    can_forget: false,
    // api-docs.omnisend.com, "Update contact": any field "except email" in version 3; later, identifiers are "added or
    // updated".
    new_address: NewAddress::Replaces(
        "Omnisend\u{2019}s reference leaves open whether a new address replaces the old one or is added to it.",
    ),
    paces: &[
        Pace { name: "", per_minute: 360, burst: 6, jitter_ms: 50 },
        Pace { name: TAGS, per_minute: 54, burst: 2, jitter_ms: 100 },
    ],
    limit: "400 requests per minute for the brand, and 60 per minute for tagging. We send 360 and 54.",
    names: Names::Stay,
    writes: &[
        Written { field: "identifiers[].id", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "firstName, lastName", value: "the name, split; omitted if empty" },
        Written {
            field: "channels.email.status",
            value: "only for new contacts: `subscribed` if the affiliate accepted your terms, otherwise \
                    `nonSubscribed`",
        },
        Written { field: "consent", value: "only for new contacts with consent: its source and date" },
        Written { field: "sendWelcomeMessage", value: "`false`: we don\u{2019}t start your welcome series" },
        Written {
            field: "customProperties.rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`; omitted if the contact has your own custom properties, \
                    because Omnisend doesn\u{2019}t guarantee that those stay",
        },
        Written { field: "tags", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
    ],
    calls: &[
        Call {
            line: "GET /api/contacts?email=",
            why: "checks whether the contact exists, is unsubscribed or already has the tags",
        },
        Call { line: "POST /api/contacts", why: "creates or updates the contact by email" },
        Call { line: "POST /api/contacts/tags", why: "adds missing tags; Omnisend applies them shortly after" },
        Call { line: "DELETE /api/contacts/tags", why: "removes the tags we added when someone leaves" },
        Call { line: "GET /api/contacts?email=", why: "reads back until the tags are there" },
        Call { line: "POST /api/events", why: "sends an event, if you turned events on" },
    ],
    consent: "Contacts who unsubscribed are skipped: nothing is written. Channels are only sent for new contacts, so \
              existing contacts keep theirs. Without accepted consent, a new contact is `nonSubscribed`: they get the \
              tags but no campaigns.",
    success: "Omnisend accepts tags first and applies them later. So we read the contact back for up to eight and a \
              half minutes, with increasing delays, until it has every tag.",
    known_issues: &[
        KnownIssue {
            sign: "The test call reports a missing permission",
            remedy: "Create a new key with all the permissions listed here, then reconnect.",
        },
        KnownIssue {
            sign: "The tags didn\u{2019}t appear in time",
            remedy: "Omnisend accepted the tags but didn\u{2019}t show them for several minutes. Check the contact \
                     there; if the tags are missing, re-sync.",
        },
        KnownIssue {
            sign: "An affiliate is in Omnisend, but gets no campaigns",
            remedy: "They were already there as non-subscribed, or accepted no terms. Only they can subscribe, for \
                     example with one of your forms.",
        },
        KnownIssue {
            sign: "410, or \u{201c}API version has been retired\u{201d}",
            remedy: "Your account is fine: this connector needs an update. Contact us.",
        },
    ],
};

impl Connector for Omnisend {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => ["brands.read", "contacts.read"].map(|scope| Step::about(Action::Check, scope)).to_vec(),
            Task::Sync(_) => {
                let look = Step::new(Action::Consent);
                let save = Step::new(Action::Save).depends_on([look.clone()]);
                let tags = [Action::Tag, Action::Untag, Action::Confirm].map(Step::new);
                [look, save].into_iter().chain(tags).collect()
            }
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Lists | Task::Tags | Task::Forget(_) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let known = ctx.known;
        let request = match ctx.step.action {
            Action::Check if ctx.step.about == "brands.read" => Request::get(&HOST, "/api/brands/current"),
            Action::Check => Request::get(&HOST, "/api/contacts").query("limit", "1"),
            Action::Consent => look(ctx.person()?),
            Action::Event => Request::post(&HOST, "/api/events").json(event(ctx)?),
            // A person who left and doesn't exist isn't created for this.
            _ if known.maybe("contact").is_none() && !ctx.person()?.is_approved() => {
                return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist"));
            }
            Action::Save => Request::post(&HOST, "/api/contacts").json(contact(ctx.person()?, known)),
            Action::Tag if holds(known, HAS, &ctx.person()?.tags) => {
                return Ok(StepRequest::Nothing("they already have the tags"));
            }
            Action::Tag => Request::post(&HOST, "/api/contacts/tags")
                .json(json!({"emails": [ctx.person()?.email], "tags": ctx.person()?.tags}))
                .pace(TAGS),
            Action::Untag if holds(known, LACKS, &ctx.person()?.untags) => {
                return Ok(StepRequest::Nothing("they don\u{2019}t have the tags"));
            }
            Action::Untag => Request::delete(&HOST, "/api/contacts/tags")
                .json(json!({"emails": [ctx.person()?.email], "tags": ctx.person()?.untags}))
                .pace(TAGS),
            Action::Confirm if known.get(GIVEN).is_none() && known.get(TAKEN).is_none() => {
                return Ok(StepRequest::Nothing("the contact already had the tags"));
            }
            Action::Confirm => look(ctx.person()?),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let key = ctx.account.get("apiKey")?;
        let request = request.header("Authorization", format!("Omnisend-API-Key {key}"));
        Ok(request.header("Omnisend-Version", VERSION).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        match (ctx.step.action, answer.status) {
            // This call only tests a permission: a refusal for another reason says nothing about the key.
            (Action::Check, 400 | 404 | 405 | 422) if ctx.step.about == "contacts.read" => return Ok(Parsed::done()),
            (Action::Untag, 404 | 405) => return Ok(Parsed::done()),
            _ => {}
        }
        let body = read(ctx, answer)?;
        match ctx.step.action {
            Action::Check if ctx.step.about == "brands.read" => {
                let name = need(&body, "/name").or_else(|_| need(&body, "/website"))?;
                Ok(Parsed::learned(Known::new().with("account", name)))
            }
            Action::Consent => consent(ctx.person()?, &body),
            Action::Save => Ok(Parsed::learned(Known::new().with("contact", need(&body, "/id")?))),
            Action::Tag => Ok(Parsed::learned(Known::new().with(GIVEN, ctx.person()?.tags.clone()))),
            Action::Untag => Ok(Parsed::learned(Known::new().with(TAKEN, ctx.person()?.untags.clone()))),
            Action::Confirm => confirm(ctx, &body),
            _ => Ok(Parsed::done()),
        }
    }

    /// Omnisend's automations treat a repetition as another event (events API, `eventID`).
    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

fn look(person: &Person) -> Request {
    Request::get(&HOST, "/api/contacts").query("email", person.email.as_str())
}

/// Finds the contact with the person's email. A row that shows no email at all is accepted, because we filtered by it.
fn of_address<'a>(person: &Person, body: &'a Value) -> Option<&'a Value> {
    let shows = |row: &Value| text(row, "/email").is_some() || rows(row, "/identifiers").next().is_some();
    let is = |row: &Value| {
        is_address(person, text(row, "/email"))
            || rows(row, "/identifiers").any(|one| is_address(person, text(one, "/id")))
    };
    rows(body, "/contacts").find(|row| is(row) || !shows(row))
}

fn is_address(person: &Person, value: Option<String>) -> bool {
    value.is_some_and(|email| email.to_lowercase() == person.email)
}

/// The contact to write. Channels are written once and never again: an existing status is the person's own choice.
fn contact(person: &Person, known: &Known) -> Value {
    let mut identifier = json!({"type": "email", "id": person.email, "sendWelcomeMessage": false});
    if known.maybe("contact").is_none() {
        identifier["channels"] = match &person.consent {
            Some(consent) => {
                let at = consent.at.to_string();
                identifier["consent"] = json!({"source": "Rekomi affiliate program", "createdAt": at});
                json!({"email": {"status": "subscribed", "statusChangedAt": at}})
            }
            None => json!({"email": {"status": "nonSubscribed"}}),
        };
    }
    let mut contact = json!({"identifiers": [identifier]});
    for (field, value) in [("firstName", &person.first_name), ("lastName", &person.last_name)] {
        // For a person who left, only our own fields change.
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            contact[field] = json!(value);
        }
    }
    if !known.flag("own_properties") {
        contact["customProperties"] = json!({"rekomi_status": person.affiliate_status.as_str()});
    }
    contact
}

fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let event = ctx.event()?;
    Ok(json!({
        "eventName": event.name,
        "origin": "api",
        "eventID": event.id,
        "eventTime": event.at.to_string(),
        "contact": {"email": ctx.person()?.email},
        "properties": event.properties,
    }))
}

/// Reads the contact, if it exists: whether it may be written, and which tags it already has.
fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    if body.get("contacts").is_none() {
        return Err(Fault::unreadable("no contacts in it"));
    }
    let Some(found) = of_address(person, body) else {
        return Ok(Parsed::learned(Known::new().with(LACKS, ours(person).collect::<Vec<_>>())));
    };
    let out = |value: Option<String>| value.as_deref() == Some(UNSUBSCRIBED);
    let mut channels = rows(found, "/identifiers").filter(|one| is_address(person, text(one, "/id")));
    let unsubscribed = out(text(found, "/status")) || channels.any(|one| out(text(one, "/channels/email/status")));
    if unsubscribed && person.is_approved() {
        return Ok(Parsed::leave_alone("They unsubscribed in Omnisend. We skipped them: only they can resubscribe."));
    }
    let own = found.pointer("/customProperties").and_then(Value::as_object);
    let own = own.is_some_and(|own| own.keys().any(|name| name != "rekomi_status"));
    let (has, mut lacks): (Vec<_>, Vec<_>) = ours(person).partition(|tag| is_tagged(found, tag));
    if found.get("tags").is_none() {
        // The response doesn't show the tags, so all are added and removed.
        lacks.clear();
    }
    let id = text(found, "/id").unwrap_or_else(|| person.email.clone());
    let learned = Known::new().with("contact", id).with("own_properties", own);
    let name = ContactName::parts(found, "/firstName", "/lastName");
    Ok(Parsed::learned(learned.with(HAS, has).with(LACKS, lacks).noting_name(person, "", &name)))
}

/// Tags that we add or remove. Nothing is remembered about the brand's own tags.
fn ours(person: &Person) -> impl Iterator<Item = String> {
    person.tags.iter().chain(&person.untags).cloned()
}

fn is_tagged(contact: &Value, tag: &str) -> bool {
    rows(contact, "/tags").any(|known| known.as_str() == Some(tag))
}

fn remembered<'a>(known: &'a Known, name: &str) -> impl Iterator<Item = &'a str> {
    known.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn holds(known: &Known, name: &str, tags: &[String]) -> bool {
    tags.iter().all(|tag| remembered(known, name).any(|other| other == tag))
}

/// Confirms the tags that this sync added and removed, even if the person has changed since. Omnisend silently skips
/// unknown emails when it tags, so the contact must exist. If the response omits tags, they can't be checked.
fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if let Some(found) = of_address(ctx.person()?, body) {
        let given = remembered(ctx.known, GIVEN).all(|tag| is_tagged(found, tag));
        let taken = !remembered(ctx.known, TAKEN).any(|tag| is_tagged(found, tag));
        if found.get("tags").is_none() || (given && taken) {
            return Ok(Parsed::done());
        }
    }
    poll(
        ctx.polls,
        "Omnisend accepted the tags but didn\u{2019}t show them in time. Check the contact there; if they\u{2019}re \
         missing, re-sync.",
    )
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = match ctx.step.action {
        // Accepted first and processed later; tags are read back.
        Action::Tag | Action::Untag | Action::Event => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| {
        let body = answer.any_json();
        let identifier = |row: &Value| text(row, "/field").is_some_and(|field| field.starts_with("identifiers"));
        match (answer.status, ctx.step.action) {
            (401, _) => Fault::credentials(
                "Omnisend rejected the API key. Create a new one under Store settings \u{2192} API keys, then \
                 reconnect.",
            ),
            (403, action) => {
                let scope = match action {
                    Action::Check => ctx.step.about.as_str(),
                    Action::Consent | Action::Confirm => "contacts.read",
                    Action::Event => "events.write",
                    _ => "contacts.write",
                };
                Fault::rights(format!("The Omnisend key is missing the permission {scope}. Create a key that has it."))
            }
            (410, _) => Fault::refused(
                "api_retired",
                format!(
                    "Omnisend has retired version {VERSION} of its API, so this connector needs an update. Contact us."
                ),
            ),
            (400, Action::Save) if rows(&body, "/errors").any(identifier) => {
                let message = format!("Omnisend didn\u{2019}t accept this contact ({}).", fault.message);
                Fault::refused("invalid_email", message)
            }
            _ => fault,
        }
    })
}
