//! Connector for MailerLite, the new API (developers.mailerlite.com). Groups serve as lists and as tags, so one call
//! writes everything. Creating a group isn't idempotent: all are read first, by one sync at a time, and of duplicates
//! the oldest is used.

mod descriptor;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Fault, Host, Known, Parsed, Person, Request, Step,
    StepContext, StepRequest, Task,
    encode::segment,
    read::{choice, need, poll, rows, text},
};

pub static CONNECTOR: MailerLite = MailerLite;

#[derive(Debug)]
pub struct MailerLite;

const HOST: Host = Host::fixed("MAILERLITE", "https://connect.mailerlite.com");
const PAGE: &str = "100";
/// Set once the subscriber was written.
const SAVED: &str = "saved";

impl Connector for MailerLite {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(person) => sync(person),
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let request = match ctx.step.action {
            Action::Check | Action::Lists | Action::Tags => groups(ctx),
            Action::Find | Action::Consent => {
                Request::get(&HOST, format!("/api/subscribers/{}", segment(&ctx.person()?.email)))
            }
            // The person may have changed since the plan was made; the next sync handles it.
            _ if is_outdated(ctx) => return Ok(StepRequest::Nothing("no longer needed")),
            Action::Save => Request::post(&HOST, "/api/subscribers").json(subscriber(ctx)?),
            // Only a person who left may be missing here: everyone else was saved.
            _ if known.maybe("contact").is_none() && !saves(ctx) => {
                return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist"));
            }
            Action::MakeTag if known.flag(&looking_key(about)) => groups(ctx).query("filter[name]", about),
            Action::MakeTag if known.maybe(&group_key(about)).is_some() => {
                return Ok(StepRequest::Nothing("the group already exists"));
            }
            Action::MakeTag => Request::post(&HOST, "/api/groups").json(json!({"name": about})),
            Action::Tag => Request::post(&HOST, membership(ctx, &known.text(&group_key(about))?)?),
            Action::Untag => match known.maybe(&group_key(about)) {
                Some(group) if is_chosen(ctx.person()?, &group) => {
                    return Ok(StepRequest::Nothing("they should stay in the chosen group"));
                }
                Some(group) => Request::delete(&HOST, membership(ctx, &group)?),
                None => return Ok(StepRequest::Nothing("the group doesn\u{2019}t exist")),
            },
            Action::Confirm => Request::get(&HOST, format!("/api/subscribers/{}", segment(&known.text("contact")?))),
            Action::Forget => {
                Request::post(&HOST, format!("/api/subscribers/{}/forget", segment(&known.text("contact")?)))
            }
            Action::Move | Action::Join | Action::FindTag | Action::Event => return Err(Fault::unplanned(ctx.step)),
        };
        let key = ctx.account.get("apiKey")?;
        // MailerLite requires both on every call (developers.mailerlite.com, Getting started).
        let request = request.header("Accept", "application/json").header("Content-Type", "application/json");
        Ok(request.header("Authorization", format!("Bearer {key}")).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        if action == Action::Untag && matches!(answer.status, 404 | 405) {
            // They aren't in the group, or can't be removed from it: either way the confirmation shouldn't wait for it.
            return Ok(Parsed::learned(Known::new().with(kept_key(about), true)));
        }
        let absent = matches!(action, Action::Find | Action::Consent | Action::Forget) && answer.status == 404;
        if absent {
            return Ok(Parsed::done());
        }
        if action == Action::MakeTag && answer.status == 422 && !ctx.known.flag(&looking_key(about)) {
            // Someone created it in the meantime.
            return Ok(Parsed::again(Duration::ZERO, Known::new().with(looking_key(about), true)));
        }
        let body = read(ctx, answer)?;
        match action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", account(&body)))),
            Action::Lists | Action::Tags if !matches!(ctx.task, Task::Sync(_)) => Ok(picker(ctx, &body)),
            Action::Tags => known_groups(ctx, &body),
            Action::Find => Ok(Parsed::learned(Known::new().with("contact", need(&body, "/data/id")?))),
            Action::Consent => consent(ctx.person()?, &body),
            Action::MakeTag if ctx.known.flag(&looking_key(about)) => made(ctx, &body),
            Action::MakeTag => {
                // The search that follows finds it even if this response doesn't show it.
                let learned = Known::new().with(group_key(about), text(&body, "/data/id"));
                Ok(Parsed::again(Duration::ZERO, learned.with(looking_key(about), true)))
            }
            Action::Save => {
                Ok(Parsed::learned(Known::new().with("contact", need(&body, "/data/id")?).with(SAVED, true)))
            }
            Action::Confirm => confirm(ctx, &body),
            _ => Ok(Parsed::done()),
        }
    }
}

