//! Connector for SendGrid Marketing Campaigns (github.com/twilio/sendgrid-oai, `tsg_mc_*_v3.json` and
//! `tsg_suppressions_v3.json`). Writes are jobs whose end is polled. Consent isn't part of a contact: SendGrid keeps
//! suppressions apart and applies them to every email, so no write to a contact can undo one.

use std::time::Duration;

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    Account, Action, Answer, Connector, ContactName, Fault, FaultKind, Host, Known, Parsed, Person, Request, Step,
    StepContext, StepRequest, Task,
    encode::segment,
    read::{choice, need, poll, rows, text},
};

mod descriptor;

pub static CONNECTOR: SendGrid = SendGrid;

#[derive(Debug)]
pub struct SendGrid;

const HOST: Host = Host::fixed("SENDGRID", "https://api.sendgrid.com");
/// Maximum page size for lists.
const PAGE: &str = "1000";
const TAGS: &str = "rekomi_tags";
const STATUS: &str = "rekomi_status";
/// The longest name in characters (`ContactRequest`).
const NAME_MAX: usize = 50;
/// The suppressions that are read before a write, with their paths.
const SUPPRESSIONS: [(&str, &str); 3] = [
    ("unsubscribes", "/v3/asm/suppressions/global"),
    ("bounces", "/v3/suppression/bounces"),
    ("spam_reports", "/v3/suppression/spam_reports"),
];
/// What the test call reads: lists, and a suppression that isn't there.
const MARKETING: &str = "marketing";
const PROBE: &str = "rekomi-connection-test@example.com";
/// An update must name everything that identifies the contact ("Add or Update a Contact").
const IDENTIFIERS: [&str; 3] = ["phone_number_id", "external_id", "anonymous_id"];
/// Known: the contact's id, its other identifiers, and the job to wait for.
const CONTACT: &str = "contact";
const OTHERS: &str = "identifiers";
const JOB: &str = "job";
/// Known: the cursor of the next page of lists.
const NEXT: &str = "next";

const LATE: &str = "SendGrid accepted the change, but hadn\u{2019}t processed it nine minutes later. Check the contact \
                    there; if something is missing, re-sync.";

impl Connector for SendGrid {
    fn descriptor(&self) -> &'static crate::Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => {
                let suppressions = SUPPRESSIONS.map(|(kind, _)| Step::about(Action::Check, kind));
                std::iter::once(Step::about(Action::Check, MARKETING)).chain(suppressions).collect()
            }
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Sync(_) => sync(),
            Task::Forget(_) => [Action::Find, Action::Forget, Action::Confirm].map(Step::new).to_vec(),
            // Custom fields can't be listed as tags, and there are no events.
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let fields = || Request::get(&HOST, "/v3/marketing/field_definitions");
        let request = match ctx.step.action {
            Action::Check if about == MARKETING => Request::get(&HOST, "/v3/marketing/lists").query("page_size", "3"),
            Action::Check => suppression(about, PROBE)?,
            Action::Lists => {
                let request = Request::get(&HOST, "/v3/marketing/lists").query("page_size", PAGE);
                match known.maybe(NEXT) {
                    Some(next) => request.query("page_token", next),
                    None => request,
                }
            }
            Action::Consent => suppression(about, &ctx.person()?.email)?,
            Action::Find if about.is_empty() => Request::post(&HOST, "/v3/marketing/contacts/search/emails")
                .json(json!({"emails": [ctx.person()?.email]})),
            Action::Forget => match known.maybe(CONTACT) {
                Some(contact) => Request::delete(&HOST, "/v3/marketing/contacts").query("ids", contact),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            Action::Confirm => match known.maybe(JOB) {
                Some(job) => Request::get(&HOST, format!("/v3/marketing/contacts/imports/{}", segment(&job))),
                None => return Ok(StepRequest::Nothing("nothing was written")),
            },
            _ if never_was(ctx) => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            Action::Find => fields(),
            Action::Save if !about.is_empty() && known.maybe(&field_key(about)).is_some() => {
                return Ok(StepRequest::Nothing("the field already exists"));
            }
            Action::Save if !about.is_empty() && known.flag(&twin(about)) => fields(),
            Action::Save if !about.is_empty() => Request::post(&HOST, "/v3/marketing/field_definitions")
                .json(json!({"name": about, "field_type": "Text"})),
            Action::Save => Request::put(&HOST, "/v3/marketing/contacts").json(upsert(ctx.person()?, known)?),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("apiKey")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        match (action, answer.status) {
            (Action::Check, 404) if about != MARKETING => return Ok(Parsed::done()),
            (Action::Consent, 404) => return Ok(Parsed::done()),
            (Action::Find, 404) if about.is_empty() => return Ok(Parsed::done()),
            // The job isn't visible yet.
            (Action::Confirm, 404) => return poll(ctx.polls, LATE),
            // It already exists, perhaps because of our own call whose response was lost: read once more.
            (Action::Save, 400 | 409) if !about.is_empty() && !ctx.known.flag(&twin(about)) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(twin(about), true)));
            }
            _ => {}
        }
        let body = answer.json().map_err(|fault| explained(ctx, answer, fault))?;
        match action {
            Action::Check if about == MARKETING => Ok(Parsed::learned(Known::new().with("account", account(&body)))),
            Action::Check => Ok(Parsed::done()),
            Action::Lists => lists(ctx, &body),
            Action::Consent => consent(ctx, &body),
            Action::Find if about.is_empty() => found(ctx.person()?, &body),
            Action::Find => fields(&body),
            Action::Save if ctx.known.flag(&twin(about)) => made(about, &body),
            Action::Save if !about.is_empty() => {
                Ok(Parsed::learned(Known::new().with(field_key(about), need(&body, "/id")?)))
            }
            Action::Save | Action::Forget => Ok(Parsed::learned(Known::new().with(JOB, need(&body, "/job_id")?))),
            Action::Confirm => confirmed(ctx, &body),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn sync() -> Vec<Step> {
    let looks = SUPPRESSIONS.map(|(kind, _)| Step::about(Action::Consent, kind));
    let mut steps = looks.to_vec();
    let find = Step::about(Action::Find, TAGS);
    steps.extend([Step::new(Action::Find), find.clone()]);
    steps.extend([TAGS, STATUS].map(|field| Step::about(Action::Save, field).creates([find.clone()])));
    steps.push(Step::new(Action::Save).depends_on(looks));
    steps.push(Step::new(Action::Confirm));
    steps
}

fn suppression(kind: &str, email: &str) -> Result<Request, Fault> {
    let known = SUPPRESSIONS.iter().find(|(known, _)| *known == kind);
    let (_, path) = known.ok_or_else(|| Fault::unreadable("an unknown suppression"))?;
    Ok(Request::get(&HOST, format!("{path}/{}", segment(email))))
}

/// No one is added just to be marked as gone.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.known.maybe(CONTACT).is_none()
}

