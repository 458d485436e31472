//! Connector for Mailjet, API version 3 (dev.mailjet.com/email/reference/contacts;
//! github.com/mailjet/api-documentation, `guides/_contacts_bulk.md` and `_contacts-delete.md`). Creating the contact,
//! writing its properties and adding it to a list are three calls. `addnoforce` keeps an unsubscription from the list;
//! `addforce` would undo it and is never sent.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    encode::{basic, segment},
    read::{choice, need, rows, text},
};

mod descriptor;

pub static CONNECTOR: Mailjet = Mailjet;

#[derive(Debug)]
pub struct Mailjet;

/// The test call tries them in this order: an account is on one of them.
const WORLD: Host = Host::fixed("MAILJET", "https://api.mailjet.com");
const US: Host = Host::fixed("MAILJET_US", "https://api.us.mailjet.com");
const REGIONS: [&str; 2] = ["world", "US"];
/// Known: the region that the test call found.
const REGION: &str = "region";
/// Maximum page size.
const PAGE: usize = 1_000;
const FIRST_NAME: &str = "firstname";
const LAST_NAME: &str = "lastname";
const TAGS: &str = "rekomi_tags";
const STATUS: &str = "rekomi_status";
/// Marks the second check, of the lists that the contact left.
const MEMBERSHIPS: &str = "lists";
/// Marks the second write, of the contact's properties.
const PROPERTIES: &str = "properties";
/// Known: the types of our properties, by name.
const FIELDS: &str = "fields";
/// Known: the contact's id.
const CONTACT: &str = "contact";