/// Plans a sync. A person who left is written group by group, which never touches their status.
fn sync(person: &Person) -> Vec<Step> {
    let each =
        |action: Action, tags: &[String]| -> Vec<Step> { tags.iter().map(|tag| Step::about(action, tag)).collect() };
    let make: Vec<Step> =
        each(Action::MakeTag, &person.tags).into_iter().map(|step| step.creates([Step::new(Action::Tags)])).collect();
    let (first, write) = if person.is_approved() {
        (Action::Consent, vec![Step::new(Action::Save).depends_on([Step::new(Action::Consent)])])
    } else {
        (Action::Find, each(Action::Tag, &person.tags))
    };
    let start = vec![Step::new(first), Step::new(Action::Tags)];
    [start, make, write, each(Action::Untag, &person.untags), vec![Step::new(Action::Confirm)]].concat()
}

/// Whether the person's status or tags have changed since the step was planned.
fn is_outdated(ctx: &StepContext<'_>) -> bool {
    let Task::Sync(person) = ctx.task else { return false };
    match ctx.step.action {
        Action::Save => !person.is_approved(),
        Action::MakeTag | Action::Tag => !person.tags.contains(&ctx.step.about),
        Action::Untag => !person.untags.contains(&ctx.step.about),
        Action::Confirm => person.is_approved() != ctx.known.flag(SAVED),
        _ => false,
    }
}

/// Whether the task creates a person who doesn't exist yet.
fn saves(ctx: &StepContext<'_>) -> bool {
    matches!(ctx.task, Task::Sync(person) if person.is_approved())
}

fn group_key(name: &str) -> String {
    format!("group:{name}")
}

/// Set while we search for a group that was just created.
fn looking_key(name: &str) -> String {
    format!("looking:{name}")
}

/// Set if a group couldn't be removed.
fn kept_key(name: &str) -> String {
    format!("kept:{name}")
}

fn page_key(ctx: &StepContext<'_>) -> String {
    format!("page:{}", ctx.step.about)
}

fn page(ctx: &StepContext<'_>) -> u64 {
    ctx.known.number(&page_key(ctx)).unwrap_or(1)
}

fn groups(ctx: &StepContext<'_>) -> Request {
    Request::get(&HOST, "/api/groups").query("limit", PAGE).query("page", page(ctx).to_string())
}

/// Requests the next page, or ends the step.
fn paged(ctx: &StepContext<'_>, body: &Value, learned: Known) -> Parsed {
    let last = body.pointer("/meta/last_page").and_then(Value::as_u64).unwrap_or(1);
    if page(ctx) < last {
        return Parsed::again(Duration::ZERO, learned.with(page_key(ctx), page(ctx) + 1));
    }
    Parsed::learned(learned)
}

fn picker(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let found = rows(body, "/data").filter_map(|row| choice(row, "/id", "/name"));
    paged(ctx, body, Known::new().with_choices(ctx.known, found))
}

fn membership(ctx: &StepContext<'_>, group: &str) -> Result<String, Fault> {
    Ok(format!("/api/subscribers/{}/groups/{}", segment(&ctx.known.text("contact")?), segment(group)))
}

fn subscriber(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let person = ctx.person()?;
    let mut subscriber = json!({"email": person.email, "groups": requested(ctx)?});
    let mut fields = Map::new();
    for (field, value) in [("name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value {
            fields.insert(field.to_owned(), json!(value));
        }
    }
    if !fields.is_empty() {
        subscriber["fields"] = Value::Object(fields);
    }
    if ctx.known.maybe("contact").is_none() {
        subscriber["status"] = json!(if person.consent.is_some() { "active" } else { "unconfirmed" });
        if let Some(consent) = &person.consent {
            // `2026-11-20 08:30:00`.
            let at: String = consent.at.to_string().replace('T', " ").chars().take(19).collect();
            subscriber["opted_in_at"] = json!(at);
        }
    }
    Ok(subscriber)
}

/// The ids of all groups that the person should be in. A tag that was added after the plan was made has none yet.
fn requested(ctx: &StepContext<'_>) -> Result<Vec<String>, Fault> {
    let person = ctx.person()?;
    let lists = person.lists.iter().map(|list| list.id.clone());
    Ok(lists.chain(person.tags.iter().filter_map(|tag| ctx.known.maybe(&group_key(tag)))).collect())
}

/// Whether the group is one that the brand has chosen. It may have been one of their tags before.
fn is_chosen(person: &Person, group: &str) -> bool {
    person.lists.iter().any(|list| list.id == group)
}

/// Of two groups with the same name, the older: ids increase, and are numbers of different lengths.
fn older(one: Option<String>, other: Option<String>) -> Option<String> {
    [one, other].into_iter().flatten().min_by_key(|id| (id.len(), id.clone()))
}