fn twin(about: &str) -> String {
    format!("twin:{about}")
}

fn field_key(field: &str) -> String {
    format!("field:{field}")
}

/// The contact to write. Everything that isn't named stays as it is; for a person who left, only our own fields change.
fn upsert(person: &Person, known: &Known) -> Result<Value, Fault> {
    let (tags, status) = (known.text(&field_key(TAGS))?, known.text(&field_key(STATUS))?);
    let fields = json!({tags: person.tags_joined(), status: person.affiliate_status.as_str()});
    let mut contact = json!({"email": person.email, "custom_fields": fields});
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            contact[field] = json!(value.chars().take(NAME_MAX).collect::<String>());
        }
    }
    for name in IDENTIFIERS {
        if let Some(value) = known.get(OTHERS).and_then(|others| text(others, &format!("/{name}"))) {
            contact[name] = json!(value);
        }
    }
    let mut body = json!({"contacts": [contact]});
    let lists: Vec<&str> = person.lists.iter().map(|list| list.id.as_str()).collect();
    if !lists.is_empty() && person.consent.is_some() {
        body["list_ids"] = json!(lists);
    }
    Ok(body)
}

/// The account's display name: its lists identify it, because a key for marketing can't read the account.
fn account(body: &Value) -> String {
    let names: Vec<String> = rows(body, "/result").filter_map(|row| text(row, "/name")).collect();
    if names.is_empty() { "no lists yet".to_owned() } else { format!("lists: {}", names.join(", ")) }
}

/// Takes only the cursor from the next page's URL: the connector alone decides which host to call.
fn cursor(next: &str) -> Option<String> {
    let (_, query) = next.split_once('?')?;
    let found = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "page_token");
    found.map(|(_, value)| value.into_owned()).filter(|token| !token.is_empty())
}

fn lists(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if body.get("result").is_none() {
        return Err(Fault::unreadable("no result in it"));
    }
    let found = rows(body, "/result").filter_map(|row| choice(row, "/id", "/name"));
    let learned = Known::new().with_choices(ctx.known, found);
    Ok(match text(body, "/_metadata/next").and_then(|next| cursor(&next)) {
        Some(next) => Parsed::again(Duration::ZERO, learned.with(NEXT, next)),
        None => Parsed::learned(learned),
    })
}

/// A global unsubscription is an object with the address, or an empty one; bounces and complaints are lists.
fn consent(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let suppressed = match body {
        Value::Object(fields) => fields.contains_key("recipient_email"),
        Value::Array(all) => !all.is_empty(),
        _ => return Err(Fault::unreadable("no suppression in it")),
    };
    if !suppressed || !ctx.person()?.is_approved() {
        return Ok(Parsed::done());
    }
    Ok(Parsed::leave_alone(match ctx.step.about.as_str() {
        "bounces" => "Their address bounced in SendGrid. We skipped them.",
        "spam_reports" => "They reported one of your emails as spam in SendGrid. We skipped them.",
        _ => "They unsubscribed in SendGrid. We skipped them: only they can resubscribe.",
    }))
}

