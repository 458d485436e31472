//! Connector for HubSpot, CRM API version 3 (developers.hubspot.com/docs/api-reference;
//! github.com/HubSpot/HubSpot-public-api-spec-collection). HubSpot keeps subscriptions by email address, apart from
//! contacts and lists, so no write here subscribes anyone. Properties must exist before they are written.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    encode::segment,
    moving::Mover,
    read::{choice, need, rows, text},
};

mod descriptor;
mod moving;

pub static CONNECTOR: HubSpot = HubSpot;

#[derive(Debug)]
pub struct HubSpot;

const HOST: Host = Host::fixed("HUBSPOT", "https://api.hubapi.com");
/// Page size for lists; the maximum is 500 ("Search lists").
const PAGE: usize = 100;
const TAGS: &str = "rekomi_tags";
const STATUS: &str = "rekomi_status";
/// What is read of a contact: whether they left all email ("Unsubscribed from all email"), and why their address
/// bounced for good. Every account has these properties; HubSpot ignores names that it doesn't know.
const READ: &str = "email,firstname,lastname,hs_email_optout,hs_email_hard_bounce_reason_enum";
/// What the test call reads, with the permission that each needs.
const ACCOUNT: &str = "account";
const TESTED: [(&str, &str); 3] = [
    ("crm.objects.contacts.read", "/crm/v3/objects/contacts"),
    ("crm.schemas.contacts.read", "/crm/v3/properties/contacts/email"),
    ("crm.lists.read", "/crm/v3/lists/search"),
];
/// How long to wait once the daily limit is reached: it ends at midnight in the account's time zone, which isn't known.
const DAILY_PAUSE: Duration = Duration::from_secs(3_600);
/// Known: the contact's id, and the position of the next page of lists.
const CONTACT: &str = "contact";
const OFFSET: &str = "offset";

impl Connector for HubSpot {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => {
                let tested = TESTED.map(|(scope, _)| Step::about(Action::Check, scope));
                std::iter::once(Step::about(Action::Check, ACCOUNT)).chain(tested).collect()
            }
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Sync(person) => sync(person),
            Task::Forget(_) => [Action::Find, Action::Forget].map(Step::new).to_vec(),
            // Properties can't be listed as tags, and events need definitions of the brand's own.
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let property = |name: &str| Request::get(&HOST, format!("/crm/v3/properties/contacts/{}", segment(name)));
        let request = match ctx.step.action {
            Action::Check if about == ACCOUNT => Request::get(&HOST, "/account-info/v3/details"),
            Action::Check => test_call(about)?,
            Action::Lists => search(known.number(OFFSET).unwrap_or_default(), PAGE),
            Action::Find | Action::Consent if about.is_empty() => find(ctx.person()?),
            Action::Forget => match known.maybe(CONTACT) {
                Some(id) => Request::delete(&HOST, path(&id)),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            _ if never_was(ctx) => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            Action::Find => property(about),
            Action::Save if !about.is_empty() && known.flag(&field_key(about)) => {
                return Ok(StepRequest::Nothing("the property already exists"));
            }
            Action::Save if !about.is_empty() && known.flag(&twin(about)) => property(about),
            Action::Save if !about.is_empty() => {
                Request::post(&HOST, "/crm/v3/properties/contacts").json(definition(about))
            }
            Action::Save => match known.maybe(CONTACT) {
                Some(id) => Request::patch(&HOST, path(&id)).json(json!({"properties": properties(ctx.person()?)})),
                None => {
                    let mut properties = properties(ctx.person()?);
                    properties["email"] = json!(ctx.person()?.email);
                    Request::post(&HOST, "/crm/v3/objects/contacts")
                        .json(json!({"properties": properties, "associations": []}))
                }
            },
            // The person may have changed since the plan was made; the next sync handles it.
            Action::Join if ctx.person()?.lists.iter().all(|requested| requested.id != about) => {
                return Ok(StepRequest::Nothing("they should no longer be on the list"));
            }
            Action::Join => Request::put(&HOST, format!("/crm/v3/lists/{}/memberships/add", segment(about)))
                .json(json!([known.text(CONTACT)?])),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("accessToken")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        match (action, answer.status) {
            (Action::Find | Action::Consent | Action::Forget, 404) => return Ok(Parsed::done()),
            // It already exists, perhaps because of our own call whose response was lost: read once more.
            (Action::Save, 400 | 409) if !about.is_empty() && !ctx.known.flag(&twin(about)) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(twin(about), true)));
            }
            _ => {}
        }
        let body = match action {
            Action::Forget => answer.json_or_nothing(),
            _ => answer.json(),
        };
        let body = body.map_err(|fault| explained(ctx, answer, fault))?;
        match action {
            Action::Check if about == ACCOUNT => {
                Ok(Parsed::learned(Known::new().with("account", account(&need(&body, "/portalId")?, &body))))
            }
            Action::Check | Action::Forget => Ok(Parsed::done()),
            Action::Lists => lists(ctx, &body),
            Action::Consent => consent(ctx.person()?, &body),
            Action::Find if about.is_empty() => Ok(Parsed::learned(Known::new().with(CONTACT, need(&body, "/id")?))),
            Action::Find => field(about, &body),
            Action::Save if !about.is_empty() => field(about, &body),
            Action::Save => Ok(Parsed::learned(Known::new().with(CONTACT, need(&body, "/id")?))),
            Action::Join => joined(ctx, &body),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let look = Step::new(Action::Consent);
    let mut steps = vec![look.clone()];
    steps.extend([TAGS, STATUS].map(|field| Step::about(Action::Find, field)));
    let make = |field| Step::about(Action::Save, field).creates([Step::about(Action::Find, field)]);
    steps.extend([TAGS, STATUS].map(make));
    steps.push(Step::new(Action::Save).depends_on([look.clone()]));
    let join = |list: &Choice| Step::about(Action::Join, &list.id).depends_on([look.clone()]);
    steps.extend(person.lists.iter().map(join));
    steps
}

