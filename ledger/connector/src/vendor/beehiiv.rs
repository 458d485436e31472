//! beehiiv, API version 2 (developers.beehiiv.com/api-reference): one connection is one publication, and the contact is
//! its subscription to it. A new address is examined first; tags can be given and never taken away.

mod descriptor;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Act, Answer, Ask, Choice, Connector, Descriptor, Fault, FaultKind, Heard, Host, Known, Person, Request,
    Step, Task, Then, Turn, encode, known,
    read::{self, choice, need, rows, text},
};

pub static CONNECTOR: Beehiiv = Beehiiv;

#[derive(Debug)]
pub struct Beehiiv;

const HOST: Host = Host::fixed("BEEHIIV", "https://api.beehiiv.com");
/// Most that a page may have.
const PAGE: usize = 100;
/// The publication's custom fields that are written, as we create them where they aren't there.
const FIRST: &str = "First Name";
const LAST: &str = "Last Name";
const STATUS: &str = "rekomi_status";
/// Known: kinds of the publication's custom fields by their names.
const FIELDS: &str = "fields";
/// Known: the page that was read last.
const READ: &str = "page";
/// Known: the tags that the subscription has already.
const TAGGED: &str = "tagged";
/// Known: the status and the tags that were written.
const WROTE: &str = "wrote";
const GIVEN: &str = "given";
/// Known while what couldn't be created is looked for again.
const TWIN: &str = "twin";

const NOT_THERE: &str = "beehiiv took every call, but the subscription isn\u{2019}t ready: either the address is still \
                         being examined, or its tags and rekomi_status don\u{2019}t show. Look at it in beehiiv, and \
                         re-sync.";

