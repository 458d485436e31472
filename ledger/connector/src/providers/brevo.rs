//! Connector for Brevo, API version 3 (developers.brevo.com): contacts on lists, without tags. What other vendors keep
//! as tags goes into our own attributes, which must exist before Brevo accepts a value.

mod descriptor;
mod moving;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task, encode, known, moving::Mover, read,
};

pub static CONNECTOR: Brevo = Brevo;

#[derive(Debug)]
pub struct Brevo;

const HOST: Host = Host::fixed("BREVO", "https://api.brevo.com");
/// Maximum page size for lists.
const PAGE: usize = 50;
const TAGS: &str = "REKOMI_TAGS";
const STATUS: &str = "REKOMI_STATUS";
/// Possible names of the first-name attribute: Brevo creates one of them with the account, depending on its language.
const FIRST_NAMES: [&str; 5] = ["FIRSTNAME", "PRENOM", "VORNAME", "NOMBRE", "NOME"];
const LAST_NAMES: [&str; 6] = ["LASTNAME", "NOM", "NACHNAME", "APELLIDOS", "COGNOME", "SOBRENOME"];
/// Known: the types of the account's attributes, by name.
const FIELDS: &str = "fields";
/// Known: the lists that the contact is already on.
const LISTS: &str = "on";
/// Set once we checked that the person may be added to the lists.
const CLEAR: &str = "clear";
/// Known: the attributes that were written.
const WROTE: &str = "wrote";
/// The pace of every call that isn't about contacts.
const SLOW: &str = "account";

impl Connector for Brevo {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(person) => sync(person),
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Forget)],
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let about = ctx.step.about.as_str();
        if never_was(ctx) {
            return Ok(StepRequest::Nothing("the contact never existed"));
        }
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/v3/account").pace(SLOW),
            Action::Lists => Request::get(&HOST, "/v3/contacts/lists")
                .query("limit", PAGE.to_string())
                .query("offset", ctx.known.choices().len().to_string())
                .query("sort", "asc"),
            Action::Find if !about.is_empty() => attributes(),
            Action::Find => find(ctx.person()?),
            Action::Save if about.is_empty() => Request::post(&HOST, "/v3/contacts").json(contact(ctx)?),
            Action::Save if is_there(ctx, about) => return Ok(StepRequest::Nothing("the attribute already exists")),
            Action::Save if ctx.known.flag(&twin(about)) => attributes(),
            Action::Save => Request::post(&HOST, format!("/v3/contacts/attributes/normal/{}", encode::segment(about)))
                .json(json!({"type": "text"})),
            // The person may have changed since the plan was made.
            Action::Join if !is_requested(ctx)? => {
                return Ok(StepRequest::Nothing("they should no longer be on the list"));
            }
            Action::Confirm if ctx.known.get(WROTE).is_none() => {
                return Ok(StepRequest::Nothing("nothing was written"));
            }
            Action::Confirm => find(ctx.person()?),
            Action::Join if is_on(ctx.known, about) => return Ok(StepRequest::Nothing("already on the list")),
            Action::Join if ctx.known.flag(&twin(about)) => find(ctx.person()?),
            Action::Join => Request::post(&HOST, format!("/v3/contacts/lists/{}/contacts/add", encode::segment(about)))
                .json(json!({"emails": [ctx.person()?.email]})),
            Action::Event => Request::post(&HOST, "/v3/events").json(event(ctx)?),
            Action::Forget => Request::delete(&HOST, path(ctx.person()?)).query("identifierType", "email_id"),
            Action::Move
            | Action::Tags
            | Action::Consent
            | Action::FindTag
            | Action::MakeTag
            | Action::Tag
            | Action::Untag => {
                return Err(Fault::unplanned(ctx.step));
            }
        };
        Ok(request.header("api-key", ctx.account.get("apiKey")?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        match (ctx.step.action, answer.status) {
            // The sync continues without the attributes: their names, or whether they exist, stay unknown.
            (Action::Find, 404 | 405) if !about.is_empty() => return Ok(Parsed::done()),
            (Action::Find | Action::Forget, 404) => return Ok(Parsed::done()),
            (Action::Confirm, 404) => return read::poll(ctx.polls, NOT_THERE),
            // It already exists, perhaps because of our own call whose response was lost: looked up once.
            (Action::Save | Action::Join, 400) if !about.is_empty() && !ctx.known.flag(&twin(about)) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(twin(about), true)));
            }
            (Action::Save, status) if !about.is_empty() && is_declined(status) => return Ok(Parsed::done()),
            _ => {}
        }
        let body = match ctx.step.action {
            // Brevo answers updates with 204 and new attributes with 201, both without a body.
            Action::Save if answer.status != 200 => answer.json_or_nothing(),
            Action::Event | Action::Forget => answer.json_or_nothing(),
            _ => answer.json(),
        };
        let body = body.map_err(|fault| explained(ctx, answer, fault))?;
        Ok(match ctx.step.action {
            Action::Check => Parsed::learned(Known::new().with("account", account(&body)?)),
            Action::Lists => lists(ctx, &body),
            Action::Find if !about.is_empty() => Parsed::learned(fields(&body)?),
            Action::Find => found(ctx.person()?, &body)?,
            Action::Save if ctx.known.flag(&twin(about)) => made(about, &body)?,
            Action::Join if ctx.known.flag(&twin(about)) => joined(about, &body)?,
            Action::Join => added(about, &body)?,
            Action::Save if about.is_empty() => Parsed::learned(Known::new().with(WROTE, written(ctx)?)),
            Action::Save => Parsed::learned(Known::new().with(made_key(about), true)),
            Action::Confirm => confirmed(ctx, &body)?,
            Action::Event | Action::Forget => Parsed::done(),
            Action::Move
            | Action::Tags
            | Action::Consent
            | Action::FindTag
            | Action::MakeTag
            | Action::Tag
            | Action::Untag => {
                return Err(Fault::unplanned(ctx.step));
            }
        })
    }

    /// Brevo counts every event that it receives.
    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

