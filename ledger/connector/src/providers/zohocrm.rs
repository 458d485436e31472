//! Connector for Zoho CRM, API version 8 (zoho.com/crm/developer; the facts below are from zoho/crm-oas and that
//! documentation). Each call takes an access token that is valid for an hour. Responses report failures per record,
//! with status 200 too. Custom fields belong to layouts, so `rekomi_status` isn't written: the tags say whether someone
//! is an affiliate.

mod descriptor;
mod moving;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Login, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    encode::segment,
    moving::Mover,
    name::beginning,
    read::{choice, need, poll, rows, text},
};

pub static CONNECTOR: ZohoCrm = ZohoCrm;

#[derive(Debug)]
pub struct ZohoCrm;

const CLIENT_ID: &str = "clientId";
const CLIENT_SECRET: &str = "clientSecret";
const REFRESH_TOKEN: &str = "refreshToken";
const DATA_CENTER: &str = "dataCenter";
/// The data centers, with the hosts of their accounts and of their API (zohocrm-nodejs-sdk-8.0, `routes/dc`).
const DATA_CENTERS: [(&str, &str, &str); 8] = [
    ("com", "https://accounts.zoho.com", "https://www.zohoapis.com"),
    ("eu", "https://accounts.zoho.eu", "https://www.zohoapis.eu"),
    ("in", "https://accounts.zoho.in", "https://www.zohoapis.in"),
    ("com.au", "https://accounts.zoho.com.au", "https://www.zohoapis.com.au"),
    ("jp", "https://accounts.zoho.jp", "https://www.zohoapis.jp"),
    ("com.cn", "https://accounts.zoho.com.cn", "https://www.zohoapis.com.cn"),
    ("ca", "https://accounts.zohocloud.ca", "https://www.zohoapis.ca"),
    ("sa", "https://accounts.zoho.sa", "https://www.zohoapis.sa"),
];
const CONTACTS: &str = "/crm/v8/Contacts";
const TAGS: &str = "/crm/v8/settings/tags";
/// Known: the ids of everyone with the person's email, the oldest one's names, and how many were deleted.
const IDS: &str = "ids";
/// Names, and how long they may be in characters.
const NAMES: [(&str, usize); 2] = [("First_Name", FIRST_NAME_MAX), ("Last_Name", LAST_NAME_MAX)];
const FIRST_NAME_MAX: usize = 40;
const LAST_NAME_MAX: usize = 80;
const DELETED: &str = "deleted";
/// Set once the contact's opt-out was read, or there is no contact.
const CHECKED: &str = "checked";
/// Known: which of the tags that we may remove the contact has, and those that this sync added and removed.
const HAS: &str = "has";
const GIVEN: &str = "given";
const TAKEN: &str = "taken";

