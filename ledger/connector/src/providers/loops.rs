//! Connector for Loops (loops.so/docs/api-reference; the vendor's OpenAPI description, version 1.21.6). One call writes
//! a contact with its mailing lists. Loops shows the lists that a contact is on, and not those that they left, so
//! adding someone to a list could undo an unsubscription: only contacts that Loops doesn't know are put on a list.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written,
    read::{choice, need, poll, text},
};

pub static CONNECTOR: Loops = Loops;

#[derive(Debug)]
pub struct Loops;

const HOST: Host = Host::fixed("LOOPS", "https://app.loops.so");
/// Names of properties are in camel case ("Create a contact property").
const TAGS: &str = "rekomiTags";
const STATUS: &str = "rekomiStatus";
/// Marks the second check, of addresses that bounced or complained.
const SUPPRESSION: &str = "suppression";
/// Known: the account's own properties, by key, with their types.
const FIELDS: &str = "fields";
/// Set if the contact exists.
const THERE: &str = "there";
/// Known: what was written, as far as it is confirmed.
const WROTE: &str = "wrote";
const CONFIRMED: [&str; 3] = [TAGS, STATUS, "mailingLists"];

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "loops",
    name: "Loops",
    docs: "https://loops.so/docs/api-reference",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Loops, go to Settings \u{2192} API and generate a key for Rekomi.",
        link: Some("https://app.loops.so/settings?page=api"),
        example: "32 letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "mailing list", required: false },
    tags: Tagging::Field(TAGS),
    events: Some(
        "Each event is sent with its own name, such as `affiliate_approved`, and starts your workflows with that \
         trigger. Its ID keeps Loops from counting a repetition within 24 hours. Create the event properties in Loops \
         to use them in emails.",
    ),
    initial_events: &[],
    can_forget: true,
    // loops.so/docs/api-reference/update-contact: "the contact will first need a `userId` value".
    new_address: NewAddress::Replaces(
        "Loops only changes the address of a contact that has a user ID, and that ID is yours to set.",
    ),
    paces: &[Pace { name: "", per_minute: 480, burst: 4, jitter_ms: 50 }],
    limit: "10 requests per second for the whole team. We send 8.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "firstName, lastName", value: "the name, split; omitted if empty" },
        Written {
            field: "rekomiTags",
            value: "the tags, comma-separated: `Rekomi affiliate`, your account tags and the program\u{2019}s extra \
                    tags",
        },
        Written { field: "rekomiStatus", value: "`approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "mailingLists",
            value: "the selected list, if any; only for new contacts who accepted your terms",
        },
    ],
    calls: &[
        Call { line: "GET /api/v1/contacts/find?email=", why: "checks whether the contact exists and is unsubscribed" },
        Call {
            line: "GET /api/v1/contacts/suppression?email=",
            why: "checks whether the contact bounced or complained",
        },
        Call { line: "GET /api/v1/contacts/properties?list=custom", why: "checks whether our properties exist" },
        Call { line: "POST /api/v1/contacts/properties", why: "creates a missing property" },
        Call { line: "PUT /api/v1/contacts/update", why: "creates or updates the contact by email" },
        Call { line: "GET /api/v1/contacts/find?email=", why: "reads the contact back" },
    ],
    consent: "People who unsubscribed, declined to confirm, bounced or complained are skipped: nothing is written. \
              `subscribed` is never sent. Loops has no unconfirmed state: it counts every new contact as subscribed. \
              So only new contacts who accepted your terms are put on the list. Loops doesn\u{2019}t say whether an \
              existing contact left the list, so existing contacts aren\u{2019}t put on it; use a segment with \
              `rekomiTags` to reach all affiliates.",
    success: "The contact was read back: it has the tags and the status, and a new contact is on the list.",
    known_issues: &[
        KnownIssue {
            sign: "An affiliate isn\u{2019}t on the list",
            remedy: "They were in Loops before, or accepted no terms. Add them to the list in Loops if they agree, or \
                     use a segment whose condition is that `rekomiTags` contains `Rekomi affiliate`.",
        },
        KnownIssue {
            sign: "The list no longer exists",
            remedy: "It was deleted, or the key belongs to another team. Choose another list in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "The property rekomiTags or rekomiStatus isn\u{2019}t a text property",
            remedy: "Delete the property in Loops under Settings \u{2192} Contact properties, then re-sync: \
                     we\u{2019}ll create it again.",
        },
        KnownIssue {
            sign: "The contact doesn\u{2019}t show everything",
            remedy: "Check the contact, the list and the properties in Loops, then re-sync: nothing is duplicated.",
        },
    ],
};

