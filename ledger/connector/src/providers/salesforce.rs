//! Connector for Salesforce, REST API (developer.salesforce.com, \u{201c}REST API Developer Guide\u{201d}). Each call
//! takes an access token from the client credentials flow. Contacts aren't unique by email, and an organization's own
//! rules may refuse them. Fields can't be created by this API, so the brand creates the two that we write.

mod descriptor;
mod moving;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Login, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    encode::segment,
    moving::Mover,
    name::beginning,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: Salesforce = Salesforce;

#[derive(Debug)]
pub struct Salesforce;

const DOMAIN: &str = "domain";
const CLIENT_ID: &str = "clientId";
const CLIENT_SECRET: &str = "clientSecret";
/// Versions are supported for at least three years.
const DATA: &str = "/services/data/v62.0";
const STATUS: &str = "Rekomi_Status__c";
const TAGS: &str = "Rekomi_Tags__c";
/// The second part of the test call.
const FIELDS: &str = "of the fields";
/// Known: the ids of everyone with the person's email, oldest first, the oldest one's names, and how many were deleted.
const IDS: &str = "ids";
/// Names, and how long they may be in characters (Object Reference, \u{201c}Contact\u{201d}).
const NAMES: [(&str, usize); 2] = [("FirstName", 40), ("LastName", LAST_NAME_MAX)];
const LAST_NAME_MAX: usize = 80;
const DELETED: &str = "deleted";
/// Set once contacts and leads were read, and none opted out.
const CHECKED: &str = "checked";
/// The path of the picker's next page.
const NEXT: &str = "next";
/// How long we wait once the requests of the last 24 hours are used up.
const USED_UP: Duration = Duration::from_secs(3_600);

