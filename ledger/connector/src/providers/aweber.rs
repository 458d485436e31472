//! Connector for AWeber, API version 1.0 (api.aweber.com; the facts below are from AWeber's own OpenAPI description and
//! aweber/public-api-examples). Each call takes an access token, and each login may replace the refresh token. A
//! subscriber belongs to one list: someone on two lists is two subscribers. A rate limit is reported with status 403.

mod descriptor;
mod moving;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Fault, Host, Known, Login, Parsed, Person, Request,
    Step, StepContext, StepRequest, Task, encode,
    encode::segment,
    moving::Mover,
    read::{choice, need, poll, rows, text},
};

pub static CONNECTOR: AWeber = AWeber;

#[derive(Debug)]
pub struct AWeber;

const HOST: Host = Host::fixed("AWEBER", "https://api.aweber.com");
const LOGIN: Host = Host::fixed("AWEBER", "https://auth.aweber.com");
const CLIENT_ID: &str = "clientId";
const CLIENT_SECRET: &str = "clientSecret";
const REFRESH_TOKEN: &str = "refreshToken";
/// The most entries of a page (`ws.size`).
const PAGE: u64 = 100;
/// The longest name (`AddSubscriberRequestBody`).
const NAME_MAX: usize = 60;
/// The pause after a rate limit: it counts by the minute, and no header says how long to wait.
const MINUTE: Duration = Duration::from_secs(60);
/// Known: the account's id, from the test call.
const ACCOUNT: &str = "accountId";
/// Known: how many lists the picker has read; where someone's subscriptions are, and how many were deleted.
const READ: &str = "read";
const FOUND: &str = "found";
const DELETED: &str = "deleted";