/// Which of the requested groups are on this page. After the last page, checks that the chosen one was found.
fn known_groups(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let person = ctx.person()?;
    let mut learned = Known::new();
    for group in rows(body, "/data").filter_map(|row| choice(row, "/id", "/name")) {
        let key = group_key(&group.name);
        if person.tags.contains(&group.name) || person.untags.contains(&group.name) {
            let before = older(learned.maybe(&key), ctx.known.maybe(&key));
            learned = learned.with(key, older(before, Some(group.id.clone())));
        }
        if person.lists.iter().any(|list| list.id == group.id) {
            learned = learned.with(format!("list:{}", group.id), true);
        }
    }
    let parsed = paged(ctx, body, learned);
    let seen = |id: &str| [ctx.known, &parsed.learned].iter().any(|known| known.flag(&format!("list:{id}")));
    if parsed.then == crate::Then::Done && !person.lists.iter().all(|list| seen(&list.id)) {
        return Err(list_missing());
    }
    Ok(parsed)
}

/// The group that was created, or an older one that was created in the meantime.
fn made(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let name = &ctx.step.about;
    let found = rows(body, "/data").filter_map(|row| choice(row, "/id", "/name")).filter(|group| group.name == *name);
    let Some(oldest) = found.map(|group| Some(group.id)).fold(ctx.known.maybe(&group_key(name)), older) else {
        return Err(Fault::refused("tag_refused", format!("MailerLite couldn\u{2019}t create the group {name}.")));
    };
    let parsed = paged(ctx, body, Known::new().with(group_key(name), oldest));
    let looking = parsed.then != crate::Then::Done;
    Ok(Parsed { learned: parsed.learned.with(looking_key(name), looking), ..parsed })
}

fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    Ok(match need(body, "/data/status")?.as_str() {
        "unsubscribed" => {
            Parsed::leave_alone("They unsubscribed in MailerLite. We skipped them: only they can resubscribe.")
        }
        status @ ("bounced" | "junk") => Parsed::leave_alone(format!(
            "MailerLite lists them as {status}, which counts as unsubscribed. We skipped them."
        )),
        _ => {
            let name = ContactName::parts(body, "/data/fields/name", "/data/fields/last_name");
            Parsed::learned(Known::new().with("contact", need(body, "/data/id")?).noting_name(person, "", &name))
        }
    })
}

/// Checks the groups that were read back. A response without groups doesn't contradict the response to the write.
fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let Some(groups) = body.pointer("/data/groups").and_then(Value::as_array) else { return Ok(Parsed::done()) };
    let has: Vec<String> = groups.iter().filter_map(|group| text(group, "/id")).collect();
    let person = ctx.person()?;
    let taken = person.untags.iter().filter(|tag| !ctx.known.flag(&kept_key(tag)));
    let lost = taken.filter_map(|tag| ctx.known.maybe(&group_key(tag))).filter(|group| !is_chosen(person, group));
    let lost: Vec<String> = lost.collect();
    let requested = requested(ctx)?;
    if requested.iter().all(|group| has.contains(group)) && !lost.iter().any(|group| has.contains(group)) {
        return Ok(Parsed::done());
    }
    poll(ctx.polls, "MailerLite accepted the subscriber, but doesn\u{2019}t show every group. Check it, then re-sync.")
}

fn list_missing() -> Fault {
    let message = "The group no longer exists, or the token belongs to another account. Choose another group in the \
                   connection\u{2019}s settings.";
    Fault::settings("list_missing", message)
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = match ctx.step.action {
        Action::Untag | Action::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| {
        let body = answer.any_json();
        let about = |field: &str| {
            let errors = body.pointer("/errors").and_then(Value::as_object).into_iter().flatten();
            answer.status == 422 && errors.into_iter().any(|(name, _)| name.split('.').next() == Some(field))
        };
        match (answer.status, ctx.step.action) {
            (401, _) => Fault::credentials(
                "MailerLite rejected the token. Generate a new one under Integrations \u{2192} MailerLite API. A token \
                 stops working when the user who created it is removed.",
            ),
            (403, _) => Fault::rights(format!(
                "MailerLite doesn\u{2019}t allow this with your token or plan ({}).",
                fault.message
            )),
            (422, Action::Save) if about("groups") => list_missing(),
            (422, Action::Save) if about("email") => Fault::refused(
                "invalid_email",
                format!("MailerLite didn\u{2019}t accept this subscriber ({}).", fault.message),
            ),
            _ => fault,
        }
    })
}

/// The account's display name: the API has no account name, so group names identify it.
fn account(body: &Value) -> String {
    let names: Vec<String> = rows(body, "/data").filter_map(|row| text(row, "/name")).take(3).collect();
    if names.is_empty() { "no groups yet".to_owned() } else { format!("groups: {}", names.join(", ")) }
}
