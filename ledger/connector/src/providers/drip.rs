//! Connector for Drip, REST API version 2 (developer.drip.com): one call writes a subscriber with their tags. What
//! other vendors call a list is an email series here, which Drip's API still calls a campaign.
//!
//! A new subscriber without a status gets Drip's default. The reference doesn't name it, but answers its example of
//! such a request with `active` ("Create or update a subscriber"; DripEmail/api-docs, spec/fragments/subscribers.yaml).
//! We send no status for people who didn't accept the terms: the only other one, `unsubscribed`, is no weaker consent
//! but an opt-out, which neither we nor they could tell from their own. Drip knows them by `eu_consent`, which stays
//! `unknown`.

mod descriptor;
mod moving;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, Consent, ContactName, Descriptor, Fault, FaultKind, Host, Known,
    Parsed, Person, Request, Step, StepContext, StepRequest, Task, Then, encode,
    moving::Mover,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: Drip = Drip;

#[derive(Debug)]
pub struct Drip;

const HOST: Host = Host::fixed("DRIP", "https://api.getdrip.com");
/// The account's id, as entered in the form or found by the test call.
const ACCOUNT: &str = "accountId";
/// The person's GDPR consent as Drip knows it.
const EU_CONSENT: &str = "eu_consent";
const LEFT: &str = "They unsubscribed from the email series in Drip, or were removed from it. We skipped them.";
/// Known per series: the person's status in it, and whether it is to be read once more.
const AFFILIATE_STATUS: &str = "standing";
const AGAIN: &str = "again";
/// Known per series: Drip says that the person is already in it.
const ALREADY: &str = "already";
/// The page to request next.
const PAGE: &str = "page";

impl Connector for Drip {
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
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(person) => sync(person),
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Forget)],
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (step, known) = (ctx.step, ctx.known);
        let about = step.about.as_str();
        if never_was(ctx) {
            return Ok(StepRequest::Nothing("they aren\u{2019}t in Drip"));
        }
        let request = match step.action {
            Action::Check => Request::get(&HOST, "/v2/accounts"),
            Action::Lists => page(ctx, Request::get(&HOST, path(ctx, "/campaigns")?)),
            Action::Tags => Request::get(&HOST, path(ctx, "/tags")?),
            Action::Find => Request::get(&HOST, path(ctx, &theirs(ctx.person()?))?),
            Action::Consent if known.maybe("contact").is_none() => {
                return Ok(StepRequest::Nothing("this is a new subscriber"));
            }
            Action::Consent => series(ctx)?,
            Action::Save => post(ctx, "/subscribers", json!({"subscribers": [subscriber(ctx.person()?, known)]}))?,
            Action::Join if known.maybe(&key(AFFILIATE_STATUS, about)).as_deref() == Some("active") => {
                return Ok(StepRequest::Nothing("they\u{2019}re already in the series"));
            }
            Action::Join if known.maybe(&key(AFFILIATE_STATUS, about)).is_some() => {
                return Ok(StepRequest::Nothing("they were asked to confirm, and only they can do that"));
            }
            Action::Join if known.flag(&key(AGAIN, about)) => series(ctx)?,
            Action::Join => {
                let members = json!({"subscribers": [member(ctx.person()?)]});
                post(ctx, &format!("/campaigns/{}/subscribers", encode::segment(about)), members)?
            }
            Action::Event => post(ctx, "/events", json!({"events": [event(ctx)?]}))?,
            Action::Forget => Request::delete(&HOST, path(ctx, &theirs(ctx.person()?))?),
            _ => return Err(Fault::unplanned(step)),
        };
        Ok(request.header("Authorization", encode::basic(ctx.account.get("apiToken")?, "")).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        match (ctx.step.action, answer.status) {
            (Action::Find | Action::Forget, 404) => return Ok(Parsed::done()),
            // Already in the series, perhaps because of our own call whose response was lost; or removed from it.
            (Action::Join, 422) if !ctx.known.flag(&key(AGAIN, about)) => {
                let already = answer.message().to_lowercase().contains("already");
                let known = Known::new().with(key(AGAIN, about), true).with(key(ALREADY, about), already);
                return Ok(Parsed::again(Duration::ZERO, known));
            }
            // Drip doesn't re-add people who left a series, so its response to the call is final.
            (Action::Consent, 404 | 405) => return Ok(Parsed::done()),
            (Action::Join, 404 | 405) if ctx.known.flag(&key(AGAIN, about)) => return unread(ctx),
            _ => {}
        }
        let body = read(ctx, answer)?;
        Ok(match ctx.step.action {
            Action::Check => account(ctx, &body)?,
            Action::Lists => {
                let found = rows(&body, "/campaigns").filter_map(|row| choice(row, "/id", "/name"));
                next(ctx, &body, Known::new().with_choices(ctx.known, found))
            }
            Action::Tags => {
                let tag =
                    |name: &Value| name.as_str().map(|name| Choice { id: name.to_owned(), name: name.to_owned() });
                Parsed::learned(Known::new().with_choices(ctx.known, rows(&body, "/tags").filter_map(tag)))
            }
            Action::Find => found(ctx.person()?, &body)?,
            Action::Consent => left_series(ctx, &body)?,
            Action::Save => Parsed::learned(Known::new().with("contact", saved(ctx.person()?, &body)?)),
            Action::Join if ctx.known.flag(&key(AGAIN, about)) => joined(ctx, &body)?,
            Action::Join | Action::Event | Action::Forget => Parsed::done(),
            _ => return Err(Fault::unplanned(ctx.step)),
        })
    }

    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let mut steps = vec![Step::new(Action::Find)];
    if !person.lists.is_empty() {
        steps.push(Step::new(Action::Consent));
    }
    let looks = steps.clone();
    steps.push(Step::new(Action::Save).depends_on(looks.clone()));
    steps.extend(person.lists.iter().map(|series| Step::about(Action::Join, &series.id).depends_on(looks.clone())));
    steps
}