impl Connector for AWeber {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn guide(&self) -> &'static str {
        descriptor::GUIDE
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Sync(person) if person.is_approved() => {
                let of = |action: Action| person.lists.iter().map(move |list| Step::about(action, &list.id));
                let joins = of(Action::Join).zip(of(Action::Consent)).map(|(join, look)| join.depends_on([look]));
                of(Action::Consent).chain(joins).chain(of(Action::Confirm)).collect()
            }
            Task::Sync(person) => {
                let of = |action: Action| person.used_lists.iter().map(move |list| Step::about(action, list));
                of(Action::Consent).chain(of(Action::Untag)).chain(of(Action::Confirm)).collect()
            }
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (list, known) = (ctx.step.about.as_str(), ctx.known);
        let nothing = |why: &'static str| Ok(StepRequest::Nothing(why));
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/1.0/accounts"),
            Action::Lists => Request::get(&HOST, format!("{}/lists", account(ctx)?))
                .query("ws.start", known.number(READ).unwrap_or_default().to_string())
                .query("ws.size", PAGE.to_string()),
            Action::Consent => find(ctx, list)?,
            // The person may have changed since the plan was made; the next sync handles it.
            Action::Join if ctx.person()?.lists.iter().all(|requested| requested.id != list) => {
                return nothing("they should no longer be on the list");
            }
            Action::Join => match subscriber(known, list) {
                Some(id) => Request::patch(&HOST, member(ctx, list, &id)?).json(update(ctx.person()?)),
                None => Request::post(&HOST, members(ctx, list)?).json(addition(ctx.person()?)),
            },
            Action::Untag if ctx.person()?.is_approved() => return nothing("approved again"),
            Action::Untag => match subscriber(known, list) {
                Some(id) => Request::patch(&HOST, member(ctx, list, &id)?).json(json!({"tags": tags(ctx.person()?)})),
                None => return nothing("they aren\u{2019}t on this list"),
            },
            Action::Confirm if known.get(&written_key(list)).is_none() => return nothing("nothing was written"),
            Action::Confirm => find(ctx, list)?,
            Action::Find => Request::get(&HOST, account(ctx)?)
                .query("ws.op", "findSubscribers")
                .query("email", ctx.person()?.email.as_str()),
            Action::Forget => match found(known).get(deleted(known)) {
                Some(path) => Request::delete(&HOST, path.as_str()),
                None => return nothing("the contact doesn\u{2019}t exist"),
            },
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Accept", "application/json").login(login(ctx.account)?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let action = ctx.step.action;
        if action == Action::Forget && answer.status == 404 {
            return Ok(forgotten(ctx));
        }
        if action == Action::Consent && answer.status == 404 && !ctx.person()?.is_approved() {
            return Ok(Parsed::done());
        }
        fault(ctx, answer)?;
        match action {
            Action::Check => checked(&answer.json()?),
            Action::Lists => Ok(lists(ctx, &answer.json()?)),
            Action::Consent => consent(ctx, &answer.json()?),
            // A new subscriber is reported by status and header alone, and read back by the next step.
            Action::Join | Action::Untag => {
                answer.json_or_nothing()?;
                Ok(Parsed::learned(Known::new().with(written_key(&ctx.step.about), ctx.person()?.tags.clone())))
            }
            Action::Confirm => confirm(ctx, &answer.json()?),
            Action::Find => located(ctx, &answer.json()?),
            Action::Forget => answer.json_or_nothing().map(|_| forgotten(ctx)),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

/// AWeber returns a refresh token with each login; its examples store it each time.
fn login(account: &Account) -> Result<Login, Fault> {
    let form = [("grant_type", "refresh_token".to_owned()), ("refresh_token", account.get(REFRESH_TOKEN)?.to_owned())];
    let basic = encode::basic(account.get(CLIENT_ID)?, account.get(CLIENT_SECRET)?);
    let request = Request::post(&LOGIN, "/oauth2/token").header("Authorization", basic).form(form);
    Ok(Login { request: Box::new(request), scheme: "Bearer", rotates: true })
}

fn account(ctx: &StepContext<'_>) -> Result<String, Fault> {
    Ok(format!("/1.0/accounts/{}", segment(&ctx.account.found.text(ACCOUNT)?)))
}

fn members(ctx: &StepContext<'_>, list: &str) -> Result<String, Fault> {
    Ok(format!("{}/lists/{}/subscribers", account(ctx)?, segment(list)))
}

fn member(ctx: &StepContext<'_>, list: &str, id: &str) -> Result<String, Fault> {
    Ok(format!("{}/{}", members(ctx, list)?, segment(id)))
}

fn find(ctx: &StepContext<'_>, list: &str) -> Result<Request, Fault> {
    let request = Request::get(&HOST, members(ctx, list)?).query("ws.op", "find");
    Ok(request.query("email", ctx.person()?.email.as_str()))
}

fn subscriber_key(list: &str) -> String {
    format!("subscriber:{list}")
}

/// Known: the tags that were written.
fn written_key(list: &str) -> String {
    format!("written:{list}")
}

fn subscriber(known: &Known, list: &str) -> Option<String> {
    known.maybe(&subscriber_key(list))
}

fn name(person: &Person) -> Option<String> {
    Some(person.full_name()?.chars().take(NAME_MAX).collect())
}

fn tags(person: &Person) -> Value {
    json!({"add": person.tags, "remove": person.untags})
}

fn update(person: &Person) -> Value {
    let mut body = json!({"tags": tags(person)});
    if let Some(name) = name(person) {
        body["name"] = json!(name);
    }
    body
}

/// `update_existing` is a text. It makes a repeated call harmless, and appends the tags.
fn addition(person: &Person) -> Value {
    let mut body = json!({"email": person.email, "tags": person.tags, "update_existing": "true"});
    if let Some(name) = name(person) {
        body["name"] = json!(name);
    }
    body
}

/// The entry of exactly this email: the search may find similar ones.
fn entry<'a>(email: &str, body: &'a Value) -> Result<Option<&'a Value>, Fault> {
    if !body.get("entries").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no entries in it"));
    }
    Ok(rows(body, "/entries").find(|row| text(row, "/email").is_some_and(|own| own.to_lowercase() == email)))
}

fn checked(body: &Value) -> Result<Parsed, Fault> {
    let id = need(body, "/entries/0/id")?;
    let name = text(body, "/entries/0/company").unwrap_or_else(|| format!("Account {id}"));
    Ok(Parsed::learned(Known::new().with("account", name).with(ACCOUNT, id)))
}