const NOT_THERE: &str = "Brevo accepted every call, but the contact doesn\u{2019}t show everything. In Brevo, check \
                         the contact\u{2019}s list, REKOMI_TAGS and REKOMI_STATUS, then re-sync.";

fn sync(person: &Person) -> Vec<Step> {
    let mut steps = vec![Step::new(Action::Find), Step::about(Action::Find, TAGS)];
    let names = [(&person.first_name, FIRST_NAMES[0]), (&person.last_name, LAST_NAMES[0])];
    let known = names.into_iter().filter(|(name, _)| name.is_some() && person.is_approved());
    let make = |field: &str| Step::about(Action::Save, field).creates([Step::about(Action::Find, TAGS)]);
    steps.extend(known.map(|(_, field)| make(field)));
    steps.extend([TAGS, STATUS].map(make));
    steps.push(Step::new(Action::Save));
    let join = |list: &Choice| Step::about(Action::Join, &list.id).depends_on([Step::new(Action::Find)]);
    steps.extend(person.lists.iter().map(join));
    steps.push(Step::new(Action::Confirm));
    steps
}

/// A person who left is never created just to be marked as former.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.known.maybe("contact").is_none() && (ctx.step.action, ctx.step.about.as_str()) != (Action::Find, "")
}

fn path(person: &Person) -> String {
    format!("/v3/contacts/{}", encode::segment(&person.email))
}

fn find(person: &Person) -> Request {
    Request::get(&HOST, path(person)).query("identifierType", "email_id")
}

fn attributes() -> Request {
    Request::get(&HOST, "/v3/contacts/attributes")
}

fn twin(about: &str) -> String {
    format!("twin:{about}")
}

/// Set once an attribute was created, or found where it couldn't be.
fn made_key(field: &str) -> String {
    format!("made:{field}")
}

/// Which of these names the account uses.
fn named<'a>(known: &Known, names: &[&'a str]) -> Option<&'a str> {
    let has = |name: &str| known.get(FIELDS).is_some_and(|fields| fields.get(name).is_some());
    names.iter().copied().find(|name| has(name) || known.flag(&made_key(name)))
}

fn is_there(ctx: &StepContext<'_>, field: &str) -> bool {
    let all = [&FIRST_NAMES[..], &LAST_NAMES[..], &[TAGS], &[STATUS]];
    all.iter().any(|names| names.contains(&field) && named(ctx.known, names).is_some())
}

/// Whether the attribute can't be created. Other errors (bad key, rate limit, temporary errors) fail the step.
const fn is_declined(status: u16) -> bool {
    matches!(status, 400..=499) && !matches!(status, 401 | 403 | 408 | 425 | 429)
}