/// A person who left is never created just to be marked as former.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.step.action != Action::Find && ctx.known.maybe("contact").is_none()
}

/// A path below the account, which the form names or the test call found.
fn path(ctx: &StepContext<'_>, below: &str) -> Result<String, Fault> {
    let account = ctx.account.found.text(ACCOUNT).or_else(|_| ctx.account.get(ACCOUNT).map(str::to_owned))?;
    Ok(format!("/v2/{}{below}", encode::segment(&account)))
}

fn post(ctx: &StepContext<'_>, below: &str, body: Value) -> Result<Request, Fault> {
    Ok(Request::post(&HOST, path(ctx, below)?).json(body))
}

fn theirs(person: &Person) -> String {
    format!("/subscribers/{}", encode::segment(&person.email))
}

fn series(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    let contact = ctx.known.text("contact")?;
    let below = format!("/subscribers/{}/campaign_subscriptions", encode::segment(&contact));
    Ok(page(ctx, Request::get(&HOST, path(ctx, &below)?)))
}

fn page(ctx: &StepContext<'_>, request: Request) -> Request {
    request.query("page", ctx.known.number(PAGE).unwrap_or(1).to_string())
}

/// Requests the next page, if more follow.
fn next(ctx: &StepContext<'_>, body: &Value, learned: Known) -> Parsed {
    let page = ctx.known.number(PAGE).unwrap_or(1);
    let pages = body.pointer("/meta/total_pages").and_then(Value::as_u64).unwrap_or(1);
    if page < pages {
        return Parsed::again(Duration::ZERO, learned.with(PAGE, page + 1));
    }
    Parsed::learned(learned.with(PAGE, 1))
}

/// Picks the account that the form names, or the only one.
fn account(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let all: Vec<Choice> = rows(body, "/accounts").filter_map(|row| choice(row, "/id", "/name")).collect();
    let names = || all.iter().map(|one| format!("{} ({})", one.name, one.id)).collect::<Vec<_>>().join(", ");
    let chosen = match (ctx.account.maybe(ACCOUNT).map(str::trim), all.as_slice()) {
        (None, [only]) => only,
        (None, []) => {
            return Err(Fault::credentials("Drip accepted the token, but it doesn\u{2019}t belong to any account."));
        }
        (None, _) => {
            let message = format!("The token sees several accounts: {}. Enter one number as account ID.", names());
            return Err(Fault::settings("account_needed", message));
        }
        (Some(requested), _) => all.iter().find(|one| one.id == requested).ok_or_else(|| {
            let message = format!("The token can\u{2019}t access account {requested}. It has access to: {}.", names());
            Fault::settings("account_missing", message)
        })?,
    };
    Ok(Parsed::learned(Known::new().with("account", chosen.name.as_str()).with(ACCOUNT, chosen.id.as_str())))
}

fn found(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let status = need(body, "/subscribers/0/status")?;
    let consent = text(body, "/subscribers/0/eu_consent").unwrap_or_default();
    if person.is_approved() && (status != "active" || consent == "denied") {
        if status == "unconfirmed" {
            let why =
                "They haven\u{2019}t confirmed their subscription in Drip. We skipped them: only they can confirm.";
            return Ok(Parsed::leave_alone(why));
        }
        let what = match status.as_str() {
            "unsubscribed" => "unsubscribed in Drip".to_owned(),
            "active" => "denied consent in Drip, which counts as unsubscribed".to_owned(),
            other => format!("are {other} in Drip, which counts as unsubscribed"),
        };
        let why = format!("They {what}. We skipped them: only they can resubscribe.");
        return Ok(Parsed::leave_alone(why));
    }
    let contact = id(person, body);
    let name = ContactName::parts(body, "/subscribers/0/first_name", "/subscribers/0/last_name");
    let learned = Known::new().with("contact", contact).with(EU_CONSENT, consent);
    Ok(Parsed::learned(learned.noting_name(person, "", &name)))
}