/// Reads the contact, if the address is its own: SendGrid finds it by alternate addresses too.
fn found(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let results = body.get("result").and_then(Value::as_object);
    let results = results.ok_or_else(|| Fault::unreadable("no result in it"))?;
    let is = |contact: &&Value| text(contact, "/email").is_some_and(|email| email.to_lowercase() == person.email);
    let Some(contact) = results.values().filter_map(|one| one.get("contact")).find(is) else {
        return Ok(Parsed::done());
    };
    let others: serde_json::Map<String, Value> = IDENTIFIERS
        .into_iter()
        .filter_map(|name| Some((name.to_owned(), json!(text(contact, &format!("/{name}"))?))))
        .collect();
    let name = ContactName::parts(contact, "/first_name", "/last_name");
    let learned = Known::new().with(CONTACT, need(contact, "/id")?).with(OTHERS, others);
    Ok(Parsed::learned(learned.noting_name(person, "", &name)))
}

/// Reads the ids of our fields. SendGrid tells names apart without regard to case. Ours must be text.
fn fields(body: &Value) -> Result<Parsed, Fault> {
    // An account without custom fields omits the list.
    if body.get("custom_fields").is_none() && body.get("reserved_fields").is_none() {
        return Err(Fault::unreadable("no fields in it"));
    }
    let mut known = Known::new();
    for ours in [TAGS, STATUS] {
        let is = |row: &&Value| text(row, "/name").is_some_and(|name| name.eq_ignore_ascii_case(ours));
        let Some(row) = rows(body, "/custom_fields").find(is) else { continue };
        if text(row, "/field_type").as_deref() != Some("Text") {
            return Err(Fault::settings(
                "field_type",
                format!(
                    "The custom field {ours} in SendGrid isn\u{2019}t a text field. Delete it under Marketing \
                     \u{2192} Custom Fields, then re-sync: we\u{2019}ll create it again."
                ),
            ));
        }
        known = known.with(field_key(ours), need(row, "/id")?);
    }
    Ok(Parsed::learned(known))
}

/// Looks for a field that couldn't be created.
fn made(field: &str, body: &Value) -> Result<Parsed, Fault> {
    let parsed = fields(body)?;
    if parsed.learned.maybe(&field_key(field)).is_some() {
        return Ok(parsed);
    }
    Err(Fault::settings(
        "field_refused",
        format!(
            "SendGrid couldn\u{2019}t create the custom field {field}. Create it as text under Marketing \u{2192} \
             Custom Fields, then re-sync."
        ),
    ))
}

fn confirmed(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let errors = body.pointer("/results/errored_count").and_then(Value::as_u64).unwrap_or_default();
    match need(body, "/status")?.as_str() {
        "completed" if errors == 0 => Ok(Parsed::done()),
        "completed" | "errored" | "failed" => Err(Fault::refused(
            "invalid_contact",
            "SendGrid accepted the change, but its import failed. Check the address there, then re-sync.",
        )),
        _ => poll(ctx.polls, LATE),
    }
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    let error = answer.any_json();
    let place = rows(&error, "/errors").find_map(|row| text(row, "/field")).unwrap_or_default();
    let message = answer.message().to_lowercase();
    match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => Fault::credentials(
            "SendGrid rejected the API key. Create a new one under Settings \u{2192} API Keys, then reconnect.",
        ),
        (FaultKind::Rights, Action::Check) if ctx.step.about != MARKETING => lacks("Suppressions"),
        (FaultKind::Rights, Action::Consent) => lacks("Suppressions"),
        (FaultKind::Rights, _) => lacks("Marketing"),
        (FaultKind::Refused, Action::Save) if place.contains("list_ids") || message.contains("list id") => {
            list_missing()
        }
        (FaultKind::Refused, Action::Save) if answer.status == 404 => list_missing(),
        // A field that was just created may not be known everywhere yet.
        (FaultKind::Refused, Action::Save) if message.contains("custom field") => {
            Fault::passing("conflict", "SendGrid doesn\u{2019}t know the new custom field yet")
        }
        (FaultKind::Refused, Action::Save | Action::Find) if answer.status == 400 => {
            Fault::refused("invalid_email", format!("SendGrid didn\u{2019}t accept this contact ({}).", fault.message))
        }
        _ => fault,
    }
}

fn lacks(permission: &str) -> Fault {
    Fault::rights(format!(
        "The SendGrid key is missing the permission {permission}. Give it full access to Marketing and read access to \
         Suppressions and Unsubscribe Groups, then reconnect."
    ))
}

fn list_missing() -> Fault {
    Fault::settings(
        "list_missing",
        "The list no longer exists in SendGrid. Choose another one in the connection\u{2019}s settings.",
    )
}