/// No one is added just to be marked as gone.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.known.maybe(CONTACT).is_none()
}

fn path(id: &str) -> String {
    format!("/crm/v3/objects/contacts/{}", segment(id))
}

fn find(person: &Person) -> Request {
    Request::get(&HOST, path(&person.email)).query("idProperty", "email").query("properties", READ)
}

fn test_call(scope: &str) -> Result<Request, Fault> {
    let tested = TESTED.iter().find(|(known, _)| *known == scope);
    let (_, path) = tested.ok_or_else(|| Fault::unreadable("an unknown permission"))?;
    Ok(match scope {
        "crm.lists.read" => search(0, 1),
        "crm.objects.contacts.read" => Request::get(&HOST, *path).query("limit", "1"),
        _ => Request::get(&HOST, *path),
    })
}

/// Lists of contacts to which people can be added: membership of the others follows from rules alone.
fn search(offset: u64, count: usize) -> Request {
    Request::post(&HOST, "/crm/v3/lists/search").json(json!({
        "query": "", "offset": offset, "count": count, "processingTypes": ["MANUAL", "SNAPSHOT"],
        "objectTypeId": "0-1", "additionalProperties": [],
    }))
}

fn field_key(field: &str) -> String {
    format!("field:{field}")
}

fn twin(about: &str) -> String {
    format!("twin:{about}")
}

fn definition(field: &str) -> Value {
    let label = if field == TAGS { "Rekomi tags" } else { "Rekomi status" };
    json!({
        "name": field, "label": label, "type": "string", "fieldType": "text", "groupName": "contactinformation",
    })
}

/// Properties that aren't named stay as they are; for a person who left, only our own change.
fn properties(person: &Person) -> Value {
    let mut properties = json!({TAGS: person.tags_joined(), STATUS: person.affiliate_status.as_str()});
    for (field, value) in [("firstname", &person.first_name), ("lastname", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            properties[field] = json!(value);
        }
    }
    properties
}

fn account(portal: &str, body: &Value) -> String {
    match text(body, "/uiDomain") {
        Some(domain) => format!("account {portal} ({domain})"),
        None => format!("account {portal}"),
    }
}

fn lists(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let more = body.get("hasMore").and_then(Value::as_bool);
    let more = more.ok_or_else(|| Fault::unreadable("no lists in it"))?;
    let found: Vec<Choice> = rows(body, "/lists").filter_map(|row| choice(row, "/listId", "/name")).collect();
    let next = body.get("offset").and_then(Value::as_u64);
    let moved = next.filter(|next| more && !found.is_empty() && *next > ctx.known.number(OFFSET).unwrap_or_default());
    let learned = Known::new().with_choices(ctx.known, found);
    Ok(match moved {
        Some(next) => Parsed::again(Duration::ZERO, learned.with(OFFSET, next)),
        None => Parsed::learned(learned),
    })
}

fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let id = need(body, "/id")?;
    if body.get("properties").is_none() {
        return Err(Fault::unreadable("no properties in it"));
    }
    if person.is_approved() && text(body, "/properties/hs_email_optout").as_deref() == Some("true") {
        return Ok(Parsed::leave_alone(
            "They unsubscribed from all email in HubSpot. We skipped them: only they can resubscribe.",
        ));
    }
    if person.is_approved() && text(body, "/properties/hs_email_hard_bounce_reason_enum").is_some() {
        return Ok(Parsed::leave_alone("Their address bounced in HubSpot. We skipped them."));
    }
    let name = ContactName::parts(body, "/properties/firstname", "/properties/lastname");
    Ok(Parsed::learned(Known::new().with(CONTACT, id).noting_name(person, "", &name)))
}

/// One of our properties, which must be text.
fn field(name: &str, body: &Value) -> Result<Parsed, Fault> {
    if need(body, "/type")? != "string" {
        return Err(Fault::settings(
            "field_type",
            format!(
                "The contact property {name} in HubSpot isn\u{2019}t a text property. Delete it under Settings \
                 \u{2192} Properties, then re-sync: we\u{2019}ll create it again."
            ),
        ));
    }
    Ok(Parsed::learned(Known::new().with(field_key(name), true)))
}

/// HubSpot skips contacts who are already on the list, and names those that it doesn't know.
fn joined(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let contact = ctx.known.text(CONTACT)?;
    let named = |place: &str| rows(body, place).any(|row| text(row, "").as_deref() == Some(contact.as_str()));
    if named("/recordIdsMissing") {
        return Err(Fault::passing("conflict", "the contact was deleted in the meantime"));
    }
    // Both spellings are in the vendor's documents.
    let shown = ["recordsIdsAdded", "recordIdsAdded", "recordIdsMissing"].iter().any(|name| body.get(name).is_some());
    if shown { Ok(Parsed::done()) } else { Err(Fault::unreadable("no records in it")) }
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    let error = answer.any_json();
    let message = text(&error, "/message").unwrap_or_default();
    let about = ctx.step.about.as_str();
    match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => Fault::credentials(
            "HubSpot rejected the key: it was deleted or rotated. Copy it again from Development \u{2192} Keys \
             \u{2192} Service keys, then reconnect.",
        ),
        (FaultKind::Rights, _) => Fault::rights(format!(
            "The HubSpot key is missing the permission {}. Add it to the key, then re-sync.",
            missing_scope(ctx, &error)
        )),
        (FaultKind::Busy, _) if text(&error, "/policyName").as_deref() == Some("DAILY") => {
            Fault { after: fault.after.or(Some(DAILY_PAUSE)), ..fault }
        }
        (FaultKind::Refused, Action::Join) => Fault::settings(
            "list_missing",
            "The list no longer exists in HubSpot, or isn\u{2019}t a static list. Choose another one in the \
             connection\u{2019}s settings.",
        ),
        (FaultKind::Refused, Action::Save) if !about.is_empty() => Fault::settings(
            "field_refused",
            format!(
                "HubSpot couldn\u{2019}t create the contact property {about}. Create it as single-line text under \
                 Settings \u{2192} Properties, then re-sync."
            ),
        ),
        // It was deleted after the check. The next attempt checks again and creates it.
        (FaultKind::Refused, Action::Save) if answer.status == 404 => {
            Fault::passing("conflict", "the contact was deleted in the meantime")
        }
        (FaultKind::Refused, Action::Save | Action::Consent) if answer.status == 400 => {
            let message = message.chars().take(200).collect::<String>();
            Fault::refused("invalid_email", format!("HubSpot didn\u{2019}t accept this contact: {message}"))
        }
        _ => fault,
    }
}

/// The permission that HubSpot names, or the one that the call needs.
fn missing_scope(ctx: &StepContext<'_>, error: &Value) -> String {
    let named = ["/errors/0/context/requiredGranularScopes/0", "/context/missingScopes/0"];
    let needed = match ctx.step.action {
        Action::Check => ctx.step.about.as_str(),
        Action::Lists => "crm.lists.read",
        Action::Join => "crm.lists.write",
        Action::Save if !ctx.step.about.is_empty() => "crm.schemas.contacts.write",
        Action::Save | Action::Forget => "crm.objects.contacts.write",
        Action::Find if !ctx.step.about.is_empty() => "crm.schemas.contacts.read",
        _ => "crm.objects.contacts.read",
    };
    named.iter().find_map(|place| text(error, place)).unwrap_or_else(|| needed.to_owned())
}
