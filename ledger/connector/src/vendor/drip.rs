//! Drip, REST API version 2 (developer.drip.com): one call writes a subscriber with their tags. What other vendors call a
//! list is an email series here, which Drip's API still calls a campaign.

mod descriptor;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Act, Answer, Ask, Choice, Connector, Consent, Descriptor, Fault, FaultKind, Heard, Host, Known, Person,
    Request, Step, Task, Then, Turn, encode,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: Drip = Drip;

#[derive(Debug)]
pub struct Drip;

const HOST: Host = Host::fixed("DRIP", "https://api.getdrip.com");
/// The account's id, as the form asks for it and as the test call finds it.
const ACCOUNT: &str = "accountId";
/// What Drip knows of the person's consent under the GDPR.
const EU_CONSENT: &str = "eu_consent";
const LEFT: &str = "They unsubscribed from the email series in Drip, or were removed from it, so they were left alone.";
/// Known of a series: how they stand to it, and whether that is asked once more.
const STANDING: &str = "standing";
const AGAIN: &str = "again";
/// Known of a series: Drip says that they are on it.
const ALREADY: &str = "already";
/// The page that is asked for next.
const PAGE: &str = "page";

impl Connector for Drip {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Act::Check)],
            Task::Lists => vec![Step::new(Act::Lists)],
            Task::Tags => vec![Step::new(Act::Tags)],
            Task::Sync(person) => sync(person),
            Task::Event(..) => vec![Step::new(Act::Event)],
            Task::Forget(_) => vec![Step::new(Act::Forget)],
        }
    }

    fn ask(&self, turn: &Turn<'_>) -> Result<Ask, Fault> {
        let (step, known) = (turn.step, turn.known);
        let about = step.about.as_str();
        if never_was(turn) {
            return Ok(Ask::Nothing("they aren\u{2019}t in Drip"));
        }
        let request = match step.act {
            Act::Check => Request::get(&HOST, "/v2/accounts"),
            Act::Lists => page(turn, Request::get(&HOST, path(turn, "/campaigns")?)),
            Act::Tags => Request::get(&HOST, path(turn, "/tags")?),
            Act::Find => Request::get(&HOST, path(turn, &theirs(turn.person()?))?),
            Act::Consent if known.maybe("contact").is_none() => return Ok(Ask::Nothing("the subscriber is new")),
            Act::Consent => series(turn)?,
            Act::Save => post(turn, "/subscribers", json!({"subscribers": [subscriber(turn.person()?, known)]}))?,
            Act::Join if known.maybe(&key(STANDING, about)).as_deref() == Some("active") => {
                return Ok(Ask::Nothing("they are on the series"));
            }
            Act::Join if known.flag(&key(AGAIN, about)) => series(turn)?,
            Act::Join => {
                let members = json!({"subscribers": [member(turn.person()?)]});
                post(turn, &format!("/campaigns/{}/subscribers", encode::segment(about)), members)?
            }
            Act::Event => post(turn, "/events", json!({"events": [event(turn)?]}))?,
            Act::Forget => Request::delete(&HOST, path(turn, &theirs(turn.person()?))?),
            _ => return Err(Fault::unplanned(step)),
        };
        Ok(request.header("Authorization", encode::basic(turn.account.get("apiToken")?, "")).into())
    }

    fn hear(&self, turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
        let about = turn.step.about.as_str();
        match (turn.step.act, answer.status) {
            (Act::Find | Act::Forget, 404) => return Ok(Heard::done()),
            // Already on it, maybe by our own call whose answer was lost; or off it again.
            (Act::Join, 422) if !turn.known.flag(&key(AGAIN, about)) => {
                let already = answer.said().to_lowercase().contains("already");
                let known = Known::new().with(key(AGAIN, about), true).with(key(ALREADY, about), already);
                return Ok(Heard::again(Duration::ZERO, known));
            }
            // Who left a series isn't taken back by it: what Drip said of them stands.
            (Act::Consent, 404 | 405) => return Ok(Heard::done()),
            (Act::Join, 404 | 405) if turn.known.flag(&key(AGAIN, about)) => return unread(turn),
            _ => {}
        }
        let body = read(turn, answer)?;
        Ok(match turn.step.act {
            Act::Check => account(turn, &body)?,
            Act::Lists => {
                let found = rows(&body, "/campaigns").filter_map(|row| choice(row, "/id", "/name"));
                next(turn, &body, Known::new().with_choices(turn.known, found))
            }
            Act::Tags => {
                let tag =
                    |name: &Value| name.as_str().map(|name| Choice { id: name.to_owned(), name: name.to_owned() });
                Heard::learned(Known::new().with_choices(turn.known, rows(&body, "/tags").filter_map(tag)))
            }
            Act::Find => found(turn.person()?, &body)?,
            Act::Consent => left_series(turn, &body)?,
            Act::Save => Heard::learned(Known::new().with("contact", saved(turn.person()?, &body)?)),
            Act::Join if turn.known.flag(&key(AGAIN, about)) => joined(turn, &body)?,
            Act::Join | Act::Event | Act::Forget => Heard::done(),
            _ => return Err(Fault::unplanned(turn.step)),
        })
    }

    fn may_repeat(&self, act: Act) -> bool {
        act != Act::Event
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let mut steps = vec![Step::new(Act::Find)];
    if !person.lists.is_empty() {
        steps.push(Step::new(Act::Consent));
    }
    let looks = steps.clone();
    steps.push(Step::new(Act::Save).rests_on(looks.clone()));
    steps.extend(person.lists.iter().map(|series| Step::about(Act::Join, &series.id).rests_on(looks.clone())));
    steps
}

