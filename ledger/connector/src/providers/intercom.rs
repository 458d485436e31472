//! Connector for Intercom, REST API version 2.16 (the vendor's own OpenAPI description). Contacts are found by a search
//! that shows new ones minutes later. So creating one may be answered with the id of another: then that one is read and
//! updated.

mod conflict;
mod descriptor;
mod moving;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task, encode,
    moving::Mover,
    read::{choice, need, poll, rows, text},
};

pub static CONNECTOR: Intercom = Intercom;

#[derive(Debug)]
pub struct Intercom;

/// Sent with every call; the workspace's own version may be another.
const VERSION: &str = "2.16";
/// In the order in which they are tried. A token works in its workspace's region only.
const REGIONS: [&str; 3] = ["us", "eu", "au"];
const REGION: &str = "region";
/// Our own attribute, and whether the workspace has it.
const STATUS: &str = "rekomi_status";
const HAS_STATUS: &str = "has_status";
/// Set while we look again for an attribute that couldn't be created.
const TWIN: &str = "twin";
const CONTACT: &str = "contact";
/// Known: the contact that prevented ours from being created, and whether it was read.
const CONFLICT: &str = "conflict";
const CONFLICT_READ: &str = "conflict_read";
/// Known: all contacts of a person to be deleted, and how many are.
const ALL: &str = "all";
const DELETED: &str = "deleted";

impl Connector for Intercom {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => REGIONS.iter().map(|region| Step::about(Action::Check, *region)).collect(),
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(person) => sync(person),
            Task::Event(..) => vec![Step::new(Action::Find), Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Lists => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let nothing = |why: &'static str| Ok(StepRequest::Nothing(why));
        if never_was(ctx) || is_outdated(ctx) {
            return nothing("no longer needed");
        }
        let request = match ctx.step.action {
            Action::Check if known.maybe(REGION).is_some() => return nothing("the region is already known"),
            Action::Check => Request::get(&host(about), "/me"),
            Action::Tags if matches!(ctx.task, Task::Tags) => Request::get(&home(ctx)?, "/tags"),
            Action::Tags => Request::get(&home(ctx)?, below(ctx, "/tags")?),
            Action::Find if about == STATUS => attributes(ctx)?,
            Action::Find | Action::Consent => search(ctx)?,
            Action::Save if about == STATUS && known.flag(TWIN) => attributes(ctx)?,
            Action::Save if about == STATUS && known.flag(HAS_STATUS) => {
                return nothing("the attribute already exists");
            }
            Action::Save if about == STATUS => Request::post(&home(ctx)?, "/data_attributes")
                .json(json!({"name": STATUS, "model": CONTACT, "data_type": "string"})),
            Action::Save => save(ctx)?,
            Action::MakeTag | Action::Tag if known.maybe(&has_key(about)).is_some() => {
                return nothing("they already have the tag");
            }
            Action::MakeTag => Request::post(&home(ctx)?, "/tags").json(json!({"name": about})),
            Action::Tag => {
                let id = known.text(&tag_key(about))?;
                Request::post(&home(ctx)?, below(ctx, "/tags")?).json(json!({"id": id}))
            }
            Action::Untag => match known.maybe(&has_key(about)) {
                Some(id) => Request::delete(&home(ctx)?, below(ctx, &format!("/tags/{}", encode::segment(&id)))?),
                None => return nothing("they don\u{2019}t have the tag"),
            },
            Action::Event => Request::post(&home(ctx)?, "/events").json(event(ctx)?),
            Action::Forget => match contacts(known).get(deleted(known)) {
                Some(id) => Request::delete(&home(ctx)?, contact_path(id)),
                None => return nothing("the contact doesn\u{2019}t exist"),
            },
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let token = ctx.account.get("accessToken")?;
        let request = request.header("Accept", "application/json").header("Intercom-Version", VERSION);
        Ok(request.header("Authorization", format!("Bearer {token}")).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        match (ctx.step.action, answer.status) {
            // A region that doesn't know the token: the next one is tried.
            (Action::Check, 401) if Some(&about) != REGIONS.last() => return Ok(Parsed::done()),
            (Action::Untag, 404) => return Ok(Parsed::done()),
            (Action::Forget, 404) => return Ok(gone(ctx.known)),
            // Without the permission for attributes, only our own one is missing.
            (Action::Find | Action::Save, 403 | 404) if about == STATUS => return Ok(Parsed::done()),
            (Action::Save, 400 | 409 | 422) if about == STATUS && !ctx.known.flag(TWIN) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(TWIN, true)));
            }
            (Action::Save, 409) if about.is_empty() && contact(ctx.known).is_none() => return conflict::named(answer),
            _ => {}
        }
        let body = read(ctx, answer)?;
        match ctx.step.action {
            Action::Check => tested(about, &body),
            Action::Tags if matches!(ctx.task, Task::Tags) => {
                let found = rows(&body, "/data").filter_map(|row| choice(row, "/id", "/name"));
                Ok(Parsed::learned(Known::new().with_choices(ctx.known, found)))
            }
            Action::Tags => Ok(Parsed::learned(tags(ctx.person()?, &body))),
            Action::Find | Action::Save if about == STATUS => Ok(status(ctx, &body)),
            Action::Consent => consent(ctx.person()?, &body),
            Action::Find => find(ctx, &body),
            Action::Save if reads_conflict(ctx.known) => conflict::read(ctx.person()?, &body),
            Action::Save => Ok(Parsed::learned(Known::new().with(CONTACT, need(&body, "/id")?))),
            Action::MakeTag => Ok(Parsed::learned(Known::new().with(tag_key(about), need(&body, "/id")?))),
            Action::Tag | Action::Untag => need(&body, "/id").map(|_| Parsed::done()),
            Action::Event => Ok(Parsed::done()),
            Action::Forget => Ok(gone(ctx.known)),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }

    /// Intercom drops repetitions only for contacts with an external ID, which ours don't have (REST API, "Event
    /// de-duplication").
    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let look = Step::new(Action::Consent);
    let save = Step::new(Action::Save).depends_on([look.clone()]);
    let find = Step::about(Action::Find, STATUS);
    let field = [find.clone(), Step::about(Action::Save, STATUS).creates([find])];
    // Intercom returns a tag that exists (developers.intercom.com, "Create or update a tag").
    let make = |tag: &String| Step::about(Action::MakeTag, tag).creates([]);
    let give = person.tags.iter().flat_map(|tag| [make(tag), Step::about(Action::Tag, tag)]);
    let take = person.untags.iter().map(|tag| Step::about(Action::Untag, tag));
    let steps = std::iter::once(look).chain(field).chain([save, Step::new(Action::Tags)]);
    steps.chain(give).chain(take).collect()
}

/// No one is added just to be marked as former.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.step.action != Action::Consent && contact(ctx.known).is_none()
}

/// Whether the person's tags have changed since the step was planned; the next sync handles it.
fn is_outdated(ctx: &StepContext<'_>) -> bool {
    let Task::Sync(person) = ctx.task else { return false };
    match ctx.step.action {
        Action::MakeTag | Action::Tag => !person.tags.contains(&ctx.step.about),
        Action::Untag => !person.untags.contains(&ctx.step.about),
        _ => false,
    }
}

fn host(region: &str) -> Host {
    Host::fixed(
        "INTERCOM",
        match region {
            "eu" => "https://api.eu.intercom.io",
            "au" => "https://api.au.intercom.io",
            _ => "https://api.intercom.io",
        },
    )
}

/// The host of the workspace's region, which the test call found.
fn home(ctx: &StepContext<'_>) -> Result<Host, Fault> {
    let region = ctx.account.found.maybe(REGION);
    let unknown = || Fault::credentials("The workspace\u{2019}s region isn\u{2019}t known. Reconnect to detect it.");
    region.map(|region| host(&region)).ok_or_else(unknown)
}

