//! Connector for Klaviyo, JSON:API at revision 2026-07-15 (developers.klaviyo.com). Subscribing starts a job that
//! answers 202 with an empty body and can't be queried, so its result is read back from the profile and the list.

use std::time::Duration;

use serde_json::{Value, json};
use url::form_urlencoded;

use self::{
    consent::{Agreed, agreed, held_back},
    scopes::{is_reported, lacks},
};
use crate::{
    Account, Action, Answer, Connector, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person, Request, Step,
    StepContext, StepRequest, Task, moving::Mover, read,
};

mod consent;
mod descriptor;
mod moving;
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

const LATE: &str = "Klaviyo accepted the change, but it wasn\u{2019}t there nine minutes later. Check the profile in \
                    Klaviyo, then re-sync.";
const UNCLICKED: &str = "The list uses double opt-in. Klaviyo sent them a confirmation email, and they join the list \
                         when they click it. Re-sync after that, or switch the list to single opt-in.";

impl Connector for Klaviyo {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => scopes::TESTED.into_iter().map(|scopes| Step::about(Action::Check, scopes)).collect(),
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(person) if person.is_approved() => sync(person),
            Task::Sync(_) => vec![Step::new(Action::Find), Step::new(Action::Save)],
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let request = match ctx.step.action {
            Action::Check => scopes::test_call(ctx)?,
            Action::Lists if !about.is_empty() => {
                Request::get(&HOST, format!("/api/lists/{}", crate::encode::segment(about)))
                    .query("fields[list]", "name,opt_in_process")
            }
            Action::Lists => {
                let request = Request::get(&HOST, "/api/lists").query("fields[list]", "name");
                match known.maybe(CURSOR) {
                    Some(cursor) => request.query("page[cursor]", cursor),
                    None => request,
                }
            }
            Action::Find | Action::Consent => wire::profile(ctx.person()?),
            Action::Save | Action::Forget if known.flag("absent") && !approved(ctx) => {
                return Ok(StepRequest::Nothing("the profile doesn\u{2019}t exist"));
            }
            Action::Save => Request::post(&HOST, "/api/profile-import").json(wire::import(ctx.person()?)),
            // The person may have changed since the plan was made.
            Action::Join | Action::Confirm if !approved(ctx) => {
                return Ok(StepRequest::Nothing("they left the program in the meantime"));
            }
            Action::Confirm if about.is_empty() && ctx.person()?.consent.is_none() => {
                return Ok(StepRequest::Nothing("they didn\u{2019}t consent"));
            }
            Action::Join if ctx.person()?.consent.is_some() => {
                Request::post(&HOST, "/api/profile-subscription-bulk-create-jobs")
                    .json(wire::subscription(ctx.person()?, about))
                    .pace("subscribe")
            }
            Action::Join => {
                Request::post(&HOST, format!("/api/lists/{}/relationships/profiles", crate::encode::segment(about)))
                    .json(json!({"data": [{"type": "profile", "id": known.text(CONTACT)?}]}))
                    .pace("list")
            }
            Action::Confirm if about.is_empty() => wire::profile(ctx.person()?),
            Action::Confirm => {
                Request::get(&HOST, format!("/api/lists/{}/relationships/profiles", crate::encode::segment(about)))
                    .query("filter", format!("equals(email,{})", wire::quoted(&ctx.person()?.email)))
            }
            Action::Event => Request::post(&HOST, "/api/events").json(wire::event(ctx.person()?, ctx.event()?)),
            Action::Forget => Request::post(&HOST, "/api/data-privacy-deletion-jobs")
                .json(wire::deletion(ctx.person()?))
                .pace("delete"),
            Action::Move | Action::Tags | Action::FindTag | Action::MakeTag | Action::Tag | Action::Untag => {
                return Err(Fault::unplanned(ctx.step));
            }
        };
        Ok(with_key(ctx, request)?.into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        Ok(match ctx.step.action {
            Action::Check => scopes::tested(ctx, answer)?,
            // A list that can't be read is no reason to stop: joining it shows whether it still exists.
            Action::Lists | Action::Confirm if !about.is_empty() && matches!(answer.status, 404 | 405) => {
                Parsed::done()
            }
            Action::Lists if !about.is_empty() => {
                let process = read::text(&body(ctx, answer)?, "/data/attributes/opt_in_process");
                Parsed::learned(Known::new().with(double_key(about), process.as_deref() == Some("double_opt_in")))
            }
            Action::Lists => lists(ctx, &body(ctx, answer)?),
            Action::Find => match agreed(&body(ctx, answer)?)? {
                Some(agreed) => {
                    let learned = Known::new().noting_name(ctx.person()?, "", &agreed.name);
                    Parsed::learned(learned.with(CONTACT, agreed.id))
                }
                None => Parsed::learned(Known::new().with("absent", true)),
            },
            Action::Consent => match agreed(&body(ctx, answer)?)? {
                Some(state) => match held_back(&state, ctx.person()?) {
                    Some(why) => Parsed::leave_alone(why),
                    None => Parsed::learned(Known::new().noting_name(ctx.person()?, "", &state.name)),
                },
                None => Parsed::done(),
            },
            Action::Save => Parsed::learned(Known::new().with(CONTACT, read::need(&body(ctx, answer)?, "/data/id")?)),
            Action::Join if ctx.person()?.consent.is_none() => accepted(ctx, answer, 204)?,
            Action::Join | Action::Event | Action::Forget => accepted(ctx, answer, 202)?,
            Action::Confirm => confirmed(ctx, &body(ctx, answer)?)?,
            Action::Move | Action::Tags | Action::FindTag | Action::MakeTag | Action::Tag | Action::Untag => {
                return Err(Fault::unplanned(ctx.step));
            }
        })
    }
}