/// Nobody is added only to be marked as gone.
fn never_was(turn: &Turn<'_>) -> bool {
    let left = matches!(turn.task, Task::Sync(person) if !person.is_approved());
    left && turn.step.act != Act::Find && turn.known.maybe("contact").is_none()
}

/// Below the account, which the test call found unless the form named it.
fn path(turn: &Turn<'_>, below: &str) -> Result<String, Fault> {
    let account = turn.account.found.text(ACCOUNT).or_else(|_| turn.account.get(ACCOUNT).map(str::to_owned))?;
    Ok(format!("/v2/{}{below}", encode::segment(&account)))
}

fn post(turn: &Turn<'_>, below: &str, body: Value) -> Result<Request, Fault> {
    Ok(Request::post(&HOST, path(turn, below)?).json(body))
}

fn theirs(person: &Person) -> String {
    format!("/subscribers/{}", encode::segment(&person.email))
}

fn series(turn: &Turn<'_>) -> Result<Request, Fault> {
    let contact = turn.known.text("contact")?;
    let below = format!("/subscribers/{}/campaign_subscriptions", encode::segment(&contact));
    Ok(page(turn, Request::get(&HOST, path(turn, &below)?)))
}

fn page(turn: &Turn<'_>, request: Request) -> Request {
    request.query("page", turn.known.number(PAGE).unwrap_or(1).to_string())
}

/// The next page, if there is one.
fn next(turn: &Turn<'_>, body: &Value, learned: Known) -> Heard {
    let page = turn.known.number(PAGE).unwrap_or(1);
    let pages = body.pointer("/meta/total_pages").and_then(Value::as_u64).unwrap_or(1);
    if page < pages {
        return Heard::again(Duration::ZERO, learned.with(PAGE, page + 1));
    }
    Heard::learned(learned.with(PAGE, 1))
}

/// The account that the form named, or the only one.
fn account(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let all: Vec<Choice> = rows(body, "/accounts").filter_map(|row| choice(row, "/id", "/name")).collect();
    let names = || all.iter().map(|one| format!("{} ({})", one.name, one.id)).collect::<Vec<_>>().join(", ");
    let chosen = match (turn.account.maybe(ACCOUNT).map(str::trim), all.as_slice()) {
        (None, [only]) => only,
        (None, []) => return Err(Fault::credentials("Drip accepts the token, but it belongs to no account.")),
        (None, _) => {
            let message =
                format!("The token sees several accounts: {}. Enter the number of one as account ID.", names());
            return Err(Fault::settings("account_needed", message));
        }
        (Some(wanted), _) => all.iter().find(|one| one.id == wanted).ok_or_else(|| {
            let message = format!("The token doesn\u{2019}t see the account {wanted}. It sees: {}.", names());
            Fault::settings("account_missing", message)
        })?,
    };
    Ok(Heard::learned(Known::new().with("account", chosen.name.as_str()).with(ACCOUNT, chosen.id.as_str())))
}

fn found(person: &Person, body: &Value) -> Result<Heard, Fault> {
    let status = need(body, "/subscribers/0/status")?;
    let consent = text(body, "/subscribers/0/eu_consent").unwrap_or_default();
    if person.is_approved() && (status != "active" || consent == "denied") {
        let what = match status.as_str() {
            "unsubscribed" => "unsubscribed in Drip".to_owned(),
            "active" => "denied consent in Drip, which counts as unsubscribed".to_owned(),
            other => format!("are {other} in Drip, which counts as unsubscribed"),
        };
        let why = format!("They {what}, so they were left alone. Only they can subscribe again.");
        return Ok(Heard::leave_alone(why));
    }
    let contact = id(person, body);
    Ok(Heard::learned(Known::new().with("contact", contact).with(EU_CONSENT, consent)))
}

/// Drip takes the address wherever it takes an id.
fn id(person: &Person, body: &Value) -> String {
    text(body, "/subscribers/0/id").unwrap_or_else(|| person.email.clone())
}