/// Unknown values are omitted so that existing ones stay; for a person who left, only our own attributes change.
fn contact(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    Ok(json!({"email": ctx.person()?.email, "attributes": written(ctx)?, "updateEnabled": true}))
}

fn written(ctx: &StepContext<'_>) -> Result<Map<String, Value>, Fault> {
    let person = ctx.person()?;
    let mut attributes = Map::new();
    for (value, names) in [(&person.first_name, &FIRST_NAMES[..]), (&person.last_name, &LAST_NAMES[..])] {
        if let (Some(value), Some(usual), true) = (value, names.first(), person.is_approved()) {
            attributes.insert(named(ctx.known, names).unwrap_or(usual).to_owned(), json!(value));
        }
    }
    attributes.insert(TAGS.to_owned(), json!(person.tags_joined()));
    attributes.insert(STATUS.to_owned(), json!(person.affiliate_status.as_str()));
    Ok(attributes)
}

fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let event = ctx.event()?;
    let mut properties = event.properties.clone();
    properties.insert("rekomiEventId".to_owned(), json!(event.id));
    Ok(json!({
        "event_name": event.name,
        "event_date": event.at.to_string(),
        "identifiers": {"email_id": ctx.person()?.email},
        "event_properties": properties,
    }))
}

fn account(body: &Value) -> Result<String, Fault> {
    let email = read::need(body, "/email")?;
    Ok(read::text(body, "/companyName").map_or_else(|| email.clone(), |company| format!("{company} ({email})")))
}

