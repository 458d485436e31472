//! Connector for Sailthru, now Marigold Engage (getstarted.sailthru.com/developers/api). Every call is signed. Lists
//! are known by their names and come into being when someone is added to them, and nothing remembers who left a list:
//! a var of ours does. Response shapes that the documentation lacks follow recordings of real calls by grouparoo, a
//! program that used this API.

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Event, Fault, FaultKind, Host, Known, Method,
    Parsed, Person, Request, Step, StepContext, StepRequest, Task,
    encode::md5,
    moving::Mover,
    read::{need, rows, text},
};

mod descriptor;
mod moving;

pub static CONNECTOR: Sailthru = Sailthru;

#[derive(Debug)]
pub struct Sailthru;

const HOST: Host = Host::fixed("SAILTHRU", "https://api.sailthru.com");
/// Our vars. The last one has the names of the lists that we put the person on.
const STATUS: &str = "rekomi_status";
const TAGS: &str = "rekomi_tags";
const LISTS: &str = "rekomi_lists";
/// Known: the lists that the person is on, and those that we put them on before.
const ON: &str = "on";
const PUT: &str = "put";
const OUT: &str = "out";
/// The codes of errors ("API Error and Response Codes").
const INVALID_KEY: u64 = 3;
const DISALLOWED_IP: u64 = 4;
const INVALID_SIGNATURE: u64 = 5;
const INTERNAL: u64 = 9;
const INVALID_EMAIL: u64 = 11;
const UNKNOWN_LIST: u64 = 15;
const OTHER: u64 = 99;

impl Connector for Sailthru {
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
            Task::Sync(person) => {
                let look = Step::new(Action::Consent);
                let lists = person.lists.iter().map(|list| Step::about(Action::Lists, &list.id));
                let looks: Vec<Step> = std::iter::once(look).chain(lists).collect();
                let save = Step::new(Action::Save).depends_on(looks.clone());
                looks.into_iter().chain([save]).collect()
            }
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Forget)],
            Task::Tags => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let about = ctx.step.about.as_str();
        if let Some(why) = skipped(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let (method, path, body) = match ctx.step.action {
            Action::Check => (Method::Get, "/list", json!({})),
            Action::Lists if about.is_empty() => (Method::Get, "/list", json!({})),
            Action::Lists => (Method::Get, "/list", json!({"list": about})),
            Action::Consent => {
                let fields = json!({"keys": 1, "vars": 1, "lists": 1, "optout_email": 1});
                (Method::Get, "/user", json!({"id": ctx.person()?.email, "key": "email", "fields": fields}))
            }
            Action::Save => (Method::Post, "/user", user(ctx.person()?, ctx.known)),
            Action::Event => (Method::Post, "/event", event(ctx.person()?, ctx.event()?)),
            Action::Forget => (Method::Delete, "/user", json!({"id": ctx.person()?.email, "key": "email"})),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        signed(ctx.account, method, path, &body).map(StepRequest::Send)
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        let error = answer.any_json().get("error").and_then(Value::as_u64);
        // 400 or 404, "User not found with email: ...".
        if error == Some(OTHER) && matches!(ctx.step.action, Action::Consent | Action::Forget) && is_unknown(answer) {
            return Ok(Parsed::done());
        }
        let body = answer.json().map_err(|fault| explained(ctx, answer, error, fault))?;
        if error.is_some() {
            return Err(explained(ctx, answer, error, Fault::refused("refused", "Sailthru rejected the request")));
        }
        match ctx.step.action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", account(&body)?))),
            Action::Lists if about.is_empty() => {
                let found = lists(&body)?.into_iter().map(|name| Choice { id: name.clone(), name });
                Ok(Parsed::learned(Known::new().with_choices(ctx.known, found)))
            }
            Action::Lists if text(&body, "/type").as_deref() == Some("smart") => Err(list_missing()),
            Action::Lists => need(&body, "/list_id")
                .or_else(|_| need(&body, "/list"))
                .map(|_| Parsed::learned(Known::new().with(checked(about), true))),
            Action::Consent => consent(ctx.person()?, &body),
            Action::Save => saved(ctx, &body),
            Action::Forget if body.get("ok") != Some(&json!(true)) => Err(Fault::unreadable("no ok in it")),
            Action::Event | Action::Forget => Ok(Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }

    /// Sailthru documents nothing that would tell a repeated event from another one.
    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

/// Signs a call: the hash of the secret and the sorted values of all parameters ("API Technical Details"). The secret
/// itself is never sent.
fn signed(account: &Account, method: Method, path: &'static str, body: &Value) -> Result<Request, Fault> {
    let (key, secret) = (account.get("apiKey")?, account.get("apiSecret")?);
    let body = body.to_string();
    let mut values = [key, "json", &body];
    values.sort_unstable();
    let sig = md5(&format!("{secret}{}", values.concat()));
    let parameters = [("api_key", key.to_owned()), ("format", "json".to_owned()), ("json", body.clone()), ("sig", sig)];
    let request = match method {
        Method::Post => return Ok(Request::post(&HOST, path).form(parameters)),
        Method::Delete => Request::delete(&HOST, path),
        _ => Request::get(&HOST, path),
    };
    Ok(parameters.into_iter().fold(request, |request, (name, value)| request.query(name, value)))
}

/// Why a step of a sync isn't needed: the person may have changed since it was planned. No one is added just to be
/// marked as gone.
fn skipped(ctx: &StepContext<'_>) -> Option<&'static str> {
    let Task::Sync(person) = ctx.task else { return None };
    match ctx.step.action {
        Action::Consent => None,
        _ if !person.is_approved() && ctx.known.get("contact").is_none() => Some("they aren\u{2019}t in Sailthru"),
        _ if person.is_approved() && ctx.known.flag(OUT) => Some("they unsubscribed in Sailthru"),
        // Without this check, a list that was deleted would come into being again.
        Action::Lists if !lacking(person, ctx.known).contains(&ctx.step.about.as_str()) => {
            Some("they aren\u{2019}t added to this list")
        }
        _ => None,
    }
}

fn remembered(known: &Known, name: &str) -> Vec<String> {
    let all = known.get(name).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|one| one.as_str().map(str::to_owned)).collect()
}

/// The lists that the person isn't on yet. Being on a list is how Sailthru knows that someone wants its emails, so no
/// one joins without consent, and no one joins twice: whoever isn't on a list that we put them on has left it.
fn lacking<'a>(person: &'a Person, known: &Known) -> Vec<&'a str> {
    let (on, put) = (remembered(known, ON), remembered(known, PUT));
    let lists = person.lists.iter().map(|list| list.id.as_str()).filter(|_| person.consent.is_some());
    lists.filter(|list| !on.iter().chain(&put).any(|known| known == list)).collect()
}

