//! Connector for Sendlane, API version 2 (sendlane.stoplight.io/docs/api-documentation). Adding someone to a list is
//! accepted first and done later, so every change is read back. Where the documentation is silent (searching by a query
//! parameter, the response for unknown people, adding again as the only update), this follows WP Fusion, a plugin that
//! uses this API.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    encode::segment,
    read::{choice, need, poll, rows, text},
};

mod descriptor;

pub static CONNECTOR: Sendlane = Sendlane;

#[derive(Debug)]
pub struct Sendlane;

const HOST: Host = Host::fixed("SENDLANE", "https://api.sendlane.com");
/// The page size that the documentation names as the default.
const PAGE: &str = "100";
/// How often someone who left and isn't there is searched for again.
const NEW_POLLS_MAX: u32 = 3;
/// Our custom field.
const STATUS: &str = "rekomi_status";
/// Known: the id of our custom field.
const FIELD: &str = "field";
/// Known: the contact's names and lists as Sendlane shows them, and which of our tags they have.
const NAMES: &str = "names";
const LISTS: &str = "lists";
const HAS: &str = "has";
/// Known: whether the contact is unsubscribed.
const OUT: &str = "out";
/// Known: what this sync has added and removed.
const JOINED: &str = "joined";
const GIVEN: &str = "given";
const TAKEN: &str = "taken";

const ALONE: &str = "They unsubscribed in Sendlane, or never agreed to emails there. We skipped them: only they can \
                     subscribe.";
const LATE: &str = "Sendlane accepted the change, but it wasn\u{2019}t there nine minutes later. If the list uses \
                    double opt-in, they have to confirm first. Check the contact there, then re-sync.";

