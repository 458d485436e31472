//! Klaviyo, JSON:API at revision 2026-07-15 (developers.klaviyo.com). Subscribing is a job that answers 202 with an empty
//! body and has nothing to ask for it by; so what it did is read back from the profile and from the list.

use std::time::Duration;

use serde_json::{Value, json};
use url::form_urlencoded;

use self::{
    consent::{Agreed, agreed, held_back},
    scopes::{is_told, lacks},
};
use crate::{
    Account, Act, Answer, Ask, Connector, Descriptor, Fault, FaultKind, Heard, Host, Known, Person, Request, Step,
    Task, Turn, read,
};

mod consent;
mod descriptor;
mod scopes;
mod wire;

pub static CONNECTOR: Klaviyo = Klaviyo;

#[derive(Debug)]
pub struct Klaviyo;

const HOST: Host = Host::fixed("KLAVIYO", "https://a.klaviyo.com");
const REVISION: &str = "2026-07-15";
const MEDIA: &str = "application/vnd.api+json";

const CURSOR: &str = "cursor";
/// The profile's id.
const CONTACT: &str = "contact";

const LATE: &str = "Klaviyo accepted it, and still it wasn\u{2019}t there nine minutes later. Look at the profile in \
                    Klaviyo, then re-sync.";
const UNCLICKED: &str = "The list uses double opt-in: Klaviyo mailed them a confirmation, and they are on the list once \
                         they click it. Re-sync after that, or set the list to single opt-in.";

impl Connector for Klaviyo {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => scopes::TESTED.into_iter().map(|scopes| Step::about(Act::Check, scopes)).collect(),
            Task::Lists => vec![Step::new(Act::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(person) if person.is_approved() => sync(person),
            Task::Sync(_) => vec![Step::new(Act::Find), Step::new(Act::Save)],
            Task::Event(..) => vec![Step::new(Act::Event)],
            Task::Forget(_) => vec![Step::new(Act::Find), Step::new(Act::Forget)],
        }
    }

    fn ask(&self, turn: &Turn<'_>) -> Result<Ask, Fault> {
        let (about, known) = (turn.step.about.as_str(), turn.known);
        let request = match turn.step.act {
            Act::Check => scopes::test_call(turn)?,
            Act::Lists if !about.is_empty() => {
                Request::get(&HOST, format!("/api/lists/{}", crate::encode::segment(about)))
                    .query("fields[list]", "name,opt_in_process")
            }
            Act::Lists => {
                let request = Request::get(&HOST, "/api/lists").query("fields[list]", "name");
                match known.maybe(CURSOR) {
                    Some(cursor) => request.query("page[cursor]", cursor),
                    None => request,
                }
            }
            Act::Find | Act::Consent => wire::profile(turn.person()?),
            Act::Save | Act::Forget if known.flag("absent") && !approved(turn) => {
                return Ok(Ask::Nothing("they aren\u{2019}t there"));
            }
            Act::Save => Request::post(&HOST, "/api/profile-import").json(wire::import(turn.person()?)),
            // What was planned may have changed since.
            Act::Join | Act::Confirm if !approved(turn) => return Ok(Ask::Nothing("they left in the meantime")),
            Act::Confirm if about.is_empty() && turn.person()?.consent.is_none() => {
                return Ok(Ask::Nothing("they didn\u{2019}t consent"));
            }
            Act::Join if turn.person()?.consent.is_some() => {
                Request::post(&HOST, "/api/profile-subscription-bulk-create-jobs")
                    .json(wire::subscription(turn.person()?, about))
                    .pace("subscribe")
            }
            Act::Join => {
                Request::post(&HOST, format!("/api/lists/{}/relationships/profiles", crate::encode::segment(about)))
                    .json(json!({"data": [{"type": "profile", "id": known.text(CONTACT)?}]}))
                    .pace("list")
            }
            Act::Confirm if about.is_empty() => wire::profile(turn.person()?),
            Act::Confirm => {
                Request::get(&HOST, format!("/api/lists/{}/relationships/profiles", crate::encode::segment(about)))
                    .query("filter", format!("equals(email,{})", wire::quoted(&turn.person()?.email)))
            }
            Act::Event => Request::post(&HOST, "/api/events").json(wire::event(turn.person()?, turn.event()?)),
            Act::Forget => Request::post(&HOST, "/api/data-privacy-deletion-jobs")
                .json(wire::deletion(turn.person()?))
                .pace("delete"),
            Act::Tags | Act::FindTag | Act::MakeTag | Act::Tag | Act::Untag => {
                return Err(Fault::unplanned(turn.step));
            }
        };
        Ok(with_key(turn, request)?.into())
    }