/// Known of a list that exists.
fn checked(list: &str) -> String {
    format!("list {list}")
}

/// The lists to add the person to: those that exist.
fn joining<'a>(person: &'a Person, known: &Known) -> Vec<&'a str> {
    lacking(person, known).into_iter().filter(|list| known.flag(&checked(list))).collect()
}

/// The person to write. Unknown values are omitted. For a person who left, only our own vars change. The opt-out status
/// is never sent.
fn user(person: &Person, known: &Known) -> Value {
    let mut vars = Map::new();
    let ours = [(STATUS, person.affiliate_status.as_str().to_owned()), (TAGS, person.tags_joined())];
    vars.extend(ours.map(|(name, value)| (name.to_owned(), json!(value))));
    let fields = json!({"keys": 1, "vars": 1, "lists": 1});
    let mut body = json!({"id": person.email, "key": "email", "keys": {"email": person.email}, "fields": fields});
    if person.is_approved() {
        for (name, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
            if let Some(value) = value {
                vars.insert(name.to_owned(), json!(value));
            }
        }
        let joining = joining(person, known);
        if !joining.is_empty() {
            let all: Vec<String> =
                remembered(known, PUT).into_iter().chain(joining.iter().map(|list| (*list).to_owned())).collect();
            vars.insert(LISTS.to_owned(), json!(all));
            body["lists"] = joining.into_iter().map(|list| (list.to_owned(), json!(1))).collect();
        }
    }
    body["vars"] = Value::Object(vars);
    body
}

/// The event, with its details as vars. Unknown values are omitted.
fn event(person: &Person, event: &Event) -> Value {
    let known = |value: &Value| !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty());
    let details = event.properties.iter().filter(|(_, value)| known(value));
    let mut vars: Map<String, Value> = details.map(|(name, value)| (name.clone(), value.clone())).collect();
    vars.insert("eventId".to_owned(), json!(event.id.to_string()));
    json!({"id": person.email, "key": "email", "event": event.name, "vars": vars})
}

