//! Connector for Ortto, API version 1 (help.ortto.com/a-250-api-reference). Every call is a POST or PUT to a verb, one
//! call writes a person with their tags, and a person whose email permission isn't named is assumed to be subscribed.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    read::{need, poll, rows, text},
};

mod descriptor;

pub static CONNECTOR: Ortto = Ortto;

#[derive(Debug)]
pub struct Ortto;

/// The regions of instances, in the order in which the test call tries them ("Create or update one or more people").
const REGIONS: [&str; 3] = ["us", "au", "eu"];
const REGION: &str = "region";
/// The name of our custom field, and known: its id.
const STATUS: &str = "rekomi_status";
const FIELD: &str = "field";
/// Fields of a person.
const EMAIL: &str = "str::email";
const FIRST: &str = "str::first";
const LAST: &str = "str::last";
/// The email permission, and the reason for taking it away.
const PERMISSION: &str = "bol::p";
const REASON: &str = "str::u-ctx";
/// The reason that we give for people who gave no consent. It tells them from those who unsubscribed.
const QUIET: &str = "Added by Rekomi without consent to emails";
/// Known: the person has no email permission, and it wasn't for that reason.
const NO_PERMISSION: &str = "no_permission";
const OUT: &str = "out";
/// Known: which tags this sync wrote.
const GIVEN: &str = "given";
const TAKEN: &str = "taken";
/// The first part of a deletion: only archived people can be deleted.
const ARCHIVE: &str = "archive";

const LATE: &str = "Ortto accepted the change, but it wasn\u{2019}t there nine minutes later. Check the person there, \
                    then re-sync.";