impl Connector for Sendlane {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(person) => sync(person),
            Task::Forget(_) => [Action::Find, Action::Forget].map(Step::new).to_vec(),
            Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        if let Some(why) = skipped(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let request = match ctx.step.action {
            Action::Check | Action::Lists => page(known, "/v2/lists"),
            Action::Tags => page(known, "/v2/tags"),
            Action::Find if !about.is_empty() => page(known, "/v2/custom-fields"),
            Action::Find | Action::Consent | Action::Confirm => {
                Request::get(&HOST, "/v2/contacts/search").query("email", ctx.person()?.email.as_str())
            }
            Action::MakeTag => Request::post(&HOST, "/v2/tags").json(json!({"name": about})),
            Action::Save if !about.is_empty() => Request::post(&HOST, "/v2/custom-fields").json(json!({"name": about})),
            Action::Join => Request::post(&HOST, format!("/v2/lists/{}/contacts", segment(about)))
                .json(json!({"contacts": [member(ctx.person()?, known)]})),
            Action::Tag => Request::post(&HOST, of_contact(known, "/tags")?)
                .json(json!({"tag_ids": lacking(ctx.person()?, known)})),
            Action::Untag => {
                let tag = segment(&known.text(&tag_key(about))?);
                Request::delete(&HOST, of_contact(known, &format!("/tags/{tag}"))?)
            }
            Action::Save => Request::post(&HOST, of_contact(known, "/custom-fields")?)
                .json(json!({"custom_fields": values(ctx.person()?, known)})),
            Action::Forget => Request::delete(&HOST, of_contact(known, "")?),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let request = request.header("Authorization", format!("Bearer {}", ctx.account.get("apiToken")?));
        Ok(request.header("Accept", "application/json").into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        match (ctx.step.action, answer.status) {
            (Action::Confirm, 404 | 422) if is_unknown(answer) => return poll(ctx.polls, LATE),
            (Action::Consent, 404 | 422) if is_unknown(answer) && may_be_new(ctx) => {
                return Ok(Parsed::again(Duration::from_secs(1 << ctx.polls), Known::new()));
            }
            (Action::Find | Action::Consent, 404 | 422) if about.is_empty() && is_unknown(answer) => {
                return Ok(Parsed::done());
            }
            (Action::Untag | Action::Forget, 404) => return Ok(Parsed::done()),
            // The kinds of custom fields aren't documented. Without the field, the status isn't written.
            (Action::Save, 400 | 404 | 405 | 422) if !about.is_empty() => return Ok(Parsed::done()),
            _ => {}
        }
        let body = match ctx.step.action {
            Action::Untag | Action::Forget => answer.json_or_nothing(),
            _ => answer.json(),
        };
        let body = body.map_err(|fault| explained(ctx, fault))?;
        Ok(match ctx.step.action {
            Action::Check => Parsed::learned(Known::new().with("account", account(&body))),
            Action::Lists => {
                let list = |row| choice(row, "/id", "/name").or_else(|| choice(row, "/id", "/list_name"));
                next(ctx, &body, Known::new().with_choices(ctx.known, rows(&body, "/data").filter_map(list)))
            }
            Action::Tags => tags(ctx, &body),
            Action::Find if !about.is_empty() => {
                let found = rows(&body, "/data").find(|row| text(row, "/name").as_deref() == Some(about));
                let id = found.and_then(|row| text(row, "/id"));
                next(ctx, &body, id.map_or_else(Known::new, |id| Known::new().with(FIELD, id)))
            }
            Action::Find | Action::Consent => consent(ctx, &body)?,
            Action::MakeTag => Parsed::learned(Known::new().with(tag_key(about), need(&body, "/data/id")?)),
            // One field, or a list with it.
            Action::Save if !about.is_empty() => {
                let id = need(&body, "/data/id").or_else(|_| need(&body, "/data/0/id"))?;
                Parsed::learned(Known::new().with(FIELD, id))
            }
            Action::Join => joined(ctx, about)?,
            Action::Tag => Parsed::learned(Known::new().with(GIVEN, ctx.person()?.tags.clone())),
            Action::Untag => Parsed::learned(Known::new().with(TAKEN, with(ctx.known, TAKEN, about))),
            Action::Confirm => confirm(ctx, &body)?,
            _ => Parsed::done(),
        })
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let (look, tags, find) = (Step::new(Action::Consent), Step::new(Action::Tags), Step::about(Action::Find, STATUS));
    let of = |action: Action, all: &[String]| all.iter().map(|one| Step::about(action, one)).collect::<Vec<_>>();
    let mut steps = vec![look.clone(), tags.clone()];
    steps.extend(
        of(Action::MakeTag, &person.tags)
            .into_iter()
            .map(|step| step.depends_on([tags.clone()]).creates([tags.clone()])),
    );
    steps.extend([find.clone(), Step::about(Action::Save, STATUS).depends_on([find.clone()]).creates([find])]);
    let lists: Vec<String> = person.lists.iter().map(|list| list.id.clone()).collect();
    steps.extend(of(Action::Join, &lists).into_iter().map(|step| step.depends_on([look.clone()])));
    steps.push(Step::new(Action::Tag));
    steps.extend(of(Action::Untag, &person.untags));
    steps.extend([Action::Save, Action::Confirm].map(Step::new));
    steps
}

/// Why a step of a sync isn't needed: the person may have changed since it was planned. No one is added just to be
/// marked as gone.
fn skipped(ctx: &StepContext<'_>) -> Option<&'static str> {
    let (known, about) = (ctx.known, ctx.step.about.as_str());
    let is_there = known.get("contact").is_some();
    let person = match ctx.task {
        Task::Forget(_) if ctx.step.action == Action::Forget && !is_there => {
            return Some("the contact doesn\u{2019}t exist");
        }
        Task::Sync(person) => person,
        _ => return None,
    };
    let is_on_list = || holds(known, LISTS, about) && has_names(person, known);
    match ctx.step.action {
        Action::Consent => None,
        _ if !person.is_approved() && !is_there => Some("the contact doesn\u{2019}t exist"),
        _ if person.is_approved() && known.flag(OUT) => Some("they unsubscribed in Sendlane"),
        Action::MakeTag if !person.tags.iter().any(|tag| tag == about) => Some("they should no longer have this tag"),
        Action::MakeTag if known.get(&tag_key(about)).is_some() => Some("the tag already exists"),
        Action::Save if !about.is_empty() && known.get(FIELD).is_some() => Some("the custom field already exists"),
        Action::Join if person.lists.iter().all(|list| list.id != about) => {
            Some("they should no longer be on the list")
        }
        Action::Join if is_there && is_on_list() => Some("they\u{2019}re already on the list"),
        Action::Tag | Action::Untag if !is_there => Some("new contacts get their tags with the list"),
        Action::Tag if lacking(person, known).is_empty() => Some("they already have the tags"),
        Action::Untag if !person.untags.iter().any(|tag| tag == about) => Some("they should keep this tag"),
        Action::Untag if known.get(&tag_key(about)).is_none() => Some("the tag doesn\u{2019}t exist"),
        Action::Untag if known.get(HAS).is_some() && !holds(known, HAS, about) => {
            Some("they don\u{2019}t have the tag")
        }
        Action::Save if about.is_empty() && (!is_there || known.get(FIELD).is_none()) => {
            Some("new contacts get it with the list, and there may be no such field")
        }
        Action::Confirm if [JOINED, GIVEN, TAKEN].iter().all(|name| known.get(name).is_none()) => {
            Some("nothing has changed")
        }
        _ => None,
    }
}

/// Requests the page after the one that was read last.
fn page(known: &Known, path: &str) -> Request {
    Request::get(&HOST, path).query("limit", PAGE).query("page", known.number("page").unwrap_or(1).to_string())
}

fn next(ctx: &StepContext<'_>, body: &Value, learned: Known) -> Parsed {
    if text(body, "/links/next").is_none() {
        return Parsed::learned(learned.with("page", 1));
    }
    Parsed::again(Duration::ZERO, learned.with("page", ctx.known.number("page").unwrap_or(1) + 1))
}

fn of_contact(known: &Known, below: &str) -> Result<String, Fault> {
    Ok(format!("/v2/contacts/{}{below}", segment(&known.text("contact")?)))
}

/// Known: the id of a tag, by its name. Sendlane may keep another spelling of the same tag.
fn tag_key(name: &str) -> String {
    format!("tag:{}", name.to_lowercase())
}

/// An id as Sendlane expects it: a number.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |number| json!(number))
}

fn remembered<'a>(known: &'a Known, name: &str) -> impl Iterator<Item = &'a str> {
    known.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn holds(known: &Known, name: &str, one: &str) -> bool {
    remembered(known, name).any(|other| other == one)
}

fn with(known: &Known, name: &str, one: &str) -> Vec<String> {
    remembered(known, name).chain([one]).map(str::to_owned).collect()
}

fn ids(person: &Person, known: &Known) -> Vec<Value> {
    person.tags.iter().filter_map(|tag| known.maybe(&tag_key(tag))).map(|id| number(&id)).collect()
}

/// The ids of the tags that the contact lacks. Tags that were missing when the sync was planned are left to the next.
fn lacking(person: &Person, known: &Known) -> Vec<Value> {
    let has = person.tags.iter().all(|tag| holds(known, HAS, tag));
    if has { Vec::new() } else { ids(person, known) }
}

/// Whether the contact has the names that we know.
fn has_names(person: &Person, known: &Known) -> bool {
    let shown = |at: usize| known.get(NAMES).and_then(|names| names.get(at)).and_then(Value::as_str);
    let names = [&person.first_name, &person.last_name];
    names.iter().enumerate().all(|(at, name)| name.is_none() || name.as_deref() == shown(at))
}

fn values(person: &Person, known: &Known) -> Vec<Value> {
    let value = |id: String| json!({"id": number(&id), "value": person.affiliate_status.as_str()});
    known.maybe(FIELD).map(value).into_iter().collect()
}

/// A list's new member. Consent, tags and status only go with people who aren't in Sendlane yet.
fn member(person: &Person, known: &Known) -> Value {
    let mut member = json!({"email": person.email});
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value {
            member[field] = json!(value);
        }
    }
    if known.get("contact").is_none() {
        member["email_consent"] = json!(person.consent.is_some());
        for (field, all) in [("tag_ids", ids(person, known)), ("custom_fields", values(person, known))] {
            if !all.is_empty() {
                member[field] = json!(all);
            }
        }
    }
    member
}

/// The account's display name: the API shows none, so list names identify it.
fn account(body: &Value) -> String {
    let name = |row: &Value| text(row, "/name").or_else(|| text(row, "/list_name"));
    let names: Vec<String> = rows(body, "/data").filter_map(name).take(3).collect();
    if names.is_empty() { "no lists yet".to_owned() } else { format!("lists: {}", names.join(", ")) }
}

/// The tags for the picker, or the ids of ours.
fn tags(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let found = rows(body, "/data").filter_map(|row| choice(row, "/id", "/name"));
    let Task::Sync(person) = ctx.task else {
        return next(ctx, body, Known::new().with_choices(ctx.known, found));
    };
    let ours = |name: &str| person.tags.iter().chain(&person.untags).any(|tag| tag_key(tag) == tag_key(name));
    let found = found.filter(|tag| ours(&tag.name));
    next(ctx, body, found.fold(Known::new(), |known, tag| known.with(tag_key(&tag.name), tag.id)))
}

/// Sendlane refuses to search for people that it doesn't have: "The selected email is invalid."
fn is_unknown(answer: &Answer) -> bool {
    answer.status == 404 || answer.message().contains("selected email")
}

/// Someone who leaves right after they were added may not be visible yet: they are searched for a little longer.
fn may_be_new(ctx: &StepContext<'_>) -> bool {
    let left = |person: &Person| !person.is_approved() && !person.used_lists.is_empty();
    ctx.polls < NEW_POLLS_MAX && ctx.person().is_ok_and(left)
}

fn consent(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let found = body.get("data").ok_or_else(|| Fault::unreadable("no data in it"))?;
    if text(found, "/id").is_none() && (found.is_null() || found.as_array().is_some_and(Vec::is_empty)) {
        return Ok(Parsed::done());
    }
    let is = |name: &str| found.get(name).and_then(Value::as_bool);
    let out = is("subscribed") == Some(false) || is("suppressed") == Some(true);
    let person = ctx.person()?;
    if out && person.is_approved() && matches!(ctx.task, Task::Sync(_)) {
        return Ok(Parsed::leave_alone(ALONE));
    }
    let lists: Vec<String> = rows(found, "/lists").filter_map(|row| text(row, "/id")).collect();
    let names = json!([text(found, "/first_name"), text(found, "/last_name")]);
    let mut learned = Known::new().with("contact", need(found, "/id")?).with(OUT, out);
    let name = ContactName::parts(found, "/first_name", "/last_name");
    learned = learned.with(LISTS, lists).with(NAMES, names).noting_name(person, "", &name);
    if found.get("tags").is_some_and(Value::is_array) {
        let ours = person.tags.iter().chain(&person.untags).filter(|tag| is_tagged(found, tag));
        learned = learned.with(HAS, ours.cloned().collect::<Vec<_>>());
    }
    Ok(Parsed::learned(learned))
}

fn is_tagged(contact: &Value, tag: &str) -> bool {
    rows(contact, "/tags").filter_map(|row| text(row, "/name")).any(|name| tag_key(&name) == tag_key(tag))
}

fn joined(ctx: &StepContext<'_>, list: &str) -> Result<Parsed, Fault> {
    let learned = Known::new().with(JOINED, with(ctx.known, JOINED, list));
    let is_new = ctx.known.get("contact").is_none();
    Ok(Parsed::learned(if is_new { learned.with(GIVEN, ctx.person()?.tags.clone()) } else { learned }))
}

/// Confirms what this sync added and removed, as far as the response shows lists and tags.
fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let found = body.get("data").ok_or_else(|| Fault::unreadable("no data in it"))?;
    let shown = |name: &str| found.get(name).is_some_and(Value::is_array);
    let is_on = |list: &str| rows(found, "/lists").any(|row| text(row, "/id").as_deref() == Some(list));
    let lists = !shown("lists") || remembered(ctx.known, JOINED).all(is_on);
    let given = remembered(ctx.known, GIVEN).all(|tag| is_tagged(found, tag));
    let taken = !remembered(ctx.known, TAKEN).any(|tag| is_tagged(found, tag));
    let is_there = text(found, "/id").is_some();
    if is_there && lists && (!shown("tags") || given && taken) { Ok(Parsed::done()) } else { poll(ctx.polls, LATE) }
}

fn explained(ctx: &StepContext<'_>, fault: Fault) -> Fault {
    match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => {
            Fault::credentials("Sendlane rejected the token. Create a new v2 token under Account \u{2192} API.")
        }
        (FaultKind::Rights, _) => Fault::rights(format!(
            "Sendlane doesn\u{2019}t allow this ({}), or blocks the account for a while after many errors.",
            fault.message
        )),
        (FaultKind::Refused, Action::Join) if fault.code == "not_found" => Fault::settings(
            "list_missing",
            "The list no longer exists in Sendlane. Choose another one in the connection\u{2019}s settings.",
        ),
        (FaultKind::Refused, Action::Join | Action::Consent) => {
            Fault::refused("invalid_email", format!("Sendlane didn\u{2019}t accept this contact ({}).", fault.message))
        }
        (FaultKind::Refused, Action::MakeTag | Action::Tag | Action::Untag) => {
            Fault::refused("tag_refused", format!("Sendlane didn\u{2019}t accept the tags ({}).", fault.message))
        }
        _ => fault,
    }
}