/// The contact, once it's known for sure: found, saved, or read after a conflict.
fn contact(known: &Known) -> Option<String> {
    known.maybe(CONTACT).or_else(|| known.maybe(CONFLICT))
}

fn reads_conflict(known: &Known) -> bool {
    known.maybe(CONTACT).is_none() && known.maybe(CONFLICT).is_some() && !known.flag(CONFLICT_READ)
}

fn contact_path(id: &str) -> String {
    format!("/contacts/{}", encode::segment(id))
}

fn below(ctx: &StepContext<'_>, path: &str) -> Result<String, Fault> {
    let id = contact(ctx.known).ok_or_else(|| Fault::unreadable("no contact in it"))?;
    Ok(contact_path(&id) + path)
}

/// The id of a tag in the workspace.
fn tag_key(tag: &str) -> String {
    format!("tag:{tag}")
}

/// The id of a tag that the contact had before this sync.
fn has_key(tag: &str) -> String {
    format!("has:{tag}")
}

fn search(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    let query = json!({"field": "email", "operator": "=", "value": ctx.person()?.email});
    Ok(Request::post(&home(ctx)?, "/contacts/search").json(json!({"query": query})))
}

fn attributes(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    Ok(Request::get(&home(ctx)?, "/data_attributes").query("model", CONTACT))
}

fn save(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    let person = ctx.person()?;
    let mut body = Map::new();
    if let Some(name) = person.full_name().filter(|_| person.is_approved()) {
        body.insert("name".to_owned(), json!(name));
    }
    if ctx.known.flag(HAS_STATUS) {
        body.insert("custom_attributes".to_owned(), json!({STATUS: person.affiliate_status.as_str()}));
    }
    match contact(ctx.known) {
        Some(id) if reads_conflict(ctx.known) => Ok(Request::get(&home(ctx)?, contact_path(&id))),
        Some(id) => Ok(Request::put(&home(ctx)?, contact_path(&id)).json(Value::Object(body))),
        None => {
            body.extend([("role".to_owned(), json!("user")), ("email".to_owned(), json!(person.email))]);
            Ok(Request::post(&home(ctx)?, "/contacts").json(Value::Object(body)))
        }
    }
}

/// Metadata is flat (REST API, "Submit a data event"). A contact that the search doesn't show yet is named by email.
fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let (person, event) = (ctx.person()?, ctx.event()?);
    let is_flat = |value: &Value| !value.is_null() && !value.is_object() && !value.is_array();
    let is_given = |value: &Value| value.as_str().is_none_or(|text| !text.is_empty());
    let mut metadata = event.properties.clone();
    metadata.retain(|_, value| is_flat(value) && is_given(value));
    metadata.insert("eventId".to_owned(), json!(event.id.to_string()));
    let mut body = json!({"event_name": event.name, "created_at": event.at.seconds(), "metadata": metadata});
    match ctx.known.maybe(CONTACT) {
        Some(id) => body["id"] = json!(id),
        None => body["email"] = json!(person.email),
    }
    Ok(body)
}

fn tested(region: &str, body: &Value) -> Result<Parsed, Fault> {
    let named = text(body, "/app/region").map(|region| region.to_lowercase());
    let region = named.filter(|region| REGIONS.contains(&region.as_str())).unwrap_or_else(|| region.to_owned());
    let name = need(body, "/app/name").or_else(|_| need(body, "/app/id_code"))?;
    let account = format!("{name} ({})", region.to_uppercase());
    Ok(Parsed::learned(Known::new().with("account", account).with(REGION, region)))
}

/// Whether the workspace has our attribute, in the list of all or in the response that created it.
fn status(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let is_ours = |row: &Value| text(row, "/name").as_deref() == Some(STATUS);
    let created = ctx.step.action == Action::Save && !ctx.known.flag(TWIN);
    Parsed::learned(Known::new().with(HAS_STATUS, created || rows(body, "/data").any(is_ours)))
}