impl Connector for Ortto {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => REGIONS.iter().map(|region| Step::about(Action::Check, *region)).collect(),
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(_) => {
                let (look, find) = (Step::new(Action::Consent), Step::about(Action::Find, STATUS));
                let field = Step::about(Action::Save, STATUS).depends_on([find.clone()]).creates([find.clone()]);
                let save = Step::new(Action::Save).depends_on([look.clone()]);
                vec![look, find, field, save, Step::new(Action::Confirm)]
            }
            Task::Forget(_) => {
                vec![Step::new(Action::Find), Step::about(Action::Forget, ARCHIVE), Step::new(Action::Forget)]
            }
            Task::Lists | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        if let Some(why) = skipped(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let (method, path, body): (fn(&Host, &'static str) -> Request, _, _) = match ctx.step.action {
            Action::Check => (post, "/v1/audiences/get", json!({"limit": 1})),
            Action::Tags => (post, "/v1/tags/get", json!({})),
            Action::Find if !about.is_empty() => (post, "/v1/person/custom-field/get", json!({})),
            Action::Find | Action::Consent | Action::Confirm => (post, "/v1/person/get", query(ctx.person()?)),
            Action::Save if !about.is_empty() => {
                (post, "/v1/person/custom-field/create", json!({"type": "text", "name": about}))
            }
            Action::Save => (post, "/v1/person/merge", merge(ctx.person()?, known)),
            Action::Forget if about == ARCHIVE => (put, "/v1/person/archive", ids(known)?),
            Action::Forget => (delete, "/v1/person/delete", ids(known)?),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let host = match ctx.step.action {
            Action::Check => host(about),
            _ => host(&region(ctx)?),
        };
        Ok(method(&host, path).json(body).header("X-Api-Key", ctx.account.get("apiKey")?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        match (ctx.step.action, answer.status) {
            // The key is unknown in this region; the next one is tried.
            (Action::Check, 401) if REGIONS.last() != Some(&about) => return Ok(Parsed::done()),
            // There's no more room for fields, or one of that name is there. The sync continues without the status.
            (Action::Save, 400 | 403 | 409) if !about.is_empty() => return Ok(Parsed::done()),
            _ => {}
        }
        let body = answer.json().map_err(|fault| explained(ctx, answer, fault))?;
        match ctx.step.action {
            Action::Check => Ok(checked(about, &body)),
            Action::Tags => Ok(tags(&body)),
            Action::Find if !about.is_empty() => field(&body),
            Action::Find | Action::Consent => consent(ctx, &body),
            Action::Save if !about.is_empty() => {
                Ok(Parsed::learned(Known::new().with(FIELD, need(&body, "/field_id")?)))
            }
            Action::Save => saved(ctx, &body),
            Action::Confirm => confirm(ctx, &body),
            Action::Forget => forgotten(ctx, &body),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn post(host: &Host, path: &'static str) -> Request {
    Request::post(host, path)
}

fn put(host: &Host, path: &'static str) -> Request {
    Request::put(host, path)
}

fn delete(host: &Host, path: &'static str) -> Request {
    Request::delete(host, path)
}

fn host(region: &str) -> Host {
    match region {
        "au" => Host::fixed("ORTTO_AU", "https://api.au.ap3api.com"),
        "eu" => Host::fixed("ORTTO_EU", "https://api.eu.ap3api.com"),
        _ => Host::fixed("ORTTO_US", "https://api.ap3api.com"),
    }
}

fn region(ctx: &StepContext<'_>) -> Result<String, Fault> {
    let found = ctx.account.found.maybe(REGION);
    found.ok_or_else(|| Fault::credentials("The account\u{2019}s region isn\u{2019}t known. Reconnect to detect it."))
}

/// Why a step isn't needed: the person may have changed since the plan was made. No one is added just to be marked as
/// gone.
fn skipped(ctx: &StepContext<'_>) -> Option<&'static str> {
    let known = ctx.known;
    let is_there = known.get("contact").is_some();
    match (ctx.task, ctx.step.action) {
        (Task::Check, _) if known.get(REGION).is_some() => Some("the region is already known"),
        (Task::Forget(_), Action::Forget) if !is_there => Some("the person doesn\u{2019}t exist"),
        (Task::Sync(_), Action::Consent) => None,
        (Task::Sync(person), _) if !person.is_approved() && !is_there => Some("the person doesn\u{2019}t exist"),
        (Task::Sync(person), _) if person.is_approved() && known.flag(OUT) => Some("they unsubscribed in Ortto"),
        (Task::Sync(_), Action::Save) if !ctx.step.about.is_empty() && known.get(FIELD).is_some() => {
            Some("the custom field already exists")
        }
        (Task::Sync(_), Action::Confirm) if known.get(GIVEN).is_none() => Some("nothing was written"),
        _ => None,
    }
}

fn query(person: &Person) -> Value {
    json!({
        "limit": 1,
        "fields": [EMAIL, FIRST, LAST, PERMISSION, REASON, "tags"],
        "filter": {"$str::is": {"field_id": EMAIL, "value": person.email}},
    })
}

fn ids(known: &Known) -> Result<Value, Fault> {
    Ok(json!({"inclusion_ids": [known.text("contact")?]}))
}

/// The person to write. Ortto assumes the email permission where it isn't named, so it's repeated for people who don't
/// have it, and only left out for those who do.
fn merge(person: &Person, known: &Known) -> Value {
    let mut fields = json!({EMAIL: person.email});
    for (field, value) in [(FIRST, &person.first_name), (LAST, &person.last_name)] {
        // For a person who left, only our own fields change.
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            fields[field] = json!(value);
        }
    }
    if let Some(field) = known.maybe(FIELD) {
        fields[field] = json!(person.affiliate_status.as_str());
    }
    match (known.get("contact").is_none(), person.consent.is_some()) {
        (true, true) => fields[PERMISSION] = json!(true),
        (true, false) => {
            fields[PERMISSION] = json!(false);
            fields[REASON] = json!(QUIET);
        }
        (false, _) if known.flag(NO_PERMISSION) => fields[PERMISSION] = json!(false),
        (false, _) => {}
    }
    let mut one = json!({"fields": fields, "tags": person.tags});
    if !person.untags.is_empty() {
        one["unset_tags"] = json!(person.untags);
    }
    json!({
        "people": [one],
        "async": false,
        "merge_by": [EMAIL],
        "merge_strategy": 2,
        "find_strategy": 0,
        // People who left are never created, and neither are people on the suppression list.
        "skip_non_existing": !person.is_approved(),
        "suppression_list_field_id": EMAIL,
    })
}

/// Every account has an audience, which names the instance.
fn checked(region: &str, body: &Value) -> Parsed {
    let instance = text(body, "/0/instance_id").or_else(|| text(body, "/audiences/0/instance_id"));
    let account = instance.unwrap_or_else(|| "Ortto account".to_owned());
    let account = format!("{account} ({})", region.to_uppercase());
    Parsed::learned(Known::new().with(REGION, region).with("account", account))
}

/// Tags of people and of organizations have the same names to us.
fn tags(body: &Value) -> Parsed {
    let listed = rows(body, "").chain(rows(body, "/tags"));
    let tag = |row: &Value| text(row, "/name").map(|name| Choice { id: name.clone(), name });
    Parsed::learned(Known::new().with_choices(&Known::new(), listed.filter_map(tag)))
}

/// Finds our custom field by its name or its id (`str:cm:rekomi-status`).
fn field(body: &Value) -> Result<Parsed, Fault> {
    if !body.get("fields").is_some_and(|fields| fields.is_array() || fields.is_null()) {
        return Err(Fault::unreadable("no fields in it"));
    }
    let plain = |name: &str| name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_lowercase();
    let is_ours = |row: &&Value| {
        let last = text(row, "/field/id").and_then(|id| Some(id.rsplit(':').next()?.to_owned()));
        let is_text = text(row, "/field/id").is_some_and(|id| id.starts_with("str:"));
        is_text && [text(row, "/field/name"), last].iter().flatten().any(|name| plain(name) == plain(STATUS))
    };
    let id = rows(body, "/fields").find(is_ours).and_then(|row| text(row, "/field/id"));
    Ok(Parsed::learned(id.map_or_else(Known::new, |id| Known::new().with(FIELD, id))))
}

/// The person with this address, and no one else whatever the filter found.
fn of_address<'a>(person: &Person, body: &'a Value) -> Result<Option<&'a Value>, Fault> {
    if !body.get("contacts").is_some_and(|contacts| contacts.is_array() || contacts.is_null()) {
        return Err(Fault::unreadable("no contacts in it"));
    }
    let is = |row: &&Value| text(row, "/fields/str::email").is_some_and(|email| email.to_lowercase() == person.email);
    Ok(rows(body, "/contacts").find(is))
}

fn consent(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let person = ctx.person()?;
    let Some(found) = of_address(person, body)? else { return Ok(Parsed::done()) };
    let no_permission = found.pointer("/fields/bol::p") == Some(&json!(false));
    let out = no_permission && text(found, "/fields/str::u-ctx").as_deref() != Some(QUIET);
    if out && person.is_approved() && matches!(ctx.task, Task::Sync(_)) {
        return Ok(Parsed::leave_alone("They unsubscribed in Ortto. We skipped them: only they can resubscribe."));
    }
    let learned = Known::new().with("contact", need(found, "/id")?);
    let name = ContactName::parts(found, "/fields/str::first", "/fields/str::last");
    Ok(Parsed::learned(learned.with(NO_PERMISSION, no_permission).with(OUT, out).noting_name(person, "", &name)))
}

fn saved(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let person = ctx.person()?;
    match need(body, "/people/0/status")?.as_str() {
        "suppressed" => Ok(Parsed::leave_alone(
            "Their address is on Ortto\u{2019}s suppression list: they unsubscribed, complained or bounced before. We \
             skipped them.",
        )),
        // Archived or deleted a moment ago, and not created again.
        "skipped" | "ignored" if !person.is_approved() => Ok(Parsed::done()),
        "created" | "merged" | "updated" => {
            Ok(Parsed::learned(Known::new().with(GIVEN, person.tags.clone()).with(TAKEN, person.untags.clone())))
        }
        other => {
            let why = text(body, "/people/0/error").unwrap_or_else(|| other.to_owned());
            Err(Fault::refused("invalid_contact", format!("Ortto didn\u{2019}t accept this person ({why}).")))
        }
    }
}

/// Confirms the tags that this sync added and removed, as far as the response shows any.
fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let Some(found) = of_address(ctx.person()?, body)? else { return poll(ctx.polls, LATE) };
    let Some(shown) = found.pointer("/fields/tags").and_then(Value::as_array) else { return Ok(Parsed::done()) };
    let remembered = |name: &str| ctx.known.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
    let given = remembered(GIVEN).iter().all(|tag| shown.contains(tag));
    let taken = !remembered(TAKEN).iter().any(|tag| shown.contains(tag));
    if given && taken { Ok(Parsed::done()) } else { poll(ctx.polls, LATE) }
}

/// Archiving and deleting may be scheduled. A deletion that hits no one came before the archiving was done.
fn forgotten(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let count = |name: &str| body.get(name).and_then(Value::as_u64).unwrap_or_default();
    let done = if ctx.step.about == ARCHIVE { "archived_contacts" } else { "deleted_contacts" };
    if count(done) + count("scheduled_contacts") > 0 {
        return Ok(Parsed::done());
    }
    poll(ctx.polls, "Ortto didn\u{2019}t delete them. Look for them among your archived people, and delete them there.")
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    match (fault.kind, ctx.step.action) {
        // Ortto names the pause in the body only ("Rate limits").
        (FaultKind::Busy, _) => {
            let seconds = answer.any_json().pointer("/error/try-in-seconds").and_then(Value::as_u64);
            Fault { after: seconds.map(Duration::from_secs).or(fault.after), ..fault }
        }
        (FaultKind::Credentials, _) => Fault::credentials(
            "Ortto rejected the API key in all its regions. Copy it again from your custom API data source.",
        ),
        (FaultKind::Rights, _) => Fault::rights(format!(
            "Ortto doesn\u{2019}t allow this for the key ({}). The account may have expired, or the person who created \
             the key may have left it.",
            fault.message
        )),
        (FaultKind::Refused, Action::Save) => {
            Fault::refused("invalid_contact", format!("Ortto didn\u{2019}t accept this person ({}).", fault.message))
        }
        _ => fault,
    }
}