/// The contact's id. Drip accepts the email wherever it accepts an id.
fn id(person: &Person, body: &Value) -> String {
    text(body, "/subscribers/0/id").unwrap_or_else(|| person.email.clone())
}

/// Returns the saved subscriber's id: the response contains the subscriber.
fn saved(person: &Person, body: &Value) -> Result<String, Fault> {
    let is_there = body.pointer("/subscribers/0").is_some_and(Value::is_object);
    if is_there { Ok(id(person, body)) } else { Err(Fault::unreadable("no subscriber in it")) }
}

/// Unknown values are omitted. `status` would resubscribe people; `initial_status` applies to new people only.
fn subscriber(person: &Person, known: &Known) -> Value {
    let mut body = Map::from_iter([("email".to_owned(), json!(person.email))]);
    let mut put = |name: &str, value: Value| drop(body.insert(name.to_owned(), value));
    for (name, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            put(name, json!(value));
        }
    }
    put("custom_fields", json!({"rekomi_status": person.affiliate_status.as_str()}));
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

/// The body that adds a person to a series. Without consent Drip asks them to confirm by email; with it the series' own
/// setting applies.
fn member(person: &Person) -> Value {
    let mut member = json!({"email": person.email, "reactivate_if_removed": false});
    if person.consent.is_none() {
        member["double_optin"] = json!(true);
    }
    member
}

fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let (person, event) = (ctx.person()?, ctx.event()?);
    let mut body = json!({"email": person.email, "action": event.name, "occurred_at": event.at.to_string()});
    if !event.properties.is_empty() {
        body["properties"] = json!(event.properties);
    }
    Ok(body)
}

fn key(what: &str, series: &str) -> String {
    format!("{what}:{series}")
}

/// The person's status in a series. An active membership wins over an ended one.
fn affiliate_status(body: &Value, series: &str) -> Option<String> {
    let of = rows(body, "/campaign_subscriptions").filter(|row| text(row, "/campaign_id").as_deref() == Some(series));
    let all: Vec<String> = of.filter_map(|row| text(row, "/status")).collect();
    all.iter().find(|status| *status == "active").or(all.first()).cloned()
}

/// Whether this status in a series means that they left it: the reference names these two besides `active`. People whom
/// a double opt-in has asked to confirm aren't in the series yet, and haven't left it either (Drip's knowledge base,
/// "Unconfirmed subscribers").
fn has_left(status: &str) -> bool {
    matches!(status, "unsubscribed" | "removed")
}

fn left_series(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let mut learned = Known::new();
    for requested in &ctx.person()?.lists {
        match affiliate_status(body, &requested.id) {
            Some(status) if has_left(&status) => return Ok(Parsed::leave_alone(LEFT)),
            Some(status) => learned = learned.with(key(AFFILIATE_STATUS, &requested.id), status),
            None => {}
        }
    }
    Ok(next(ctx, body, learned))
}

/// After Drip refused to add the person to the series: reads their status in it instead.
fn joined(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let next = next(ctx, body, Known::new());
    match affiliate_status(body, &ctx.step.about).as_deref() {
        Some(status) if has_left(status) => Ok(Parsed::leave_alone(LEFT)),
        Some(_) => Ok(Parsed::learned(Known::new().with(PAGE, 1))),
        None if next.then != Then::Done => Ok(next),
        None => Err(series_refused()),
    }
}

/// After Drip refused to add the person to the series, and their status can't be read.
fn unread(ctx: &StepContext<'_>) -> Result<Parsed, Fault> {
    if ctx.known.flag(&key(ALREADY, &ctx.step.about)) { Ok(Parsed::done()) } else { Err(series_refused()) }
}

fn series_refused() -> Fault {
    Fault::refused(
        "series_refused",
        "Drip couldn\u{2019}t add them to the email series. Check that the series is active in Drip, then re-sync.",
    )
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = match ctx.step.action {
        Action::Event | Action::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| match (fault.kind, ctx.step.action, answer.status) {
        (FaultKind::Credentials, ..) => {
            Fault::credentials("Drip rejected the API token. Copy it again from User Settings in Drip.")
        }
        (FaultKind::Rights, ..) => Fault::rights(format!(
            "The token\u{2019}s user isn\u{2019}t allowed to do this in the account ({}). Use the token of a user who \
             is.",
            fault.message
        )),
        (FaultKind::Refused, Action::Join, 404) => {
            Fault::settings("list_missing", "The email series no longer exists. Choose another one.")
        }
        (FaultKind::Refused, _, 404) => {
            Fault::settings("account_missing", "Drip can\u{2019}t find the account anymore. Check the account ID.")
        }
        (FaultKind::Refused, Action::Save, 422) => {
            Fault::refused("invalid_email", format!("Drip didn\u{2019}t accept this subscriber ({}).", fault.message))
        }
        _ => fault,
    })
}