fn lists(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let found = rows(body, "/entries").filter_map(|row| choice(row, "/id", "/name"));
    let read = ctx.known.number(READ).unwrap_or_default() + PAGE;
    let learned = Known::new().with_choices(ctx.known, found).with(READ, read);
    match text(body, "/next_collection_link") {
        Some(_) => Parsed::again(Duration::ZERO, learned),
        None => Parsed::learned(learned),
    }
}

fn consent(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let Some(entry) = entry(&ctx.person()?.email, body)? else { return Ok(Parsed::done()) };
    if need(entry, "/status")? == "unsubscribed" && ctx.person()?.is_approved() {
        let why = "They unsubscribed from the list in AWeber. We skipped them: only they can resubscribe.";
        return Ok(Parsed::leave_alone(why));
    }
    let learned = Known::new().with(subscriber_key(&ctx.step.about), need(entry, "/id")?);
    Ok(Parsed::learned(learned.noting_name(ctx.person()?, &ctx.step.about, &ContactName::full(entry, "/name"))))
}

fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let written = ctx.known.get(&written_key(&ctx.step.about)).and_then(Value::as_array).cloned().unwrap_or_default();
    if let Some(entry) = entry(&ctx.person()?.email, body)? {
        // AWeber may change the case of a tag.
        let has: Vec<String> = rows(entry, "/tags").filter_map(Value::as_str).map(str::to_lowercase).collect();
        if written.iter().filter_map(Value::as_str).all(|tag| has.contains(&tag.to_lowercase())) {
            return Ok(Parsed::learned(Known::new().with("contact", need(entry, "/id")?)));
        }
    }
    poll(
        ctx.polls,
        "AWeber accepted the subscriber, but the list doesn\u{2019}t show all tags. Check it, then re-sync.",
    )
}

/// Where the person is subscribed. Only paths below the connected account count.
fn located(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if !body.get("entries").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no entries in it"));
    }
    let (email, start) = (&ctx.person()?.email, format!("{}/lists/", account(ctx)?));
    let paths: Vec<String> = rows(body, "/entries")
        .filter(|row| text(row, "/email").is_some_and(|own| own.to_lowercase() == *email))
        .filter_map(|row| text(row, "/self_link")?.strip_prefix(HOST.url.as_ref()).map(str::to_owned))
        .filter(|path| path.starts_with(&start) && !path.contains(['?', '#', ' ']) && !path.contains(".."))
        .collect();
    Ok(Parsed::learned(Known::new().with(FOUND, paths)))
}

fn found(known: &Known) -> Vec<String> {
    let all = known.get(FOUND).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|path| path.as_str().map(str::to_owned)).collect()
}

fn deleted(known: &Known) -> usize {
    known.number(DELETED).and_then(|deleted| usize::try_from(deleted).ok()).unwrap_or_default()
}

fn forgotten(ctx: &StepContext<'_>) -> Parsed {
    let deleted = deleted(ctx.known) + 1;
    let learned = Known::new().with(DELETED, deleted);
    if deleted < found(ctx.known).len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

/// The statuses that mean something else here than usual.
fn fault(ctx: &StepContext<'_>, answer: &Answer) -> Result<(), Fault> {
    let body = answer.any_json();
    let message = text(&body, "/error/message").unwrap_or_else(|| answer.message());
    match (answer.status, ctx.step.action) {
        (403, _) if message.to_lowercase().contains("rate limit") => {
            Err(Fault::busy(Some(MINUTE), "the rate limit was reached"))
        }
        (403, _) => Err(Fault::rights(format!("AWeber refused the call: \u{201c}{message}\u{201d}"))),
        (405, Action::Forget) => Err(Fault::refused(
            "not_confirmed_there",
            "AWeber deletes only confirmed subscribers. Delete this one in AWeber.",
        )),
        (404, Action::Consent | Action::Join) => Err(Fault::settings(
            "list_missing",
            "The list no longer exists. Choose another one in the connection\u{2019}s settings.",
        )),
        (400, Action::Join) => {
            Err(Fault::refused("invalid_email", format!("AWeber didn\u{2019}t accept this subscriber: {message}")))
        }
        _ => Ok(()),
    }
}
