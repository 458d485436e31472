//! Connector for Pipedrive, API version 2 (developers.pipedrive.com; the facts below are from its OpenAPI description).
//! What Pipedrive calls a person can exist several times with the same email. Labels can't be created by its API for
//! certain: options can be added to custom fields, and labels aren't one. So tags are kept in a field of our own, and
//! an existing label can be selected.

mod descriptor;
mod moving;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    encode::segment,
    moving::Mover,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: Pipedrive = Pipedrive;

#[derive(Debug)]
pub struct Pipedrive;

const HOST: Host = Host::fixed("PIPEDRIVE", "https://api.pipedrive.com");
const PAGE: &str = "100";
/// Our custom fields. Pipedrive gives each a code, under which it is read and written.
const STATUS: &str = "rekomi_status";
const TAGS: &str = "rekomi_tags";
/// The field that holds labels. The OpenAPI description shows it only in people; `label` was its name before.
const LABELS: [&str; 2] = ["label_ids", "label"];
/// Known: whether the account uses Campaigns, and whether its status can't be read.
const MARKETING: &str = "marketing_status";
const UNREADABLE: &str = "marketing_unreadable";
/// Known: the ids of everyone with the person's email, oldest first, and how many of them were read or deleted.
const CONTACTS: &str = "contacts";
const DONE: &str = "done";
/// Known: the labels of the oldest one, and all labels that exist.
const OWN_LABELS: &str = "own_labels";
const ALL_LABELS: &str = "all_labels";
const CURSOR: &str = "cursor";
/// The header that says how many tokens are left today, and how long we wait when none are.
const LEFT_TODAY: &str = "x-daily-requests-left";
const TOMORROW: Duration = Duration::from_secs(3_600);

impl Connector for Pipedrive {
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
            Task::Sync(_) => sync(),
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let ids = contacts(known);
        if never_was(ctx) {
            return Ok(StepRequest::Nothing("the person doesn\u{2019}t exist"));
        }
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/v1/users/me"),
            Action::Lists => fields(known),
            Action::Find if !about.is_empty() => fields(known),
            Action::Find => search(&ctx.person()?.email),
            Action::Consent => match (known.get(CONTACTS), ids.get(done(known))) {
                (None, _) => search(&ctx.person()?.email),
                (Some(_), Some(id)) if known.flag(UNREADABLE) => Request::get(&HOST, person_path(id)),
                (Some(_), Some(id)) => Request::get(&HOST, person_path(id)).query("include_fields", MARKETING),
                (Some(_), None) => return Ok(StepRequest::Nothing("this is a new person")),
            },
            Action::Save if !about.is_empty() && known.maybe(about).is_some() => {
                return Ok(StepRequest::Nothing("the field already exists"));
            }
            Action::Save if !about.is_empty() => {
                // A `varchar` holds 255 characters, a `text` 65,000.
                let kind = if about == TAGS { "text" } else { "varchar" };
                Request::post(&HOST, "/api/v2/personFields").json(json!({"field_name": about, "field_type": kind}))
            }
            Action::Save => {
                let body = person_body(ctx.person()?, known)?;
                match ids.first() {
                    Some(id) => Request::patch(&HOST, person_path(id)).json(body),
                    None => Request::post(&HOST, "/api/v2/persons").json(body),
                }
            }
            Action::Forget => match ids.get(done(known)) {
                Some(id) => Request::delete(&HOST, person_path(id)),
                None => return Ok(StepRequest::Nothing("the person doesn\u{2019}t exist")),
            },
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("x-api-token", ctx.account.get("apiToken")?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        let is_read = action == Action::Consent && ctx.known.get(CONTACTS).is_some();
        match (action, answer.status) {
            // `marketing_status` can only be requested by accounts that use Campaigns.
            (Action::Consent, 400 | 403 | 422) if is_read && !ctx.known.flag(UNREADABLE) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(UNREADABLE, true)));
            }
            (Action::Consent, 404) if is_read => return Ok(next(ctx, Known::new())),
            (Action::Forget, 404 | 410) => return Ok(next(ctx, Known::new())),
            _ => {}
        }
        let body = read(ctx, answer)?;
        match action {
            Action::Check => {
                let company = need(&body, "/data/company_name").or_else(|_| need(&body, "/data/company_domain"));
                Ok(Parsed::learned(Known::new().with("account", company.or_else(|_| need(&body, "/data/email"))?)))
            }
            Action::Lists => {
                let labels: Vec<Choice> = labels(&body).into_iter().flatten().collect();
                Ok(paged(&body, Known::new().with_choices(ctx.known, labels)))
            }
            Action::Find if !about.is_empty() => known_fields(ctx.known, &body),
            Action::Consent if is_read => consent(ctx, &body),
            Action::Find | Action::Consent => found(ctx, &body),
            Action::Save if !about.is_empty() => {
                Ok(Parsed::learned(Known::new().with(about, need(&body, "/data/field_code")?)))
            }
            Action::Save => saved(ctx, &body),
            Action::Forget => Ok(next(ctx, Known::new())),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

/// Plans a sync. Pipedrive would create a second field with the same name, or a second person with the same email. So a
/// repeated call looks again first.
fn sync() -> Vec<Step> {
    let (fields, look) = (Step::about(Action::Find, STATUS), Step::new(Action::Consent));
    let make = |field: &str| Step::about(Action::Save, field).depends_on([fields.clone()]).creates([fields.clone()]);
    let save = Step::new(Action::Save).depends_on([look.clone()]);
    vec![fields.clone(), look, make(STATUS), make(TAGS), save]
}

/// A person who left is never added just to be marked as former.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.step.action == Action::Save && contacts(ctx.known).is_empty()
}