/// The names of all lists that people can be added to: smart lists fill themselves.
fn lists(body: &Value) -> Result<Vec<String>, Fault> {
    if !body.get("lists").is_some_and(|lists| lists.is_array() || lists.is_null()) {
        return Err(Fault::unreadable("no lists in it"));
    }
    let natural = rows(body, "/lists").filter(|row| text(row, "/type").as_deref() != Some("smart"));
    Ok(natural.filter_map(|row| text(row, "/name")).collect())
}

/// The account's display name: the API shows none, so list names identify it.
fn account(body: &Value) -> Result<String, Fault> {
    let names: Vec<String> = lists(body)?.into_iter().take(3).collect();
    Ok(if names.is_empty() { "no lists yet".to_owned() } else { format!("lists: {}", names.join(", ")) })
}

fn is_unknown(answer: &Answer) -> bool {
    text(&answer.any_json(), "/errormsg").is_some_and(|message| message.to_lowercase().contains("not found"))
}

/// The names of the lists that a profile shows.
fn shown(body: &Value) -> Vec<String> {
    body.get("lists").and_then(Value::as_object).into_iter().flatten().map(|(name, _)| name.clone()).collect()
}

fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let contact = need(body, "/keys/sid").or_else(|_| need(body, "/keys/email"))?;
    let level = text(body, "/optout_email").or_else(|| text(body, "/optout"));
    let opted_out = level.is_some_and(|level| level != "none");
    let put: Vec<String> = rows(body, "/vars/rekomi_lists").filter_map(|one| one.as_str().map(str::to_owned)).collect();
    let on = shown(body);
    let left = person.lists.iter().any(|list| put.contains(&list.id) && !on.contains(&list.id));
    if person.is_approved() && opted_out {
        return Ok(Parsed::leave_alone("They unsubscribed in Sailthru. We skipped them: only they can resubscribe."));
    }
    if person.is_approved() && left {
        return Ok(Parsed::leave_alone(
            "They unsubscribed from the list in Sailthru, or were removed from it. We skipped them.",
        ));
    }
    let learned = Known::new().with("contact", contact).with(OUT, opted_out);
    let name = ContactName::parts(body, "/vars/first_name", "/vars/last_name");
    Ok(Parsed::learned(learned.with(ON, on).with(PUT, put).noting_name(person, "", &name)))
}

/// Checks that the response has the person, and has our vars and lists as far as it shows any.
fn saved(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if body.get("ok") != Some(&json!(true)) {
        return Err(Fault::unreadable("no ok in it"));
    }
    let person = ctx.person()?;
    let (tags, vars) = (json!(person.tags_joined()), body.get("vars").and_then(Value::as_object));
    if vars.is_some_and(|vars| vars.get(TAGS) != Some(&tags)) {
        return Err(Fault::refused(
            "field_refused",
            "Sailthru didn\u{2019}t keep the var rekomi_tags. Check the person there, then re-sync.",
        ));
    }
    let on = shown(body);
    let added = person.is_approved() && body.get("lists").is_some();
    if added && !joining(person, ctx.known).into_iter().all(|list| on.iter().any(|one| one == list)) {
        return Err(list_missing());
    }
    Ok(Parsed::done())
}

fn list_missing() -> Fault {
    Fault::settings(
        "list_missing",
        "The list no longer exists in Sailthru, or is a smart list. Choose another one in the connection\u{2019}s \
         settings.",
    )
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, error: Option<u64>, fault: Fault) -> Fault {
    let message = text(&answer.any_json(), "/errormsg").unwrap_or_else(|| fault.message.clone());
    match (error, fault.kind, ctx.step.action) {
        (_, FaultKind::Busy, _) => fault,
        (Some(DISALLOWED_IP), ..) => Fault::rights(
            "Sailthru only accepts calls from the IP addresses in its settings. Add ours there, or lift the \
             restriction.",
        ),
        (Some(INVALID_KEY | INVALID_SIGNATURE), ..) | (_, FaultKind::Credentials, _) => Fault::credentials(format!(
            "Sailthru rejected the API key or its secret ({message}). Copy both again from Settings \u{2192} Setup \
             \u{2192} API & Postbacks."
        )),
        (Some(INTERNAL), ..) => Fault::passing("vendor_error", format!("Sailthru has a problem: {message}")),
        (Some(UNKNOWN_LIST), ..) | (Some(OTHER), FaultKind::Refused, Action::Lists) => list_missing(),
        (Some(INVALID_EMAIL), ..) | (_, FaultKind::Refused, Action::Consent | Action::Save) => {
            Fault::refused("invalid_email", format!("Sailthru didn\u{2019}t accept this person ({message})."))
        }
        _ => Fault { message, ..fault },
    }
}