impl Connector for ZohoCrm {
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
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(person) => sync(person),
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        if let Some(why) = not_needed(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let (accounts, api) = hosts(ctx.account)?;
        let request = match ctx.step.action {
            Action::Check => Request::get(&api, "/crm/v8/org"),
            Action::Lists | Action::Tags => Request::get(&api, TAGS).query("module", "Contacts"),
            Action::Find => search(&api, ctx.person()?),
            Action::Consent => match ids(known).first() {
                Some(id) => Request::get(&api, record(id)).query("fields", "Email_Opt_Out,First_Name,Last_Name,Tag"),
                None => search(&api, ctx.person()?),
            },
            Action::Save => match ids(known).first() {
                Some(id) => {
                    let names = names(ctx.person()?, known);
                    if names.is_empty() {
                        return Ok(StepRequest::Nothing("the name is up to date"));
                    }
                    Request::put(&api, record(id)).json(json!({"data": [names]}))
                }
                None => Request::post(&api, format!("{CONTACTS}/upsert"))
                    .json(json!({"data": [new_contact(ctx.person()?)], "duplicate_check_fields": ["Email"]})),
            },
            Action::MakeTag => {
                Request::post(&api, TAGS).query("module", "Contacts").json(json!({"tags": [{"name": about}]}))
            }
            Action::Tag => tagging(&api, known, "add_tags", &given(ctx.person()?, known))?,
            Action::Untag => tagging(&api, known, "remove_tags", &taken(ctx.person()?, known))?,
            Action::Confirm => Request::get(&api, record(&contact(known)?)).query("fields", "Tag"),
            Action::Forget => match ids(known).get(deleted(known)) {
                Some(id) => Request::delete(&api, record(id)),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.login(login(&accounts, ctx.account)?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        // No records: `search` and lists report that with status 204.
        if answer.status == 204 {
            match action {
                Action::Find => return Ok(Parsed::done()),
                Action::Consent if ids(ctx.known).is_empty() => return Ok(checked(Known::new())),
                Action::Tags if matches!(ctx.task, Task::Sync(_)) => return known_tags(ctx.person()?, &Value::Null),
                Action::Lists | Action::Tags => return Ok(Parsed::done()),
                _ => {}
            }
        }
        let body = read(ctx, answer)?;
        match action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", need(&body, "/org/0/company_name")?))),
            Action::Lists | Action::Tags if !matches!(ctx.task, Task::Sync(_)) => {
                let found = rows(&body, "/tags").filter_map(|row| choice(row, "/id", "/name"));
                Ok(Parsed::learned(Known::new().with_choices(ctx.known, found)))
            }
            Action::Tags => known_tags(ctx.person()?, &body),
            Action::Consent if !ids(ctx.known).is_empty() => consent(ctx.person()?, &body),
            Action::Find | Action::Consent => found(ctx, &body),
            Action::Save => Ok(Parsed::learned(Known::new().with("contact", need(&body, "/data/0/details/id")?))),
            Action::MakeTag => Ok(Parsed::learned(Known::new().with(tag_key(about), true))),
            Action::Tag => Ok(Parsed::learned(Known::new().with(GIVEN, given(ctx.person()?, ctx.known)))),
            Action::Untag => Ok(Parsed::learned(Known::new().with(TAKEN, taken(ctx.person()?, ctx.known)))),
            Action::Confirm => confirm(ctx, &body),
            Action::Forget => Ok(forgotten(ctx)),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

/// The hosts of accounts and of the API.
fn hosts(account: &Account) -> Result<(Host, Host), Fault> {
    let center = account.maybe(DATA_CENTER).unwrap_or("com").trim().trim_start_matches('.').to_lowercase();
    let known = DATA_CENTERS.into_iter().find(|(name, ..)| *name == center);
    let (_, accounts, api) = known.ok_or_else(|| {
        let all: Vec<&str> = DATA_CENTERS.iter().map(|(name, ..)| *name).collect();
        Fault::credentials(format!("The data center {center} doesn\u{2019}t exist. It is one of {}.", all.join(", ")))
    })?;
    Ok((Host::fixed("ZOHOCRM", accounts), Host::fixed("ZOHOCRM", api)))
}

/// The refresh token stays the same. Zoho also accepts the credentials in the address, where they could be logged.
fn login(accounts: &Host, account: &Account) -> Result<Login, Fault> {
    let request = Request::post(accounts, "/oauth/v2/token").form([
        ("grant_type", "refresh_token".to_owned()),
        ("client_id", account.get(CLIENT_ID)?.to_owned()),
        ("client_secret", account.get(CLIENT_SECRET)?.to_owned()),
        ("refresh_token", account.get(REFRESH_TOKEN)?.to_owned()),
    ]);
    Ok(Login { request: Box::new(request), scheme: "Zoho-oauthtoken", rotates: false })
}

fn sync(person: &Person) -> Vec<Step> {
    let look = Step::new(Action::Consent);
    let save = Step::new(Action::Save).depends_on([look.clone()]);
    let tags = Step::new(Action::Tags);
    let mut steps = vec![look.clone(), save, tags.clone()];
    steps.extend(person.tags.iter().map(|tag| Step::about(Action::MakeTag, tag).creates([tags.clone()])));
    // The selected tag is what other vendors call a list.
    steps.push(Step::new(Action::Tag).depends_on([look]));
    steps.extend([Action::Untag, Action::Confirm].map(Step::new));
    steps
}

/// Why a step can be skipped. The person may have changed since the plan was made; another sync follows then.
fn not_needed(ctx: &StepContext<'_>) -> Option<&'static str> {
    let Task::Sync(person) = ctx.task else { return None };
    let (about, known) = (&ctx.step.about, ctx.known);
    match ctx.step.action {
        Action::Consent => None,
        // No one is added just to be marked as former.
        _ if !person.is_approved() && contact(known).is_err() => Some("the contact doesn\u{2019}t exist"),
        Action::Save if !person.is_approved() => Some("they left, so only their tags change"),
        _ if person.is_approved() && !known.flag(CHECKED) => Some("they came back, and the next sync adds them"),
        Action::MakeTag if !person.tags.contains(about) => Some("the tag is no longer needed"),
        Action::MakeTag if known.flag(&tag_key(about)) => Some("the tag already exists"),
        Action::Tag if given(person, known).is_empty() => Some("no tags left to add"),
        Action::Untag if taken(person, known).is_empty() => Some("they have none of the tags"),
        _ => None,
    }
}

fn tag_key(tag: &str) -> String {
    format!("tag:{tag}")
}

fn record(id: &str) -> String {
    format!("{CONTACTS}/{}", segment(id))
}

fn search(api: &Host, person: &Person) -> Request {
    Request::get(api, format!("{CONTACTS}/search"))
        .query("email", person.email.as_str())
        .query("fields", "Email,First_Name,Last_Name")
}

fn ids(known: &Known) -> Vec<String> {
    let all = known.get(IDS).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// The contact that was found, or else created.
fn contact(known: &Known) -> Result<String, Fault> {
    ids(known).into_iter().next().map_or_else(|| known.text("contact"), Ok)
}

/// The person's tags that exist, and the selected ones. A tag that was added after the plan was made may not exist.
fn given(person: &Person, known: &Known) -> Vec<String> {
    let mut all: Vec<String> = person.tags.iter().filter(|tag| known.flag(&tag_key(tag))).cloned().collect();
    for list in &person.lists {
        if !all.contains(&list.name) {
            all.push(list.name.clone());
        }
    }
    all
}

/// The tags to remove that the contact has. One that is the selected tag by now stays.
fn taken(person: &Person, known: &Known) -> Vec<String> {
    let has = known.get(HAS).and_then(Value::as_array).cloned().unwrap_or_default();
    let stays = |tag: &str| person.lists.iter().any(|list| list.name.to_lowercase() == tag.to_lowercase());
    person.untags.iter().filter(|tag| has.contains(&json!(tag)) && !stays(tag)).cloned().collect()
}

fn tagging(api: &Host, known: &Known, what: &str, tags: &[String]) -> Result<Request, Fault> {
    let tags: Vec<Value> = tags.iter().map(|tag| json!({"name": tag})).collect();
    let path = format!("{}/actions/{what}", record(&contact(known)?));
    Ok(Request::post(api, path).json(json!({"tags": tags})))
}

fn checked(learned: Known) -> Parsed {
    Parsed::learned(learned.with(CHECKED, true))
}

/// The ids of everyone with exactly this email. Zoho also finds second emails, which its upsert doesn't match. Ids
/// increase, and have the same length.
fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if !body.get("data").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no records in it"));
    }
    let email = &ctx.person()?.email;
    let is = |row: &&Value| text(row, "/Email").is_some_and(|own| own.to_lowercase() == *email);
    let mut found: Vec<String> = rows(body, "/data").filter(is).filter_map(|row| text(row, "/id")).collect();
    found.sort();
    if ctx.step.action == Action::Find {
        return Ok(Parsed::learned(Known::new().with(IDS, found)));
    }
    if found.is_empty() {
        Ok(checked(Known::new()))
    } else {
        Ok(Parsed::again(Duration::ZERO, Known::new().with(IDS, found)))
    }
}

/// Reads the record itself, because the search may be a little behind.
fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    need(body, "/data/0/id")?;
    if body.pointer("/data/0/Email_Opt_Out") == Some(&Value::Bool(true)) && person.is_approved() {
        let why = "They unsubscribed in Zoho CRM (\u{201c}Email Opt Out\u{201d}). We skipped them: only they can \
                   resubscribe.";
        return Ok(Parsed::leave_alone(why));
    }
    let tagged = |tag: &&String| rows(body, "/data/0/Tag").any(|row| text(row, "/name").as_ref() == Some(*tag));
    let mut learned = Known::new().with(HAS, person.untags.iter().filter(tagged).cloned().collect::<Vec<_>>());
    let name = ContactName::parts(body, "/data/0/First_Name", "/data/0/Last_Name");
    learned = learned.noting_name(person, "", &name);
    for (name, _) in NAMES {
        learned = learned.with(name, text(body, &format!("/data/0/{name}")));
    }
    Ok(if person.is_approved() { checked(learned) } else { Parsed::learned(learned) })
}

/// The names to write: those that are known, and differ from what is there.
fn names(person: &Person, known: &Known) -> Map<String, Value> {
    let named = NAMES.into_iter().zip([&person.first_name, &person.last_name]);
    let new = named.filter_map(|((field, most), name)| Some((field, beginning(name.as_ref()?, most))));
    let new = new.filter(|(field, name)| known.maybe(field).as_ref() != Some(name));
    new.map(|(field, name)| (field.to_owned(), json!(name))).collect()
}

/// A new contact. `Email_Opt_Out` isn't written, so an upsert that finds someone after all can't undo an opt-out.
fn new_contact(person: &Person) -> Value {
    let last = person.last_name.as_ref().or(person.first_name.as_ref()).unwrap_or(&person.email);
    let mut contact = json!({"Email": person.email, "Last_Name": beginning(last, LAST_NAME_MAX)});
    if let (Some(first), Some(_)) = (&person.first_name, &person.last_name) {
        contact["First_Name"] = json!(beginning(first, FIRST_NAME_MAX));
    }
    contact
}

/// Which of the person's tags exist, and whether the selected ones do.
fn known_tags(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let all: Vec<_> = rows(body, "/tags").filter_map(|row| choice(row, "/id", "/name")).collect();
    if let Some(gone) = person.lists.iter().find(|list| all.iter().all(|tag| tag.id != list.id)) {
        let message =
            format!("The tag {} no longer exists. Choose another one in the connection\u{2019}s settings.", gone.name);
        return Err(Fault::settings("list_missing", message));
    }
    let exists = |name: &&String| all.iter().any(|tag| tag.name.to_lowercase() == name.to_lowercase());
    let learned = person.tags.iter().filter(exists).fold(Known::new(), |learned, tag| learned.with(tag_key(tag), true));
    Ok(Parsed::learned(learned))
}

/// Reads back the tags that this sync added and removed, even if the person has changed since.
fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    need(body, "/data/0/id")?;
    let has: Vec<String> =
        rows(body, "/data/0/Tag").filter_map(|row| text(row, "/name")).map(|name| name.to_lowercase()).collect();
    let remembered = |what: &str| ctx.known.get(what).and_then(Value::as_array).cloned().unwrap_or_default();
    let is_there = |tag: &Value| tag.as_str().is_some_and(|tag| has.contains(&tag.to_lowercase()));
    if remembered(GIVEN).iter().all(is_there) && !remembered(TAKEN).iter().any(is_there) {
        return Ok(Parsed::done());
    }
    poll(ctx.polls, "Zoho CRM accepted the tags, but the contact doesn\u{2019}t have them. Check it, then re-sync.")
}

fn deleted(known: &Known) -> usize {
    known.number(DELETED).and_then(|deleted| usize::try_from(deleted).ok()).unwrap_or_default()
}

fn forgotten(ctx: &StepContext<'_>) -> Parsed {
    let deleted = deleted(ctx.known) + 1;
    let learned = Known::new().with(DELETED, deleted);
    if deleted < ids(ctx.known).len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

/// The body, if each record and tag in it succeeded.
fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    if answer.status >= 500 {
        return answer.json();
    }
    let body = answer.any_json();
    let failed = ["/data/0", "/tags/0", ""]
        .into_iter()
        .filter_map(|place| body.pointer(place))
        .find(|one| text(one, "/code").is_some_and(|code| code != "SUCCESS"));
    let code = failed.and_then(|one| text(one, "/code")).unwrap_or_default();
    let message = failed.and_then(|one| text(one, "/message")).unwrap_or_else(|| answer.message());
    let reason = format!("{code}: {message}");
    match (code.as_str(), ctx.step.action) {
        ("OAUTH_SCOPE_MISMATCH" | "NO_PERMISSION", _) => Err(Fault::rights(format!(
            "The refresh token or its user is missing a permission ({reason}). Generate one with all permissions."
        ))),
        ("INVALID_TOKEN" | "AUTHENTICATION_FAILURE", _) => {
            Err(Fault::credentials("Zoho rejected the access token. Connect again with a new refresh token."))
        }
        ("TOO_MANY_REQUESTS", _) => Err(answer.busy()),
        ("INTERNAL_ERROR", _) => Err(Fault::passing("vendor_error", reason)),
        // Someone created it in the meantime, or our own call did and its response was lost.
        ("DUPLICATE_DATA", Action::MakeTag) => Ok(body),
        // It was deleted before: what isn't there needn't be deleted, and counts as gone.
        ("INVALID_DATA", Action::Forget) => Ok(body),
        ("", _) if answer.is_success() => answer.json(),
        ("", _) => answer.json().map_err(credentials),
        (_, Action::MakeTag | Action::Tag | Action::Untag) => {
            Err(Fault::refused("tag_refused", format!("Zoho CRM didn\u{2019}t accept a tag ({reason}).")))
        }
        (_, Action::Save) => {
            Err(Fault::refused("invalid_email", format!("Zoho CRM didn\u{2019}t accept this contact ({reason}).")))
        }
        _ => answer.json().and(Err(Fault::refused("refused", reason))),
    }
}

fn credentials(fault: Fault) -> Fault {
    match fault.kind {
        FaultKind::Credentials => {
            Fault::credentials("Zoho rejected the access token. Connect again with a new refresh token.")
        }
        _ => fault,
    }
}