impl Connector for Mailjet {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => REGIONS.map(|region| Step::about(Action::Check, region)).to_vec(),
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Sync(person) => sync(person),
            Task::Forget(_) => [Action::Find, Action::Forget].map(Step::new).to_vec(),
            // Properties can't be listed as tags, and there are no events.
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let host = match ctx.step.action {
            Action::Check => host(Some(about)),
            _ => host(ctx.account.found.maybe(REGION).as_deref()),
        };
        let get = |path: &str| Request::get(&host, format!("/v3/REST/{path}"));
        let contact = |id: &str| get(&format!("contact/{}", segment(id)));
        let fields = || get("contactmetadata").query("Limit", PAGE.to_string());
        let request = match ctx.step.action {
            Action::Check if known.maybe(REGION).is_some() => {
                return Ok(StepRequest::Nothing("the region is already known"));
            }
            Action::Check => get("contactslist").query("Limit", "3"),
            Action::Lists => get("contactslist")
                .query("Limit", PAGE.to_string())
                .query("Offset", known.choices().len().to_string())
                .query("IsDeleted", "false"),
            Action::Find if about.is_empty() => contact(&ctx.person()?.email),
            Action::Consent if about.is_empty() => contact(&ctx.person()?.email),
            Action::Consent => match known.maybe(CONTACT) {
                Some(id) => get(&format!("contact/{}/getcontactslists", segment(&id))),
                None => return Ok(StepRequest::Nothing("the contact is new")),
            },
            Action::Forget => match known.maybe(CONTACT) {
                Some(id) => Request::delete(&host, format!("/v4/contacts/{}", segment(&id))),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            _ if never_was(ctx) => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            Action::Find if about == PROPERTIES => {
                match known.maybe(CONTACT).filter(|_| ctx.person().is_ok_and(Person::is_approved)) {
                    Some(id) => get(&format!("contactdata/{}", segment(&id))),
                    None => return Ok(StepRequest::Nothing("there\u{2019}s no name to compare")),
                }
            }
            Action::Find => fields(),
            Action::Save if about.is_empty() && known.maybe(CONTACT).is_some() => {
                return Ok(StepRequest::Nothing("the contact already exists"));
            }
            Action::Save if about.is_empty() => {
                Request::post(&host, "/v3/REST/contact").json(new_contact(ctx.person()?))
            }
            Action::Save if about == PROPERTIES => {
                Request::put(&host, format!("/v3/REST/contactdata/{}", segment(&known.text(CONTACT)?)))
                    .json(json!({"Data": properties(ctx.person()?)}))
            }
            Action::Save if has_field(known, about) => {
                return Ok(StepRequest::Nothing("the property already exists"));
            }
            Action::Save if known.flag(&twin(about)) => fields(),
            Action::Save => Request::post(&host, "/v3/REST/contactmetadata")
                .json(json!({"Name": about, "Datatype": "str", "NameSpace": "static"})),
            // The person may have changed since the plan was made; the next sync handles it.
            Action::Join if ctx.person()?.lists.iter().all(|requested| requested.id != about) => {
                return Ok(StepRequest::Nothing("they should no longer be on the list"));
            }
            Action::Join if ctx.person()?.consent.is_none() => {
                return Ok(StepRequest::Nothing("they accepted no terms"));
            }
            Action::Join => Request::post(&host, format!("/v3/REST/contactslist/{}/managecontact", segment(about)))
                .json(json!({"Email": ctx.person()?.email, "Action": "addnoforce"})),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let (key, secret) = (ctx.account.get("apiKey")?, ctx.account.get("secretKey")?);
        Ok(request.header("Authorization", basic(key, secret)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        match (action, answer.status) {
            // The other region may know the keys.
            (Action::Check, 401) if about == REGIONS[0] => return Ok(Parsed::done()),
            (Action::Find | Action::Consent | Action::Forget, 404) => return Ok(Parsed::done()),
            (Action::Find, 400 | 405) if about == PROPERTIES => return Ok(Parsed::done()),
            // The properties already have these values.
            (Action::Save, 304) if about == PROPERTIES => return Ok(Parsed::done()),
            // It already exists, perhaps because of our own call whose response was lost: read once more.
            (Action::Save, 400) if is_field(about) && !ctx.known.flag(&twin(about)) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(twin(about), true)));
            }
            _ => {}
        }
        let body = match action {
            Action::Forget => answer.json_or_nothing(),
            _ => answer.json(),
        };
        let body = body.map_err(|fault| explained(ctx, answer, fault))?;
        // Every response wraps its rows.
        if body.get("Data").is_none() && action != Action::Forget {
            return Err(Fault::unreadable("no Data in it"));
        }
        match action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", account(&body)).with(REGION, about))),
            Action::Lists => Ok(lists(ctx, &body)),
            Action::Find if about.is_empty() => {
                Ok(Parsed::learned(Known::new().with(CONTACT, need(&body, "/Data/0/ID")?)))
            }
            Action::Consent if about == MEMBERSHIPS => Ok(memberships(ctx.person()?, &body)),
            Action::Consent => consent(ctx.person()?, &body),
            Action::Find if about == PROPERTIES => Ok(names(ctx.person()?, &body)),
            Action::Find => fields(&body),
            Action::Save if ctx.known.flag(&twin(about)) => made(about, &body),
            Action::Save if is_field(about) => need(&body, "/Data/0/Name").map(|_| Parsed::done()),
            Action::Save if about == PROPERTIES => {
                need(&body, "/Data/0/ContactID").or_else(|_| need(&body, "/Data/0/ID")).map(|_| Parsed::done())
            }
            Action::Save => Ok(Parsed::learned(Known::new().with(CONTACT, need(&body, "/Data/0/ID")?))),
            Action::Join if rows(&body, "/Data").next().is_none() => Err(Fault::unreadable("no contact in it")),
            Action::Join | Action::Forget => Ok(Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let looks = [Step::new(Action::Consent), Step::about(Action::Consent, MEMBERSHIPS)];
    let mut steps = looks.to_vec();
    steps.push(Step::about(Action::Find, PROPERTIES));
    let find = Step::about(Action::Find, TAGS);
    steps.push(find.clone());
    let make = |field: &str| Step::about(Action::Save, field).creates([find.clone()]);
    let names = [(&person.first_name, FIRST_NAME), (&person.last_name, LAST_NAME)];
    let known = names.into_iter().filter(|(name, _)| name.is_some() && person.is_approved());
    steps.extend(known.map(|(_, field)| make(field)));
    steps.extend([TAGS, STATUS].map(make));
    steps.push(Step::new(Action::Save).depends_on(looks.clone()));
    steps.push(Step::about(Action::Save, PROPERTIES));
    let join = |list: &Choice| Step::about(Action::Join, &list.id).depends_on(looks.clone());
    steps.extend(person.lists.iter().map(join));
    steps
}

fn host(region: Option<&str>) -> Host {
    if region == Some(REGIONS[1]) { US } else { WORLD }
}

/// No one is added just to be marked as gone.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.known.maybe(CONTACT).is_none()
}

fn is_field(about: &str) -> bool {
    [FIRST_NAME, LAST_NAME, TAGS, STATUS].contains(&about)
}

fn twin(about: &str) -> String {
    format!("twin:{about}")
}

fn has_field(known: &Known, field: &str) -> bool {
    known.get(FIELDS).and_then(|fields| fields.get(field)).is_some()
}

fn new_contact(person: &Person) -> Value {
    let mut contact = json!({"Email": person.email});
    if let Some(name) = person.full_name() {
        contact["Name"] = json!(name);
    }
    contact
}

/// Properties that aren't named stay as they are; for a person who left, only our own change.
fn properties(person: &Person) -> Vec<Value> {
    let names = [(FIRST_NAME, &person.first_name), (LAST_NAME, &person.last_name)];
    let names = names.into_iter().filter(|_| person.is_approved());
    let names = names.filter_map(|(name, value)| Some((name, value.clone()?)));
    let ours = [(TAGS, person.tags_joined()), (STATUS, person.affiliate_status.as_str().to_owned())];
    names.chain(ours).map(|(name, value)| json!({"Name": name, "Value": value})).collect()
}

/// The account's display name: its lists identify it. Mailjet's call about the key would return the secret, too.
fn account(body: &Value) -> String {
    let names: Vec<String> = rows(body, "/Data").filter_map(|row| text(row, "/Name")).collect();
    if names.is_empty() { "no lists yet".to_owned() } else { format!("lists: {}", names.join(", ")) }
}

/// `Total` is the number of rows in the response, unless it was counted on request: a full page may have a next one.
fn lists(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let found: Vec<Choice> = rows(body, "/Data").filter_map(|row| choice(row, "/ID", "/Name")).collect();
    let more = found.len() >= PAGE;
    let learned = Known::new().with_choices(ctx.known, found);
    if more { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

/// A boolean, or a string of one as in the vendor's guides.
fn is_set(row: &Value, name: &str) -> bool {
    match row.get(name) {
        Some(Value::Bool(set)) => *set,
        Some(Value::String(set)) => set.eq_ignore_ascii_case("true"),
        _ => false,
    }
}

fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let id = need(body, "/Data/0/ID")?;
    let row = body.pointer("/Data/0").unwrap_or(&Value::Null);
    if person.is_approved() && is_set(row, "IsExcludedFromCampaigns") {
        return Ok(Parsed::leave_alone(
            "They unsubscribed from all campaigns in Mailjet. We skipped them: only they can resubscribe.",
        ));
    }
    if person.is_approved() && is_set(row, "IsSpamComplaining") {
        return Ok(Parsed::leave_alone("They reported one of your emails as spam in Mailjet. We skipped them."));
    }
    Ok(Parsed::learned(Known::new().with(CONTACT, id)))
}

/// Reads the contact's own properties, for the name in them.
fn names(person: &Person, body: &Value) -> Parsed {
    let value = |requested: &str| {
        let mut all = rows(body, "/Data/0/Data");
        let found = all.find(|row| text(row, "/Name").is_some_and(|name| name.eq_ignore_ascii_case(requested)))?;
        text(found, "/Value")
    };
    let name = ContactName::Parts([FIRST_NAME, LAST_NAME].map(value));
    Parsed::learned(Known::new().noting_name(person, "", &name))
}

fn memberships(person: &Person, body: &Value) -> Parsed {
    let requested = |row: &&Value| {
        let id = text(row, "/ListID");
        person.lists.iter().any(|list| Some(&list.id) == id.as_ref())
    };
    // The guides name it `IsUnsub`; list recipients have `IsUnsubscribed`.
    let out = |row: &Value| is_set(row, "IsUnsub") || is_set(row, "IsUnsubscribed");
    if rows(body, "/Data").filter(requested).any(out) {
        return Parsed::leave_alone(
            "They unsubscribed from the list in Mailjet. We skipped them: only they can resubscribe.",
        );
    }
    Parsed::done()
}

/// Reads the account's properties, whose names are the same in any case. Ours hold text.
fn fields(body: &Value) -> Result<Parsed, Fault> {
    let name = |row: &Value| text(row, "/Name").map(|name| name.to_lowercase()).filter(|name| is_field(name));
    let all: Map<String, Value> =
        rows(body, "/Data").filter_map(|row| Some((name(row)?, json!(text(row, "/Datatype"))))).collect();
    for (field, kind) in &all {
        if kind.as_str().is_some_and(|kind| kind != "str") {
            return Err(Fault::settings(
                "field_type",
                format!(
                    "The contact property {field} in Mailjet isn\u{2019}t a text property. Delete it under Contacts \
                     \u{2192} Contact properties, then re-sync: we\u{2019}ll create it again."
                ),
            ));
        }
    }
    Ok(Parsed::learned(Known::new().with(FIELDS, all)))
}

/// Looks for a property that couldn't be created.
fn made(field: &str, body: &Value) -> Result<Parsed, Fault> {
    let parsed = fields(body)?;
    if has_field(&parsed.learned, field) {
        return Ok(parsed);
    }
    Err(Fault::settings(
        "field_refused",
        format!(
            "Mailjet couldn\u{2019}t create the contact property {field}. Create it as text under Contacts \u{2192} \
             Contact properties, then re-sync."
        ),
    ))
}

/// Explains a failure. Mailjet names its message `ErrorMessage`; a bad key is answered without JSON.
fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    let message = text(&answer.any_json(), "/ErrorMessage").unwrap_or_else(|| answer.message());
    let about = ctx.step.about.as_str();
    match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => Fault::credentials(
            "Mailjet rejected the keys. Copy both again from Account settings \u{2192} API Key Management, then \
             reconnect.",
        ),
        (FaultKind::Refused, Action::Join) => Fault::settings(
            "list_missing",
            "The list no longer exists in Mailjet. Choose another one in the connection\u{2019}s settings.",
        ),
        // Created in the meantime, perhaps by our own call whose response was lost. The next attempt finds it.
        (FaultKind::Refused, Action::Save) if about.is_empty() && message.contains("already exists") => {
            Fault::passing("conflict", "the contact was created in the meantime")
        }
        (FaultKind::Refused, Action::Save | Action::Consent) if matches!(answer.status, 400) => Fault::refused(
            "invalid_email",
            format!("Mailjet didn\u{2019}t accept this contact: \u{201c}{message}\u{201d}."),
        ),
        _ => fault,
    }
}