/// Plans the steps with the name and the tags first, so that a flow triggered by the list finds them.
fn sync(person: &Person) -> Vec<Step> {
    let on = |action: Action| person.lists.iter().map(move |list| Step::about(action, &list.id));
    let mut steps: Vec<Step> = on(Action::Lists).collect();
    steps.extend([Action::Consent, Action::Save].map(Step::new));
    steps.extend(on(Action::Join).map(|join| join.depends_on([Step::new(Action::Consent)])));
    if person.consent.is_some() && !person.lists.is_empty() {
        steps.push(Step::new(Action::Confirm));
    }
    steps.extend(on(Action::Confirm));
    steps
}

fn approved(ctx: &StepContext<'_>) -> bool {
    matches!(ctx.task, Task::Sync(person) if person.is_approved())
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    let key = ctx.account.get("apiKey")?;
    if !key.starts_with("pk_") {
        return Err(Fault::credentials(
            "That isn\u{2019}t a private API key. Private keys start with pk_. The six-character key above them in \
             Klaviyo is the public key.",
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

fn body(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    answer.json().map_err(|fault| explained(ctx, answer, fault))
}

/// Checks the response of a job or a relationship: its status is the only information so far.
fn accepted(ctx: &StepContext<'_>, answer: &Answer, status: u16) -> Result<Parsed, Fault> {
    match answer.usual() {
        Ok(()) if answer.status == status => Ok(Parsed::done()),
        Ok(()) => Err(Fault::unreadable(&format!("{} instead of {status}", answer.status))),
        // A person who doesn't exist needs no deletion.
        Err(_) if answer.status == 404 && ctx.step.action == Action::Forget => Ok(Parsed::done()),
        Err(fault) => Err(explained(ctx, answer, fault)),
    }
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    let place = read::text(&answer.any_json(), "/errors/0/source/pointer").unwrap_or_default();
    let of_list = answer.status == 404 || place.contains("/relationships/list");
    match (fault.kind, ctx.step.action) {
        (FaultKind::Rights, _) if is_reported(answer) => lacks(&scopes::named(ctx.step, &answer.message())),
        (FaultKind::Rights, _) => Fault::passing("vendor_error", "Klaviyo blocked the request"),
        (FaultKind::Refused, Action::Join) if of_list => Fault::settings(
            "list_missing",
            "The list no longer exists in Klaviyo. Choose another one in the connection\u{2019}s settings.",
        ),
        (FaultKind::Refused, Action::Consent | Action::Find | Action::Save | Action::Join) if answer.status == 400 => {
            Fault::refused("invalid_contact", format!("Klaviyo didn\u{2019}t accept this contact ({}).", fault.message))
        }
        _ => fault,
    }
}

fn lists(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let found = read::rows(body, "/data").filter_map(|row| read::choice(row, "/id", "/attributes/name"));
    let learned = Known::new().with_choices(ctx.known, found);
    match read::text(body, "/links/next").and_then(|next| cursor(&next)) {
        Some(cursor) => Parsed::again(Duration::ZERO, learned.with(CURSOR, cursor)),
        None => Parsed::learned(learned),
    }
}

/// Takes only the cursor from the next page's URL: the connector alone decides which host to call.
fn cursor(next: &str) -> Option<String> {
    let (_, query) = next.split_once('?')?;
    form_urlencoded::parse(query.as_bytes())
        .find(|(name, _)| name == "page[cursor]")
        .map(|(_, value)| value.into_owned())
}

fn double_key(list: &str) -> String {
    format!("double:{list}")
}

fn confirmed(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let (about, person) = (&ctx.step.about, ctx.person()?);
    let there = if about.is_empty() {
        matches!(agreed(body)?, Some(Agreed { subscribed: true, .. }))
    } else {
        read::rows(body, "/data").next().is_some()
    };
    if there {
        return Ok(Parsed::done());
    }
    let double = person.lists.iter().any(|list| ctx.known.flag(&double_key(&list.id)));
    read::poll(ctx.polls, LATE).map_err(|late| {
        if double && person.consent.is_some() { Fault::refused("awaiting_opt_in", UNCLICKED) } else { late }
    })
}