impl Connector for Salesforce {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check), Step::about(Action::Check, FIELDS)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Sync(person) => {
                let look = Step::new(Action::Consent);
                let save = Step::new(Action::Save).depends_on([look.clone()]);
                let join = |list: &crate::Choice| Step::about(Action::Join, &list.id).depends_on([look.clone()]);
                [look.clone(), save].into_iter().chain(person.lists.iter().map(join)).collect()
            }
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        if let Some(why) = not_needed(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let host = Host::given("SALESFORCE", ctx.account.get(DOMAIN)?);
        let query = |soql: String| query(&host, soql);
        let request = match ctx.step.action {
            Action::Check if about.is_empty() => query("SELECT Id, Name FROM Organization LIMIT 1".to_owned()),
            Action::Check => query(format!("SELECT Id, HasOptedOutOfEmail, {STATUS}, {TAGS} FROM Contact LIMIT 1")),
            Action::Lists => match known.maybe(NEXT).filter(|path| path.starts_with(DATA)) {
                Some(path) => Request::get(&host, path),
                None => query("SELECT Id, Name FROM Campaign WHERE IsActive = true ORDER BY Name, Id".to_owned()),
            },
            Action::Consent if known.get(IDS).is_some() => query(format!(
                "SELECT Id FROM Lead WHERE Email = {} AND HasOptedOutOfEmail = true AND IsConverted = false LIMIT 1",
                literal(&ctx.person()?.email)
            )),
            Action::Find | Action::Consent => contacts_of(&host, &ctx.person()?.email),
            Action::Save => {
                let body = contact_body(ctx.person()?, known);
                match ids(known).first() {
                    Some(id) => Request::patch(&host, record(id)).json(body),
                    // Rules that only warn don't stop us: contacts with this email were looked for.
                    None => Request::post(&host, format!("{DATA}/sobjects/Contact"))
                        .header("Sforce-Duplicate-Rule-Header", "allowSave=true")
                        .json(body),
                }
            }
            Action::Join => Request::post(&host, format!("{DATA}/sobjects/CampaignMember"))
                .json(json!({"CampaignId": about, "ContactId": contact(known)?})),
            Action::Forget => match ids(known).get(deleted(known)) {
                Some(id) => Request::delete(&host, record(id)),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.login(login(&host, ctx.account)?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        let code = text(&answer.any_json(), "/0/errorCode").unwrap_or_default();
        match (action, answer.status, code.as_str()) {
            // The user may not see leads, or the organization has none.
            (Action::Consent, 400, "INVALID_TYPE" | "INVALID_FIELD") if ctx.known.get(IDS).is_some() => {
                return Ok(checked());
            }
            (Action::Join, 400, "DUPLICATE_VALUE") => return Ok(Parsed::done()),
            (Action::Forget, 404, _) => return Ok(forgotten(ctx)),
            // An update and a deletion are confirmed by this status alone.
            (Action::Save, 204, _) if !ids(ctx.known).is_empty() => return Ok(Parsed::done()),
            (Action::Forget, 204, _) => return Ok(forgotten(ctx)),
            _ => {}
        }
        let body = answer.json().map_err(|fault| explained(ctx, answer, &code, fault))?;
        match action {
            Action::Check if about.is_empty() => {
                Ok(Parsed::learned(Known::new().with("account", need(&body, "/records/0/Name")?)))
            }
            Action::Check => Ok(Parsed::done()),
            Action::Lists => {
                let found = rows(&body, "/records").filter_map(|row| choice(row, "/Id", "/Name"));
                let learned = Known::new().with_choices(ctx.known, found);
                Ok(match text(&body, "/nextRecordsUrl") {
                    Some(path) => Parsed::again(Duration::ZERO, learned.with(NEXT, path)),
                    None => Parsed::learned(learned),
                })
            }
            Action::Consent if ctx.known.get(IDS).is_some() => match records(&body)?.first() {
                Some(_) => Ok(left_alone()),
                None => Ok(checked()),
            },
            Action::Find | Action::Consent => found(ctx, &body),
            Action::Save => Ok(Parsed::learned(Known::new().with("contact", need(&body, "/id")?))),
            Action::Join => need(&body, "/id").map(|_| Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

/// A session ends when it wasn't used for a time that the organization sets. Salesforce doesn't say which.
fn login(host: &Host, account: &Account) -> Result<Login, Fault> {
    let request = Request::post(host, "/services/oauth2/token").form([
        ("grant_type", "client_credentials".to_owned()),
        ("client_id", account.get(CLIENT_ID)?.to_owned()),
        ("client_secret", account.get(CLIENT_SECRET)?.to_owned()),
    ]);
    Ok(Login { request: Box::new(request), scheme: "Bearer", rotates: false })
}

/// Why a step can be skipped. The person may have changed since the plan was made; another sync follows then.
fn not_needed(ctx: &StepContext<'_>) -> Option<&'static str> {
    let Task::Sync(person) = ctx.task else { return None };
    match ctx.step.action {
        // The second request of this step: what leads agreed to doesn't matter once they left.
        Action::Consent if ctx.known.get(IDS).is_some() && !person.is_approved() => Some("they left"),
        Action::Consent => None,
        // No one is added just to be marked as former.
        _ if !person.is_approved() && contact(ctx.known).is_err() => Some("the contact doesn\u{2019}t exist"),
        _ if person.is_approved() && !ctx.known.flag(CHECKED) => Some("they came back, and the next sync adds them"),
        Action::Join if person.lists.iter().all(|list| list.id != ctx.step.about) => {
            Some("they should no longer be in the campaign")
        }
        _ => None,
    }
}

/// A text in a query (SOQL and SOSL Reference, \u{201c}Quoted String Escape Sequences\u{201d}).
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

fn query(host: &Host, soql: String) -> Request {
    Request::get(host, format!("{DATA}/query")).query("q", soql)
}

/// Everyone with this email, oldest first.
fn contacts_of(host: &Host, email: &str) -> Request {
    let soql = format!(
        "SELECT Id, FirstName, LastName, HasOptedOutOfEmail FROM Contact WHERE Email = {} ORDER BY CreatedDate, Id \
         LIMIT 200",
        literal(email)
    );
    query(host, soql)
}

fn record(id: &str) -> String {
    format!("{DATA}/sobjects/Contact/{}", segment(id))
}

fn ids(known: &Known) -> Vec<String> {
    let all = known.get(IDS).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// The contact that was found, or else created.
fn contact(known: &Known) -> Result<String, Fault> {
    ids(known).into_iter().next().map_or_else(|| known.text("contact"), Ok)
}

fn records(body: &Value) -> Result<Vec<&Value>, Fault> {
    match body.get("records").and_then(Value::as_array) {
        Some(records) => Ok(records.iter().collect()),
        None => Err(Fault::unreadable("no records in it")),
    }
}

fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let records = records(body)?;
    let approved = ctx.step.action == Action::Consent && ctx.person()?.is_approved();
    let out = |row: &&&Value| row.get("HasOptedOutOfEmail") == Some(&Value::Bool(true));
    if approved && records.iter().find(out).is_some() {
        return Ok(left_alone());
    }
    let mut learned = Known::new();
    if let Some(row) = records.first() {
        let name = ContactName::parts(row, "/FirstName", "/LastName");
        learned = learned.noting_name(ctx.person()?, "", &name);
    }
    for (name, _) in NAMES {
        learned = learned.with(name, records.first().and_then(|row| text(row, &format!("/{name}"))));
    }
    let ids: Vec<String> = records.iter().filter_map(|row| text(row, "/Id")).collect();
    let learned = learned.with(IDS, ids.clone());
    Ok(match (approved, ids.is_empty()) {
        (true, true) => Parsed::again(Duration::ZERO, learned),
        (true, false) => Parsed::learned(learned.with(CHECKED, true)),
        (false, _) => Parsed::learned(learned),
    })
}

fn checked() -> Parsed {
    Parsed::learned(Known::new().with(CHECKED, true))
}

fn left_alone() -> Parsed {
    Parsed::leave_alone(
        "They unsubscribed in Salesforce (\u{201c}Email Opt Out\u{201d}). We skipped them: only they can resubscribe.",
    )
}

/// The contact to write. Unknown values are omitted, so that existing ones stay; for someone who left, so are names.
fn contact_body(person: &Person, known: &Known) -> Value {
    let mut contact = json!({STATUS: person.affiliate_status.as_str()});
    if !person.tags.is_empty() {
        contact[TAGS] = json!(person.tags_joined());
    }
    for ((field, most), name) in NAMES.into_iter().zip([&person.first_name, &person.last_name]) {
        let name = name.as_ref().filter(|_| person.is_approved()).map(|name| beginning(name, most));
        if let Some(name) = name.filter(|name| known.maybe(field).as_ref() != Some(name)) {
            contact[field] = json!(name);
        }
    }
    if ids(known).is_empty() {
        contact["Email"] = json!(person.email);
        // A last name is required.
        if person.last_name.is_none() {
            let name = person.first_name.as_ref().unwrap_or(&person.email);
            contact["LastName"] = json!(beginning(name, LAST_NAME_MAX));
            if let Some(fields) = contact.as_object_mut() {
                fields.remove("FirstName");
            }
        }
    }
    contact
}

/// Whether a value was too long for a field of ours, or the response doesn't say for which.
fn is_ours(answer: &Answer) -> bool {
    let fields = answer.any_json();
    rows(&fields, "/0/fields").filter_map(Value::as_str).all(|field| [STATUS, TAGS].contains(&field))
}

fn deleted(known: &Known) -> usize {
    known.number(DELETED).and_then(|deleted| usize::try_from(deleted).ok()).unwrap_or_default()
}

fn forgotten(ctx: &StepContext<'_>) -> Parsed {
    let deleted = deleted(ctx.known) + 1;
    let learned = Known::new().with(DELETED, deleted);
    if deleted < ids(ctx.known).len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

/// Explains a failure. Its code is in the body (REST API Developer Guide, \u{201c}Status Codes and Error
/// Responses\u{201d}).
fn explained(ctx: &StepContext<'_>, answer: &Answer, code: &str, fault: Fault) -> Fault {
    let message = &fault.message;
    match (code, ctx.step.action) {
        // The same code as for too many long requests at once, which pass.
        ("REQUEST_LIMIT_EXCEEDED", _) if message.contains("TotalRequests") => {
            Fault::busy(Some(USED_UP), "the requests of the last 24 hours are used up")
        }
        ("REQUEST_LIMIT_EXCEEDED", _) => answer.busy(),
        ("UNABLE_TO_LOCK_ROW" | "SERVER_UNAVAILABLE", _) => Fault::passing("vendor_error", message.as_str()),
        ("INVALID_FIELD" | "INVALID_FIELD_FOR_INSERT_UPDATE", Action::Check | Action::Consent | Action::Save) => {
            Fault::settings(
                "field_missing",
                format!(
                    "Create the text fields Rekomi_Status and Rekomi_Tags on contacts, and let the app\u{2019}s user \
                     see and edit them ({message})."
                ),
            )
        }
        ("INVALID_CROSS_REFERENCE_KEY" | "MALFORMED_ID" | "ENTITY_IS_DELETED", Action::Join) => Fault::settings(
            "list_missing",
            "The campaign no longer exists. Choose another one in the connection\u{2019}s settings.",
        ),
        ("DUPLICATES_DETECTED", Action::Save) => {
            Fault::refused("duplicate_rule", format!("A duplicate rule in Salesforce blocks this contact ({message})."))
        }
        ("STRING_TOO_LONG", Action::Save) if is_ours(answer) => Fault::refused(
            "tag_refused",
            format!("A value is too long for its field. Make Rekomi_Tags longer ({message})."),
        ),
        // The contact was deleted or merged: the next attempt looks for it again.
        (_, Action::Save) if answer.status == 404 => Fault::passing("contact_gone", "The contact no longer exists"),
        _ => match (fault.kind, ctx.step.action) {
            (FaultKind::Rights, _) => Fault::rights(format!(
                "The app\u{2019}s user isn\u{2019}t allowed to do this ({message}). Let them see, create and edit \
                 contacts and campaigns."
            )),
            (FaultKind::Refused, Action::Save) => {
                Fault::refused("invalid_email", format!("Salesforce didn\u{2019}t accept this contact ({message})."))
            }
            _ => fault,
        },
    }
}