/// Whoever was saved stands in the answer.
fn saved(person: &Person, body: &Value) -> Result<String, Fault> {
    let is_there = body.pointer("/subscribers/0").is_some_and(Value::is_object);
    if is_there { Ok(id(person, body)) } else { Err(Fault::unreadable("no subscriber in it")) }
}

/// What isn't known is left out. `status` would subscribe somebody again; `initial_status` counts for new people only.
fn subscriber(person: &Person, known: &Known) -> Value {
    let mut body = Map::from_iter([("email".to_owned(), json!(person.email))]);
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    for (name, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            put(name, json!(value));
        }
    }
    put("custom_fields", json!({"rekomi_status": person.standing.as_str()}));
    for (name, tags) in [("tags", &person.tags), ("remove_tags", &person.untags)] {
        if !tags.is_empty() {
            put(name, json!(tags));
        }
    }
    if let Some(consent) = person.consent.as_ref().filter(|_| person.is_approved()) {
        if known.maybe("contact").is_none() {
            put("initial_status", json!("active"));
        }
        if known.maybe(EU_CONSENT).as_deref() != Some("granted") {
            put(EU_CONSENT, json!("granted"));
            put("eu_consent_message", json!(message(consent)));
        }
    }
    Value::Object(body)
}

fn message(consent: &Consent) -> String {
    let version = consent.version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
    format!("Accepted the affiliate program\u{2019}s terms{version}, at {}", consent.at)
}

/// On a series. Without consent Drip asks them by mail first; with it the series\u{2019} own setting counts.
fn member(person: &Person) -> Value {
    let mut member = json!({"email": person.email, "reactivate_if_removed": false});
    if person.consent.is_none() {
        member["double_optin"] = json!(true);
    }
    member
}

fn event(turn: &Turn<'_>) -> Result<Value, Fault> {
    let (person, event) = (turn.person()?, turn.event()?);
    let mut body = json!({"email": person.email, "action": event.name, "occurred_at": event.at.to_string()});
    if !event.properties.is_empty() {
        body["properties"] = json!(event.properties);
    }
    Ok(body)
}

fn key(what: &str, series: &str) -> String {
    format!("{what}:{series}")
}

/// How they stand to a series: being on it counts before having been.
fn standing(body: &Value, series: &str) -> Option<String> {
    let of = rows(body, "/campaign_subscriptions").filter(|row| text(row, "/campaign_id").as_deref() == Some(series));
    let all: Vec<String> = of.filter_map(|row| text(row, "/status")).collect();
    all.iter().find(|status| *status == "active").or(all.first()).cloned()
}

fn left_series(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let mut learned = Known::new();
    for wanted in &turn.person()?.lists {
        match standing(body, &wanted.id) {
            Some(status) if status == "active" => learned = learned.with(key(STANDING, &wanted.id), status),
            Some(_) => return Ok(Heard::leave_alone(LEFT)),
            None => {}
        }
    }
    Ok(next(turn, body, learned))
}

/// After Drip wouldn't put them on the series: what there is instead.
fn joined(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let next = next(turn, body, Known::new());
    match standing(body, &turn.step.about).as_deref() {
        Some("active") => Ok(Heard::learned(Known::new().with(PAGE, 1))),
        Some(_) => Ok(Heard::leave_alone(LEFT)),
        None if next.then != Then::Done => Ok(next),
        None => Err(series_refused()),
    }
}

/// After Drip wouldn't put them on the series, and what there is instead can't be read.
fn unread(turn: &Turn<'_>) -> Result<Heard, Fault> {
    if turn.known.flag(&key(ALREADY, &turn.step.about)) { Ok(Heard::done()) } else { Err(series_refused()) }
}

fn series_refused() -> Fault {
    Fault::refused(
        "series_refused",
        "Drip won\u{2019}t put them on the email series. Look whether the series is active in Drip, and re-sync.",
    )
}

fn read(turn: &Turn<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = match turn.step.act {
        Act::Event | Act::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| match (fault.kind, turn.step.act, answer.status) {
        (FaultKind::Credentials, ..) => {
            Fault::credentials("Drip refused the API token. Copy it again from User Settings in Drip.")
        }
        (FaultKind::Rights, ..) => Fault::rights(format!(
            "The user whose token this is may not do that in the account ({}). Use the token of one who may.",
            fault.message
        )),
        (FaultKind::Refused, Act::Join, 404) => {
            Fault::settings("list_missing", "The email series isn\u{2019}t there any more. Choose another one.")
        }
        (FaultKind::Refused, _, 404) => {
            Fault::settings("account_missing", "Drip doesn\u{2019}t know the account any more. Check the account ID.")
        }
        (FaultKind::Refused, Act::Save, 422) => {
            Fault::refused("invalid_email", format!("Drip won\u{2019}t take this subscriber: {}.", fault.message))
        }
        _ => fault,
    })
}