/// The person's contacts in a search. An email that only resembles theirs isn't theirs.
fn theirs<'a>(person: &Person, body: &'a Value) -> Result<Vec<&'a Value>, Fault> {
    let email = person.email.to_lowercase();
    let is_theirs = |row: &&Value| text(row, "/email").is_some_and(|here| here.to_lowercase() == email);
    match body.get("data").is_some_and(Value::is_array) {
        true => Ok(rows(body, "/data").filter(is_theirs).collect()),
        false => Err(Fault::unreadable("no contacts in it")),
    }
}

/// A user is preferred to a lead with the same email.
fn chosen<'a>(all: &[&'a Value]) -> Option<(String, &'a Value)> {
    let is_user = |row: &&&Value| text(row, "/role").as_deref() == Some("user");
    all.iter().find(is_user).or(all.first()).and_then(|row| Some((text(row, "/id")?, *row)))
}

fn left_alone(person: &Person, contact: &Value) -> Option<Parsed> {
    let is = |place: &str| contact.pointer(place).and_then(Value::as_bool).unwrap_or_default();
    let why = if is("/unsubscribed_from_emails") {
        "They unsubscribed from emails in Intercom. We skipped them: only they can resubscribe."
    } else if is("/has_hard_bounced") || is("/marked_email_as_spam") {
        "In Intercom, their address bounced or they reported spam, which counts as unsubscribed. We skipped them."
    } else {
        return None;
    };
    person.is_approved().then(|| Parsed::leave_alone(why))
}

fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let all = theirs(person, body)?;
    if let Some(alone) = all.iter().find_map(|row| left_alone(person, row)) {
        return Ok(alone);
    }
    let Some((id, row)) = chosen(&all) else { return Ok(Parsed::done()) };
    Ok(Parsed::learned(Known::new().with(CONTACT, id).noting_name(person, "", &ContactName::full(row, "/name"))))
}

/// For a deletion, a contact that was created a moment ago is waited for.
fn find(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let all = theirs(ctx.person()?, body)?;
    let Some((id, _)) = chosen(&all) else {
        return match ctx.task {
            Task::Forget(_) => poll(ctx.polls, "").or_else(|_| Ok(Parsed::done())),
            _ => Ok(Parsed::done()),
        };
    };
    let ids: Vec<String> = all.iter().filter_map(|row| text(row, "/id")).collect();
    Ok(Parsed::learned(Known::new().with(CONTACT, id).with(ALL, json!(ids))))
}

/// Which of the tags that we add or remove the contact has. Intercom ignores their case.
fn tags(person: &Person, body: &Value) -> Known {
    let ours = |name: &str| {
        let all = person.tags.iter().chain(&person.untags);
        all.filter(|tag| tag.to_lowercase() == name.to_lowercase()).cloned().collect::<Vec<_>>()
    };
    let found = rows(body, "/data").filter_map(|row| choice(row, "/id", "/name"));
    found.fold(Known::new(), |known, tag| {
        ours(&tag.name).iter().fold(known, |known, name| known.with(has_key(name), tag.id.as_str()))
    })
}

fn contacts(known: &Known) -> Vec<String> {
    let all = known.get(ALL).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

fn deleted(known: &Known) -> usize {
    known.number(DELETED).and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
}

/// Records that one more contact is deleted.
fn gone(known: &Known) -> Parsed {
    let deleted = deleted(known) + 1;
    let learned = Known::new().with(DELETED, deleted);
    if deleted < contacts(known).len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = match ctx.step.action {
        // An accepted event has no content.
        Action::Event => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => {
            Fault::credentials("Intercom rejected the access token. Copy it again from your app in the Developer Hub.")
        }
        (FaultKind::Rights, _) => Fault::rights(format!(
            "The access token is missing a permission ({}). Add the permissions for users, tags and events to the app \
             in the Developer Hub.",
            fault.message
        )),
        (FaultKind::Refused, Action::Save) if matches!(answer.status, 400 | 422) => {
            Fault::refused("invalid_email", format!("Intercom didn\u{2019}t accept this contact ({}).", fault.message))
        }
        _ => fault,
    })
}