impl Connector for Loops {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(_) => sync(),
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Forget)],
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let properties = || Request::get(&HOST, "/api/v1/contacts/properties").query("list", "custom");
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/api/v1/api-key"),
            Action::Lists => Request::get(&HOST, "/api/v1/lists"),
            Action::Consent if about.is_empty() => find(ctx.person()?),
            Action::Consent if !known.flag(THERE) => return Ok(StepRequest::Nothing("the contact is new")),
            Action::Consent => {
                Request::get(&HOST, "/api/v1/contacts/suppression").query("email", ctx.person()?.email.as_str())
            }
            Action::Event => Request::post(&HOST, "/api/v1/events/send")
                .header("Idempotency-Key", ctx.event()?.id.to_string())
                .json(event(ctx)?),
            Action::Forget => {
                Request::post(&HOST, "/api/v1/contacts/delete").json(json!({"email": ctx.person()?.email}))
            }
            _ if never_was(ctx) => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            Action::Find => properties(),
            Action::Save if !about.is_empty() && has_field(known, about) => {
                return Ok(StepRequest::Nothing("the property already exists"));
            }
            Action::Save if !about.is_empty() && known.flag(&twin(about)) => properties(),
            Action::Save if !about.is_empty() => {
                Request::post(&HOST, "/api/v1/contacts/properties").json(json!({"name": about, "type": "string"}))
            }
            Action::Save => Request::put(&HOST, "/api/v1/contacts/update").json(contact(ctx.person()?, known)),
            Action::Confirm if known.get(WROTE).is_none() => return Ok(StepRequest::Nothing("nothing was written")),
            Action::Confirm => find(ctx.person()?),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("apiKey")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        match (action, answer.status) {
            (Action::Forget, 404) => return Ok(Parsed::done()),
            (Action::Consent, 404 | 405) if about == SUPPRESSION => return Ok(Parsed::done()),
            // The same event was counted within the last 24 hours.
            (Action::Event, 409) => return Ok(Parsed::done()),
            // It already exists, perhaps because of our own call whose response was lost: read once more.
            (Action::Save, 400 | 409) if !about.is_empty() && !ctx.known.flag(&twin(about)) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(twin(about), true)));
            }
            _ => {}
        }
        let body = answer.json().map_err(|fault| explained(ctx, answer, fault))?;
        match action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", need(&body, "/teamName")?))),
            Action::Lists => {
                let found = array(&body)?.iter().filter_map(|row| choice(row, "/id", "/name"));
                Ok(Parsed::learned(Known::new().with_choices(&Known::new(), found)))
            }
            Action::Consent if about == SUPPRESSION => suppression(ctx.person()?, &body),
            Action::Consent => consent(ctx.person()?, &body),
            Action::Find => fields(&body),
            Action::Save if ctx.known.flag(&twin(about)) => made(about, &body),
            Action::Save if about.is_empty() => {
                accepted(&body)?;
                let mut wrote = contact(ctx.person()?, ctx.known);
                if let Some(fields) = wrote.as_object_mut() {
                    fields.retain(|name, _| CONFIRMED.contains(&name.as_str()));
                }
                Ok(Parsed::learned(Known::new().with("contact", need(&body, "/id")?).with(WROTE, wrote)))
            }
            Action::Save | Action::Event | Action::Forget => accepted(&body).map(|()| Parsed::done()),
            Action::Confirm => confirmed(ctx, &body),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

const LATE: &str = "Loops accepted the contact, but doesn\u{2019}t show everything. In Loops, check the contact, its \
                    list and the properties rekomiTags and rekomiStatus, then re-sync.";

fn sync() -> Vec<Step> {
    let looks = [Step::new(Action::Consent), Step::about(Action::Consent, SUPPRESSION)];
    let mut steps = looks.to_vec();
    let find = Step::about(Action::Find, TAGS);
    steps.push(find.clone());
    steps.extend([TAGS, STATUS].map(|field| Step::about(Action::Save, field).creates([find.clone()])));
    steps.push(Step::new(Action::Save).depends_on(looks));
    steps.push(Step::new(Action::Confirm));
    steps
}

/// No one is added just to be marked as gone.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && !ctx.known.flag(THERE) && ctx.known.maybe("contact").is_none()
}

fn find(person: &Person) -> Request {
    Request::get(&HOST, "/api/v1/contacts/find").query("email", person.email.as_str())
}

fn twin(about: &str) -> String {
    format!("twin:{about}")
}

fn has_field(known: &Known, field: &str) -> bool {
    known.get(FIELDS).and_then(|fields| fields.get(field)).is_some()
}

/// Unknown values are omitted so that existing ones stay; for a person who left, only our own properties change.
fn contact(person: &Person, known: &Known) -> Value {
    let mut contact = json!({
        "email": person.email, TAGS: person.tags_joined(), STATUS: person.affiliate_status.as_str(),
    });
    for (field, value) in [("firstName", &person.first_name), ("lastName", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            contact[field] = json!(value);
        }
    }
    let lists: Map<String, Value> = person.lists.iter().map(|list| (list.id.clone(), json!(true))).collect();
    if !lists.is_empty() && person.consent.is_some() && !known.flag(THERE) {
        contact["mailingLists"] = Value::Object(lists);
    }
    contact
}

fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let event = ctx.event()?;
    let mut body = json!({"email": ctx.person()?.email, "eventName": event.name});
    if !event.properties.is_empty() {
        body["eventProperties"] = json!(event.properties);
    }
    Ok(body)
}

fn array(body: &Value) -> Result<&Vec<Value>, Fault> {
    body.as_array().ok_or_else(|| Fault::unreadable("no list in it"))
}

/// The contact with the person's email.
fn of_address<'a>(person: &Person, body: &'a Value) -> Result<Option<&'a Value>, Fault> {
    let is = |row: &&Value| text(row, "/email").is_some_and(|email| email.to_lowercase() == person.email);
    Ok(array(body)?.iter().find(is))
}

fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let Some(row) = of_address(person, body)? else { return Ok(Parsed::done()) };
    let declined = text(row, "/optInStatus").as_deref() == Some("rejected");
    match row.get("subscribed").and_then(Value::as_bool) {
        Some(true) if declined && person.is_approved() => Ok(Parsed::leave_alone(
            "They unsubscribed: they declined to confirm in Loops. We skipped them: only they can subscribe.",
        )),
        Some(false) if person.is_approved() => {
            Ok(Parsed::leave_alone("They unsubscribed in Loops. We skipped them: only they can resubscribe."))
        }
        Some(_) => {
            let name = ContactName::parts(row, "/firstName", "/lastName");
            Ok(Parsed::learned(Known::new().with(THERE, true).noting_name(person, "", &name)))
        }
        None => Err(Fault::unreadable("no subscription in it")),
    }
}

fn suppression(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    match body.get("isSuppressed").and_then(Value::as_bool) {
        Some(true) if person.is_approved() => Ok(Parsed::leave_alone(
            "They bounced or complained, and Loops no longer sends to this address. We skipped them.",
        )),
        Some(_) => Ok(Parsed::done()),
        None => Err(Fault::unreadable("no suppression in it")),
    }
}

/// Reads the account's own properties. Ours hold text, so they must be of that type.
fn fields(body: &Value) -> Result<Parsed, Fault> {
    let ours = |row: &Value| text(row, "/key").filter(|key| key == TAGS || key == STATUS);
    let fields: Map<String, Value> =
        array(body)?.iter().filter_map(|row| Some((ours(row)?, json!(text(row, "/type"))))).collect();
    for (field, kind) in &fields {
        if kind.as_str().is_some_and(|kind| kind != "string") {
            return Err(Fault::settings(
                "field_type",
                format!(
                    "The property {field} in Loops isn\u{2019}t a text property. Delete it under Settings \u{2192} \
                     Contact properties, then re-sync: we\u{2019}ll create it again."
                ),
            ));
        }
    }
    Ok(Parsed::learned(Known::new().with(FIELDS, fields)))
}

/// Looks for a property that couldn't be created.
fn made(field: &str, body: &Value) -> Result<Parsed, Fault> {
    let parsed = fields(body)?;
    if has_field(&parsed.learned, field) {
        return Ok(parsed);
    }
    Err(Fault::settings(
        "field_refused",
        format!(
            "Loops couldn\u{2019}t create the property {field}. Create it as text under Settings \u{2192} Contact \
             properties, then re-sync."
        ),
    ))
}

/// Checks the success that Loops names in the body.
fn accepted(body: &Value) -> Result<(), Fault> {
    match body.get("success").and_then(Value::as_bool) {
        Some(true) => Ok(()),
        Some(false) => Err(Fault::refused("refused", "Loops rejected the request.")),
        None => Err(Fault::unreadable("no success in it")),
    }
}

/// Checks what this sync wrote, even if the person has changed since: Loops may have ignored an unknown list.
fn confirmed(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let wrote = ctx.known.get(WROTE).cloned().unwrap_or_default();
    let Some(row) = of_address(ctx.person()?, body)? else { return poll(ctx.polls, LATE) };
    let lists = wrote.get("mailingLists").and_then(Value::as_object);
    let on = |list: &String| row.get("mailingLists").and_then(|lists| lists.get(list)) == Some(&json!(true));
    let joined = lists.into_iter().flat_map(Map::keys).all(on);
    let has = |field: &str| row.get(field) == wrote.get(field);
    if joined && has(TAGS) && has(STATUS) { Ok(Parsed::done()) } else { poll(ctx.polls, LATE) }
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    let message = answer.message().to_lowercase();
    match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => Fault::credentials(
            "Loops rejected the API key. Generate a new one under Settings \u{2192} API, then reconnect.",
        ),
        (FaultKind::Refused, Action::Save) if answer.status == 400 && message.contains("list") => Fault::settings(
            "list_missing",
            "The mailing list no longer exists in Loops. Choose another one in the connection\u{2019}s settings.",
        ),
        (FaultKind::Refused, Action::Save | Action::Consent) if answer.status == 400 => {
            Fault::refused("invalid_email", format!("Loops didn\u{2019}t accept this contact ({}).", fault.message))
        }
        _ => fault,
    }
}