impl Connector for Beehiiv {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Act::Check)],
            Task::Sync(person) => sync(person),
            Task::Forget(_) => vec![Step::new(Act::Find), Step::new(Act::Forget)],
            Task::Lists | Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn ask(&self, turn: &Turn<'_>) -> Result<Ask, Fault> {
        let (about, known) = (turn.step.about.as_str(), turn.known);
        let publication = turn.account.get("publicationId")?;
        let path = |rest: &str| format!("/v2/publications/{}{rest}", encode::segment(publication));
        let by_email = |person: &Person| path(&format!("/subscriptions/by_email/{}", encode::segment(&person.email)));
        let look = |person: &Person| {
            Request::get(&HOST, by_email(person)).query("expand[]", "custom_fields").query("expand[]", "tags")
        };
        let fields = || page(known, Request::get(&HOST, path("/custom_fields")));
        let of_contact = |rest: &str| Ok(path(&format!("/subscriptions/{}{rest}", known.text("contact")?)));
        if never_was(turn) {
            return Ok(Ask::Nothing("they never were there"));
        }
        let request = match turn.step.act {
            Act::Check => page(known, Request::get(&HOST, "/v2/publications")),
            Act::Find if !about.is_empty() => fields(),
            Act::Confirm if known.get(WROTE).is_none() => return Ok(Ask::Nothing("nothing was written")),
            Act::Find | Act::Confirm => look(turn.person()?),
            Act::Save if !about.is_empty() && field(known, about).is_some() => {
                return Ok(Ask::Nothing("the custom field exists"));
            }
            Act::Save if !about.is_empty() && known.get(FIELDS).is_none() => {
                return Ok(Ask::Nothing("the custom fields aren\u{2019}t shown"));
            }
            Act::Save if !about.is_empty() && known.flag(TWIN) => fields(),
            Act::Save if !about.is_empty() => {
                Request::post(&HOST, path("/custom_fields")).json(json!({"kind": "string", "display": about}))
            }
            Act::Save if known.maybe("contact").is_some() => {
                let person = turn.person()?;
                Request::put(&HOST, by_email(person)).json(json!({"custom_fields": values(known, person)}))
            }
            Act::Save if known.flag(TWIN) => look(turn.person()?),
            Act::Save => Request::post(&HOST, path("/subscriptions")).json(subscription(known, turn.person()?)),
            Act::Tag if has(known, turn.person()?) => return Ok(Ask::Nothing("they have the tags")),
            Act::Tag => Request::post(&HOST, of_contact("/tags")?).json(json!({"tags": turn.person()?.tags})),
            Act::Forget if known.maybe("contact").is_none() => return Ok(Ask::Nothing("they aren\u{2019}t there")),
            Act::Forget => Request::delete(&HOST, of_contact("")?),
            _ => return Err(Fault::unplanned(turn.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", turn.account.get("apiKey")?)).into())
    }

    fn hear(&self, turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
        let about = turn.step.about.as_str();
        let (again, known) = (turn.known.flag(TWIN), turn.known.maybe("contact").is_some());
        match (turn.step.act, answer.status) {
            // Without the custom fields it goes on: beehiiv drops values of those that it doesn't have.
            (Act::Find | Act::Save, 404 | 405) if !about.is_empty() => {
                return Ok(Heard::learned(Known::new().with(TWIN, false).with(READ, 0)));
            }
            (Act::Find, 404) => return Ok(Heard::done()),
            (Act::Forget, 404) => return Ok(Heard::done()),
            (Act::Confirm, 404) => return read::poll(turn.asked, NOT_THERE),
            (Act::Save, 404) if about.is_empty() && again && !known => {
                return Err(Fault::refused("invalid_email", "beehiiv won\u{2019}t take the address."));
            }
            // It may be there already, by our own call whose answer was lost: looked up once.
            (Act::Save, 400 | 409 | 422) if !again && (!known || !about.is_empty()) => {
                return Ok(Heard::again(Duration::ZERO, Known::new().with(TWIN, true).with(READ, 0)));
            }
            _ => {}
        }
        let body = match turn.step.act {
            // Read back at the end.
            Act::Save if about.is_empty() && known => answer.json_or_nothing(),
            Act::Tag | Act::Forget => answer.json_or_nothing(),
            _ => answer.json(),
        };
        let body = body.map_err(|fault| explained(turn, answer, fault))?;
        match turn.step.act {
            Act::Check => checked(turn, &body),
            Act::Find if !about.is_empty() => Ok(fields(turn, &body)),
            Act::Find => found(turn, &body),
            Act::Save if !about.is_empty() && again => made(turn, &body),
            Act::Save if about.is_empty() && again && !known => Ok(match found(turn, &body)? {
                Heard { learned, then: Then::Done } => Heard::again(Duration::ZERO, learned),
                unwanted => unwanted,
            }),
            Act::Save if about.is_empty() => saved(turn, &body),
            Act::Tag => Ok(Heard::learned(Known::new().with(GIVEN, turn.person()?.tags.clone()))),
            Act::Confirm => confirmed(turn, &body),
            Act::Save => Ok(Heard::learned(with_field(turn.known, about))),
            Act::Forget => Ok(Heard::done()),
            _ => Err(Fault::unplanned(turn.step)),
        }
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let mut steps = vec![Step::new(Act::Find), Step::about(Act::Find, STATUS)];
    let names = [(&person.first_name, FIRST), (&person.last_name, LAST)];
    let known = names.into_iter().filter(|(name, _)| name.is_some() && person.is_approved());
    steps.extend(known.map(|(_, field)| Step::about(Act::Save, field)));
    let save = Step::new(Act::Save).rests_on([Step::new(Act::Find)]);
    steps.extend([Step::about(Act::Save, STATUS), save, Step::new(Act::Tag), Step::new(Act::Confirm)]);
    steps
}

/// Nobody is added only to be marked as gone.
fn never_was(turn: &Turn<'_>) -> bool {
    let left = matches!(turn.task, Task::Sync(person) if !person.is_approved());
    left && turn.known.maybe("contact").is_none() && (turn.step.act, turn.step.about.as_str()) != (Act::Find, "")
}

/// The page after the one that was read last.
fn page(known: &Known, request: Request) -> Request {
    let next = known.number(READ).unwrap_or(0) + 1;
    request.query("limit", PAGE.to_string()).query("page", next.to_string())
}

/// The number of this page, if there are more.
fn more(turn: &Turn<'_>, body: &Value) -> Option<u64> {
    let this = turn.known.number(READ).unwrap_or(0) + 1;
    let pages = body.get("total_pages").and_then(Value::as_u64).unwrap_or(1);
    (this < pages && rows(body, "/data").next().is_some()).then_some(this)
}

/// A key may see several publications; the connection is to one of them.
fn checked(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let wanted = turn.account.get("publicationId")?;
    let found: Vec<Choice> = rows(body, "/data").filter_map(|row| choice(row, "/id", "/name")).collect();
    if let Some(found) = found.iter().find(|one| one.id == wanted) {
        return Ok(Heard::learned(Known::new().with("account", found.name.as_str())));
    }
    let seen = Known::new().with_choices(turn.known, found);
    if let Some(this) = more(turn, body) {
        return Ok(Heard::again(Duration::ZERO, seen.with(READ, this)));
    }
    let all: Vec<String> = seen.choices().iter().map(|one| format!("{} ({})", one.name, one.id)).collect();
    let sees = if all.is_empty() { "it sees none".to_owned() } else { format!("it sees {}", all.join(", ")) };
    Err(Fault::credentials(format!(
        "The key works, but doesn\u{2019}t see the publication {wanted}: {sees}. Copy the V2 ID of the publication \
         from Settings, Workspace, API; it begins with pub_."
    )))
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// What the publication calls a field, in whichever spelling, and the field's kind.
fn field<'a>(known: &'a Known, name: &str) -> Option<(&'a str, &'a str)> {
    let fields = known.get(FIELDS).and_then(Value::as_object)?;
    let (name, kind) = fields.iter().find(|(known, _)| plain(known) == plain(name))?;
    Some((name, kind.as_str().unwrap_or_default()))
}

/// Created just now, as a text.
fn with_field(known: &Known, name: &str) -> Known {
    let mut fields = known.get(FIELDS).and_then(Value::as_object).cloned().unwrap_or_default();
    fields.insert(name.to_owned(), json!("string"));
    Known::new().with(FIELDS, fields)
}

fn fields(turn: &Turn<'_>, body: &Value) -> Heard {
    let mut fields: Map<String, Value> = turn.known.get(FIELDS).and_then(Value::as_object).cloned().unwrap_or_default();
    fields.extend(rows(body, "/data").filter_map(|row| Some((text(row, "/display")?, row.get("kind")?.clone()))));
    let learned = Known::new().with(FIELDS, fields);
    match more(turn, body) {
        Some(this) => Heard::again(Duration::ZERO, learned.with(READ, this)),
        None => Heard::learned(learned.with(READ, 0)),
    }
}

fn made(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let heard = fields(turn, body);
    if heard.then == Then::Done && field(&heard.learned, &turn.step.about).is_none() {
        return Err(Fault::settings(
            "field_refused",
            format!(
                "beehiiv won\u{2019}t create the custom field {}. Create it as a text in your publication\u{2019}s \
                 settings, and re-sync.",
                turn.step.about
            ),
        ));
    }
    let then = heard.then;
    let learned = if then == Then::Done { heard.learned.with(TWIN, false) } else { heard.learned };
    Ok(Heard { learned, then })
}

/// What isn't known is left out, so that what is there stays; a field of another kind would be an error. Of whoever
/// left only what is ours changes.
fn values(known: &Known, person: &Person) -> Vec<Value> {
    let status = Some(person.standing.as_str());
    let all = [(FIRST, person.first_name.as_deref()), (LAST, person.last_name.as_deref()), (STATUS, status)];
    let written = all.into_iter().filter_map(|(name, value)| {
        let (name, kind) = field(known, name).unwrap_or((name, "string"));
        let value = value.filter(|_| kind == "string" && (person.is_approved() || plain(name) == plain(STATUS)))?;
        Some(json!({"name": name, "value": value}))
    });
    written.collect()
}

/// Only ever sent for people who aren't there. Never with `reactivate_existing`: between the look and this call, or while
/// it was tried again, they may have come by another way and unsubscribed, and it would subscribe them again.
fn subscription(known: &Known, person: &Person) -> Value {
    let mut subscription = json!({
        "email": person.email,
        "send_welcome_email": false,
        "custom_fields": values(known, person),
    });
    if person.consent.is_none() {
        subscription["double_opt_override"] = json!("on");
    }
    subscription
}

fn found(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let state = need(body, "/data/status")?;
    if matches!(turn.task, Task::Sync(person) if person.is_approved()) {
        if state == "inactive" {
            return Ok(unsubscribed());
        }
        examined(&state)?;
    }
    let tags: Vec<String> = rows(body, "/data/tags").filter_map(known::text).collect();
    Ok(Heard::learned(Known::new().with("contact", need(body, "/data/id")?).with(TAGGED, tags)))
}

fn unsubscribed() -> Heard {
    Heard::leave_alone(
        "They unsubscribed from the publication in beehiiv, so they were left alone. Only they can subscribe again.",
    )
}

fn examined(state: &str) -> Result<(), Fault> {
    if state == "invalid" {
        return Err(Fault::refused(
            "invalid_email",
            "beehiiv examined the address and found it invalid: it can\u{2019}t receive mail. Ask for another address.",
        ));
    }
    Ok(())
}

/// An update's answer may be brief: who was there keeps their id.
fn saved(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    examined(&text(body, "/data/status").unwrap_or_default())?;
    let known = Known::new().with("contact", need(body, "/data/id").or_else(|_| turn.known.text("contact"))?);
    Ok(Heard::learned(known.with(WROTE, turn.person()?.standing.as_str())))
}

fn has(known: &Known, person: &Person) -> bool {
    let tagged = known.get(TAGGED).and_then(Value::as_array);
    person.tags.iter().all(|tag| tagged.is_some_and(|tagged| tagged.iter().any(|one| one == tag)))
}

fn confirmed(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let person = turn.person()?;
    let state = need(body, "/data/status")?;
    if person.is_approved() {
        if state == "inactive" {
            return Ok(unsubscribed());
        }
        examined(&state)?;
    }
    let tags: Vec<String> = rows(body, "/data/tags").filter_map(known::text).collect();
    let given: Vec<String> =
        turn.known.get(GIVEN).and_then(Value::as_array).into_iter().flatten().filter_map(known::text).collect();
    // What the publication doesn't have, or the answer doesn't carry, can't be read back.
    let shown = |place: &str| body.pointer(place).is_some();
    let status = !shown("/data/custom_fields")
        || field(turn.known, STATUS).is_none_or(|(_, kind)| kind != "string")
        || rows(body, "/data/custom_fields").any(|row| {
            text(row, "/name").is_some_and(|name| plain(&name) == plain(STATUS))
                && text(row, "/value") == turn.known.maybe(WROTE)
        });
    let tagged = !shown("/data/tags") || given.iter().all(|tag| tags.contains(tag));
    let all = state != "validating" && status && tagged;
    if all { Ok(Heard::done()) } else { read::poll(turn.asked, NOT_THERE) }
}

fn explained(turn: &Turn<'_>, answer: &Answer, fault: Fault) -> Fault {
    let said = answer.said();
    let act = turn.step.act;
    match fault.kind {
        FaultKind::Credentials => Fault::credentials(
            "beehiiv refused the key: it was deleted, or not copied whole. Create another under Settings, Workspace, \
             API.",
        ),
        FaultKind::Rights => Fault::rights(format!(
            "beehiiv doesn\u{2019}t let the key do this (\u{201c}{said}\u{201d}): it belongs to another publication, \
             it lacks {}, or your plan has no API.",
            scope(act, &turn.step.about)
        )),
        FaultKind::Refused if answer.status == 404 && act != Act::Check => Fault::settings(
            "publication_missing",
            "beehiiv doesn\u{2019}t find the publication or the subscription any more. Test the connection, and \
             re-sync.",
        ),
        FaultKind::Refused if act == Act::Tag => {
            Fault::refused("tag_refused", format!("beehiiv won\u{2019}t take the tags: \u{201c}{said}\u{201d}."))
        }
        FaultKind::Refused if act == Act::Save => Fault::refused(
            "invalid_email",
            format!(
                "beehiiv won\u{2019}t take the subscription: \
                            \u{201c}{said}\u{201d}."
            ),
        ),
        _ => fault,
    }
}

/// What beehiiv's reference calls the right to each call.
fn scope(act: Act, about: &str) -> &'static str {
    match (act, about.is_empty()) {
        (Act::Check, _) => "publications:read",
        (Act::Find, false) => "custom_fields:read",
        (Act::Save, false) => "custom_fields:write",
        (Act::Find | Act::Confirm, _) => "subscriptions:read",
        _ => "subscriptions:write",
    }
}