fn lists(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let found: Vec<Choice> = read::rows(body, "/lists").filter_map(|row| read::choice(row, "/id", "/name")).collect();
    let total = body.get("count").and_then(Value::as_u64).and_then(|count| usize::try_from(count).ok()).unwrap_or(0);
    let more = !found.is_empty() && ctx.known.choices().len() + found.len() < total;
    let learned = Known::new().with_choices(ctx.known, found);
    if more { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

fn ids(body: &Value, place: &str) -> Vec<String> {
    read::rows(body, place).filter_map(known::text).collect()
}

fn found(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let blacklisted = body.get("emailBlacklisted").and_then(Value::as_bool).unwrap_or_default();
    if blacklisted && person.is_approved() {
        return Ok(Parsed::leave_alone(
            "They unsubscribed or are blocklisted in Brevo. We skipped them: only they can resubscribe.",
        ));
    }
    let gone = ids(body, "/listUnsubscribed");
    if person.lists.iter().any(|list| gone.contains(&list.id)) {
        return Ok(Parsed::leave_alone(
            "They unsubscribed from the list in Brevo. We skipped them: only they can resubscribe.",
        ));
    }
    let id = match read::text(body, "/id") {
        None if body.get("emailBlacklisted").is_some() => person.email.clone(),
        None => return Err(Fault::unreadable("no id and no emailBlacklisted in it")),
        Some(id) => id,
    };
    let theirs = |names: &[&str]| names.iter().find_map(|name| read::text(body, &format!("/attributes/{name}")));
    let name = ContactName::Parts([theirs(&FIRST_NAMES), theirs(&LAST_NAMES)]);
    let known = Known::new().with("contact", id).with(CLEAR, person.is_approved()).noting_name(person, "", &name);
    Ok(Parsed::learned(known.with(LISTS, ids(body, "/listIds"))))
}

fn list_key(list: &str) -> String {
    format!("joined:{list}")
}

/// Whether to add the person to the list: not if the unsubscription wasn't checked or if they left in the meantime.
fn is_requested(ctx: &StepContext<'_>) -> Result<bool, Fault> {
    let requested = ctx.person()?.lists.iter().any(|list| list.id == ctx.step.about);
    Ok(requested && (ctx.known.flag(CLEAR) || ctx.known.maybe("contact").is_none()))
}

fn is_on(known: &Known, list: &str) -> bool {
    let on = known.get(LISTS).and_then(Value::as_array);
    on.is_some_and(|on| on.iter().any(|one| one == list))
}

/// Reads the account's attributes. Brevo silently ignores values of the wrong type, so ours must be text.
fn fields(body: &Value) -> Result<Known, Fault> {
    let kind = |row: &Value| read::text(row, "/type").or_else(|| read::text(row, "/category")).unwrap_or_default();
    let mine = |row: &&Value| matches!(read::text(row, "/category").as_deref(), Some("normal" | "category"));
    let fields: Map<String, Value> = read::rows(body, "/attributes")
        .filter(mine)
        .filter_map(|row| Some((read::text(row, "/name")?, json!(kind(row)))))
        .collect();
    for ours in [TAGS, STATUS] {
        if fields.get(ours).is_some_and(|kind| kind != "text") {
            return Err(Fault::settings(
                "field_type",
                format!(
                    "The attribute {ours} in Brevo isn\u{2019}t a text attribute, so Brevo would ignore what we write. \
                     Delete it under Contacts \u{2192} Settings \u{2192} Contact attributes, then re-sync: \
                     we\u{2019}ll create it again."
                ),
            ));
        }
    }
    Ok(Known::new().with(FIELDS, fields))
}

fn made(field: &str, body: &Value) -> Result<Parsed, Fault> {
    let fields = fields(body)?;
    if fields.get(FIELDS).and_then(|fields| fields.get(field)).is_none() {
        return Err(Fault::settings(
            "field_refused",
            format!(
                "Brevo couldn\u{2019}t create the attribute {field}. Create it as text under Contacts \u{2192} \
                 Settings \u{2192} Contact attributes, then re-sync."
            ),
        ));
    }
    Ok(Parsed::learned(Known::new().with(made_key(field), true)))
}

fn joined(list: &str, body: &Value) -> Result<Parsed, Fault> {
    if ids(body, "/listIds").iter().any(|on| on == list) {
        return Ok(Parsed::learned(Known::new().with(list_key(list), true)));
    }
    Err(Fault::refused("list_refused", format!("Brevo couldn\u{2019}t add the contact to the list {list}.")))
}

fn added(list: &str, body: &Value) -> Result<Parsed, Fault> {
    if read::rows(body, "/contacts/failure").next().is_some() {
        return Err(Fault::refused("list_refused", "Brevo couldn\u{2019}t add the contact to the list."));
    }
    Ok(Parsed::learned(Known::new().with(list_key(list), true)))
}

/// Checks what was read back. Only attributes that the account has can show: Brevo ignores values of missing ones. A
/// response without attributes or lists doesn't contradict the responses to the writes.
fn confirmed(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let person = ctx.person()?;
    let on = body.get("listIds").map(|_| ids(body, "/listIds"));
    let wrote = ctx.known.get(WROTE).cloned().unwrap_or_default();
    let has = |field: &str| {
        body.get("attributes").is_none()
            || named(ctx.known, &[field]).is_none()
            || read::text(body, &format!("/attributes/{field}")) == read::text(&wrote, &format!("/{field}"))
    };
    let joined = |list: &&Choice| ctx.known.flag(&list_key(&list.id));
    let is_on = |list: &Choice| on.as_ref().is_none_or(|on| on.contains(&list.id));
    let all = person.lists.iter().filter(joined).all(is_on) && has(TAGS) && has(STATUS);
    if all { Ok(Parsed::done()) } else { read::poll(ctx.polls, NOT_THERE) }
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    let message = answer.message();
    match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) if message.to_lowercase().contains("ip address") => Fault::credentials(format!(
            "Brevo blocks our IP address (\u{201c}{message}\u{201d}). In Brevo under Security \u{2192} Authorised IPs, \
             add it or turn off the restriction for API keys, then reconnect."
        )),
        (FaultKind::Credentials, _) => Fault::credentials(
            "Brevo doesn\u{2019}t recognize the key: it was deleted or expired. Generate another one under SMTP & API \
             \u{2192} API keys.",
        ),
        (FaultKind::Refused, Action::Join) if answer.status == 404 => Fault::settings(
            "list_missing",
            "The list no longer exists in Brevo. Choose another one in the connection\u{2019}s settings.",
        ),
        (FaultKind::Refused, Action::Save) if answer.status == 400 && ctx.step.about.is_empty() => {
            let message = format!("Brevo didn\u{2019}t accept this contact: \u{201c}{message}\u{201d}.");
            Fault::refused("invalid_email", message)
        }
        (FaultKind::Refused, _) if answer.status == 402 => {
            Fault::settings("plan", format!("Your Brevo plan doesn\u{2019}t allow this: \u{201c}{message}\u{201d}."))
        }
        _ => fault,
    }
}