    fn hear(&self, turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
        let about = turn.step.about.as_str();
        Ok(match turn.step.act {
            Act::Check => scopes::tested(turn, answer)?,
            // What isn't there to be read is nothing to go by: whether the list is gone, joining it tells.
            Act::Lists | Act::Confirm if !about.is_empty() && matches!(answer.status, 404 | 405) => Heard::done(),
            Act::Lists if !about.is_empty() => {
                let process = read::text(&body(turn, answer)?, "/data/attributes/opt_in_process");
                Heard::learned(Known::new().with(double_key(about), process.as_deref() == Some("double_opt_in")))
            }
            Act::Lists => lists(turn, &body(turn, answer)?),
            Act::Find => match agreed(&body(turn, answer)?)? {
                Some(agreed) => Heard::learned(Known::new().with(CONTACT, agreed.id)),
                None => Heard::learned(Known::new().with("absent", true)),
            },
            Act::Consent => {
                match agreed(&body(turn, answer)?)?.and_then(|state| held_back(&state, turn.person().ok()?)) {
                    Some(why) => Heard::leave_alone(why),
                    None => Heard::done(),
                }
            }
            Act::Save => Heard::learned(Known::new().with(CONTACT, read::need(&body(turn, answer)?, "/data/id")?)),
            Act::Join if turn.person()?.consent.is_none() => accepted(turn, answer, 204)?,
            Act::Join | Act::Event | Act::Forget => accepted(turn, answer, 202)?,
            Act::Confirm => confirmed(turn, &body(turn, answer)?)?,
            Act::Tags | Act::FindTag | Act::MakeTag | Act::Tag | Act::Untag => {
                return Err(Fault::unplanned(turn.step));
            }
        })
    }
}

/// The name and the tags first: a flow that starts with the list finds them there.
fn sync(person: &Person) -> Vec<Step> {
    let on = |act: Act| person.lists.iter().map(move |list| Step::about(act, &list.id));
    let mut steps: Vec<Step> = on(Act::Lists).collect();
    steps.extend([Act::Consent, Act::Save].map(Step::new));
    steps.extend(on(Act::Join).map(|join| join.rests_on([Step::new(Act::Consent)])));
    if person.consent.is_some() && !person.lists.is_empty() {
        steps.push(Step::new(Act::Confirm));
    }
    steps.extend(on(Act::Confirm));
    steps
}

fn approved(turn: &Turn<'_>) -> bool {
    matches!(turn.task, Task::Sync(person) if person.is_approved())
}

fn with_key(turn: &Turn<'_>, request: Request) -> Result<Request, Fault> {
    let key = turn.account.get("apiKey")?;
    if !key.starts_with("pk_") {
        return Err(Fault::credentials(
            "That isn\u{2019}t a private API key: those begin with pk_. The six characters above them in Klaviyo are the \
             public one.",
        ));
    }
    let request = match request.body {
        crate::Body::Empty => request,
        _ => request.header("Content-Type", MEDIA),
    };
    Ok(request
        .header("Authorization", format!("Klaviyo-API-Key {key}"))
        .header("Accept", MEDIA)
        .header("revision", REVISION))
}

fn body(turn: &Turn<'_>, answer: &Answer) -> Result<Value, Fault> {
    answer.json().map_err(|fault| explained(turn, answer, fault))
}

/// A job or a relationship: its status says all there is to know yet.
fn accepted(turn: &Turn<'_>, answer: &Answer, status: u16) -> Result<Heard, Fault> {
    match answer.usual() {
        Ok(()) if answer.status == status => Ok(Heard::done()),
        Ok(()) => Err(Fault::unreadable(&format!("{} in place of {status}", answer.status))),
        // Whoever isn't there needn't be deleted.
        Err(_) if answer.status == 404 && turn.step.act == Act::Forget => Ok(Heard::done()),
        Err(fault) => Err(explained(turn, answer, fault)),
    }
}

fn explained(turn: &Turn<'_>, answer: &Answer, fault: Fault) -> Fault {
    let place = read::text(&answer.any_json(), "/errors/0/source/pointer").unwrap_or_default();
    let of_list = answer.status == 404 || place.contains("/relationships/list");
    match (fault.kind, turn.step.act) {
        (FaultKind::Rights, _) if is_told(answer) => lacks(&scopes::named(turn.step, &answer.said())),
        (FaultKind::Rights, _) => Fault::passing("vendor_error", "Klaviyo turned the call away before looking at it"),
        (FaultKind::Refused, Act::Join) if of_list => Fault::settings(
            "list_missing",
            "The list isn\u{2019}t in Klaviyo any more. Choose another one in the connection.",
        ),
        (FaultKind::Refused, Act::Consent | Act::Find | Act::Save | Act::Join) if answer.status == 400 => {
            Fault::refused("invalid_contact", format!("Klaviyo won\u{2019}t take this contact: {}.", fault.message))
        }
        _ => fault,
    }
}

fn lists(turn: &Turn<'_>, body: &Value) -> Heard {
    let found = read::rows(body, "/data").filter_map(|row| read::choice(row, "/id", "/attributes/name"));
    let learned = Known::new().with_choices(turn.known, found);
    match read::text(body, "/links/next").and_then(|next| cursor(&next)) {
        Some(cursor) => Heard::again(Duration::ZERO, learned.with(CURSOR, cursor)),
        None => Heard::learned(learned),
    }
}

/// Of the next page's URL only the cursor is taken: where to call is ours to say.
fn cursor(next: &str) -> Option<String> {
    let (_, query) = next.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "page[cursor]")
        .map(|(_, value)| value.into_owned())
}

fn double_key(list: &str) -> String {
    format!("double:{list}")
}

fn confirmed(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let (about, person) = (&turn.step.about, turn.person()?);
    let there = if about.is_empty() {
        matches!(agreed(body)?, Some(Agreed { subscribed: true, .. }))
    } else {
        read::rows(body, "/data").next().is_some()
    };
    if there {
        return Ok(Heard::done());
    }
    let double = person.lists.iter().any(|list| turn.known.flag(&double_key(&list.id)));
    read::poll(turn.asked, LATE).map_err(|late| {
        if double && person.consent.is_some() { Fault::refused("awaiting_opt_in", UNCLICKED) } else { late }
    })
}