fn person_path(id: &str) -> String {
    format!("/api/v2/persons/{}", segment(id))
}

fn fields(known: &Known) -> Request {
    let request = Request::get(&HOST, "/api/v2/personFields").query("limit", PAGE);
    match known.maybe(CURSOR) {
        Some(cursor) => request.query("cursor", cursor),
        None => request,
    }
}

fn search(email: &str) -> Request {
    Request::get(&HOST, "/api/v2/persons/search")
        .query("term", email)
        .query("fields", "email")
        .query("exact_match", "true")
        .query("limit", PAGE)
}

fn contacts(known: &Known) -> Vec<String> {
    let all = known.get(CONTACTS).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

fn done(known: &Known) -> usize {
    known.number(DONE).and_then(|done| usize::try_from(done).ok()).unwrap_or_default()
}

/// Goes on with the next person of the same email.
fn next(ctx: &StepContext<'_>, learned: Known) -> Parsed {
    let done = done(ctx.known) + 1;
    let is_last = done >= contacts(ctx.known).len();
    let learned = learned.with(DONE, done);
    if is_last { Parsed::learned(learned) } else { Parsed::again(Duration::ZERO, learned) }
}

/// Requests the next page, if more follow.
fn paged(body: &Value, learned: Known) -> Parsed {
    match text(body, "/additional_data/next_cursor") {
        Some(cursor) => Parsed::again(Duration::ZERO, learned.with(CURSOR, cursor)),
        None => Parsed::learned(learned.with(CURSOR, Value::Null)),
    }
}

/// The labels, if the field is on this page.
fn labels(body: &Value) -> Option<Vec<Choice>> {
    let code = |row: &Value| text(row, "/field_code").unwrap_or_default();
    let field = rows(body, "/data").find(|row| LABELS.contains(&code(row).as_str()))?;
    Some(rows(field, "/options").filter_map(|option| choice(option, "/id", "/label")).collect())
}

/// Learns the codes of our fields, the labels that exist, and whether the account uses Campaigns: only then is its
/// status among the fields.
fn known_fields(known: &Known, body: &Value) -> Result<Parsed, Fault> {
    if !body.pointer("/data").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no fields in it"));
    }
    let mut learned = Known::new();
    for row in rows(body, "/data") {
        let (Some(name), Some(code)) = (text(row, "/field_name"), text(row, "/field_code")) else { continue };
        if code == MARKETING {
            learned = learned.with(MARKETING, true);
        }
        for own in [STATUS, TAGS] {
            if name == own && learned.maybe(own).or_else(|| known.maybe(own)).is_none() {
                learned = learned.with(own, code.as_str());
            }
        }
    }
    if let Some(labels) = labels(body) {
        learned = learned.with(ALL_LABELS, labels.into_iter().map(|label| label.id).collect::<Vec<_>>());
    }
    Ok(paged(body, learned))
}

/// The ids of everyone with exactly this email. They increase, and are numbers of different lengths.
fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if !body.pointer("/data/items").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no people in it"));
    }
    let email = &ctx.person()?.email;
    let is = |row: &&Value| rows(row, "/item/emails").filter_map(Value::as_str).any(|one| one.to_lowercase() == *email);
    let mut ids: Vec<String> = rows(body, "/data/items").filter(is).filter_map(|row| text(row, "/item/id")).collect();
    ids.sort_by_key(|id| (id.len(), id.clone()));
    let more = ctx.step.action == Action::Consent && !ids.is_empty();
    let learned = Known::new().with(CONTACTS, ids).with(DONE, 0);
    Ok(if more { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) })
}

fn consent(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    need(body, "/data/id")?;
    if text(body, "/data/marketing_status").as_deref() == Some("unsubscribed") && ctx.person()?.is_approved() {
        return Ok(Parsed::leave_alone("They unsubscribed in Pipedrive. We skipped them: only they can resubscribe."));
    }
    let labels: Vec<Value> = rows(body, "/data/label_ids").cloned().collect();
    if done(ctx.known) > 0 {
        return Ok(next(ctx, Known::new()));
    }
    // Only the first person is written.
    let learned = Known::new().with(OWN_LABELS, labels);
    Ok(next(ctx, learned.noting_name(ctx.person()?, "", &ContactName::full(body, "/data/name"))))
}

/// The person to write. Unknown values are omitted, so that existing ones stay.
fn person_body(person: &Person, known: &Known) -> Result<Value, Fault> {
    let is_new = contacts(known).is_empty();
    let mut body = Map::new();
    if let Some(name) = person.full_name().filter(|_| person.is_approved()) {
        body.insert("name".to_owned(), json!(name));
    } else if is_new {
        body.insert("name".to_owned(), json!(person.email));
    }
    let mut own: Vec<Value> = known.get(OWN_LABELS).and_then(Value::as_array).cloned().unwrap_or_default();
    let before = own.len();
    for list in &person.lists {
        let label = json!(label(list, known)?);
        if !own.contains(&label) {
            own.push(label);
        }
    }
    if own.len() > before {
        body.insert("label_ids".to_owned(), json!(own));
    }
    let values = [(STATUS, person.affiliate_status.as_str().to_owned()), (TAGS, person.tags_joined())];
    let values = values.into_iter().filter(|(_, value)| !value.is_empty());
    let custom: Map<String, Value> =
        values.filter_map(|(field, value)| Some((known.maybe(field)?, json!(value)))).collect();
    if !custom.is_empty() {
        body.insert("custom_fields".to_owned(), Value::Object(custom));
    }
    if is_new {
        body.insert("emails".to_owned(), json!([{"value": person.email, "primary": true, "label": "work"}]));
        if person.consent.is_some() && known.flag(MARKETING) {
            body.insert(MARKETING.to_owned(), json!("subscribed"));
        }
    }
    Ok(Value::Object(body))
}

/// The id of a selected label. If the labels couldn't be read, it is taken as it is.
fn label(list: &Choice, known: &Known) -> Result<u64, Fault> {
    let all = known.get(ALL_LABELS).and_then(Value::as_array);
    let exists = all.is_none_or(|all| all.iter().any(|id| id.as_str() == Some(&list.id)));
    list.id.parse().ok().filter(|_| exists).ok_or_else(|| {
        let message = format!(
            "The label {} no longer exists. Choose another one in the connection\u{2019}s settings.",
            list.name
        );
        Fault::settings("list_missing", message)
    })
}

/// Checks that the response shows our fields as they were sent.
fn saved(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let id = need(body, "/data/id")?;
    let tags = ctx.person()?.tags_joined();
    let shown = ctx.known.maybe(TAGS).and_then(|code| text(body, &format!("/data/custom_fields/{code}")));
    if shown.is_some_and(|shown| shown != tags) {
        let message = "Pipedrive didn\u{2019}t save the tags. Check the field rekomi_tags there, then re-sync.";
        return Err(Fault::refused("tag_refused", message));
    }
    Ok(Parsed::learned(Known::new().with("contact", id)))
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    if answer.status == 429 && answer.header(LEFT_TODAY).is_some_and(|left| left.trim() == "0") {
        return Err(Fault::busy(Some(TOMORROW), "the account\u{2019}s tokens for today are used up"));
    }
    let body = match ctx.step.action {
        Action::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    let body = body.map_err(|fault| match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => {
            Fault::credentials("Pipedrive rejected the token. Copy it again from Personal preferences \u{2192} API.")
        }
        (FaultKind::Rights, action) => {
            let right = match action {
                Action::Save if !ctx.step.about.is_empty() => "add custom fields",
                Action::Save => "add and edit people",
                Action::Forget => "delete people",
                _ => "see all people",
            };
            let message = format!("The token\u{2019}s user isn\u{2019}t allowed to {right} ({}).", fault.message);
            Fault::rights(message)
        }
        // The person was deleted or merged: the next attempt looks for them again.
        (FaultKind::Refused, Action::Save) if answer.status == 404 => {
            Fault::passing("contact_gone", "The person no longer exists")
        }
        (FaultKind::Refused, Action::Save) if ctx.step.about.is_empty() => {
            let message = format!("Pipedrive didn\u{2019}t accept this person ({}).", fault.message);
            Fault::refused("invalid_email", message)
        }
        _ => fault,
    })?;
    if body.get("success") == Some(&Value::Bool(false)) {
        return Err(Fault::refused("refused", format!("Pipedrive rejected the request ({}).", answer.message())));
    }
    Ok(body)
}
