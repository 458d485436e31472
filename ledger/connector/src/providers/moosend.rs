//! Connector for Moosend, API version 3 (docs.moosend.com; the vendor's own API blueprint). Failures arrive with status
//! 200 and a code in the body. Contacts belong to lists. Adding someone again resubscribes them, and an update clears
//! custom fields that it doesn't name: so people are read first, and existing ones are updated by their id with all
//! they have.

mod descriptor;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    encode::segment,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: Moosend = Moosend;

#[derive(Debug)]
pub struct Moosend;

const HOST: Host = Host::fixed("MOOSEND", "https://api.moosend.com");
/// The pace of calls that add or update people.
const WRITES: &str = "subscribers";
const PAGE: u64 = 100;
const STATUS: &str = "rekomi_status";
/// `SubscribeType` of a member of a list.
const UNSUBSCRIBED: &str = "2";
const BOUNCED: &str = "3";
const REMOVED: &str = "4";
/// How a missing list or member is worded isn't documented: any of these, or code 404.
const MISSING: [&str; 5] = ["NOT_FOUND", "NOT FOUND", "NOTFOUND", "NOT_EXIST", "NOT EXIST"];
/// Nor is how a bad key is worded, or a temporary failure.
const BAD_KEY: [&str; 4] = ["API_KEY", "APIKEY", "API KEY", "UNAUTHORI"];
const TEMPORARY: [&str; 4] = ["INTERNAL", "UNEXPECTED", "TIMEOUT", "UNAVAILABLE"];

impl Connector for Moosend {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Sync(person) if person.is_approved() => {
                let of = |action: Action| person.lists.iter().map(move |list| Step::about(action, &list.id));
                let make = |list: &Choice| {
                    Step::about(Action::Save, field_key(&list.id)).creates([Step::about(Action::Lists, &list.id)])
                };
                let fields = person.lists.iter().map(make);
                let joins = of(Action::Join).zip(of(Action::Consent)).map(|(join, look)| join.depends_on([look]));
                of(Action::Lists).chain(of(Action::Consent)).chain(fields).chain(joins).collect()
            }
            Task::Sync(person) => {
                let of = |action: Action| person.used_lists.iter().map(move |list| Step::about(action, list));
                let saves = of(Action::Save).zip(of(Action::Find)).map(|(save, look)| save.depends_on([look]));
                of(Action::Find).chain(of(Action::Lists)).chain(saves).collect()
            }
            Task::Forget(_) => [Action::Lists, Action::Find, Action::Forget].map(Step::new).to_vec(),
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let nothing = |why: &'static str| Ok(StepRequest::Nothing(why));
        let approved = matches!(ctx.task, Task::Sync(person) if person.is_approved());
        let request = match ctx.step.action {
            Action::Lists if !about.is_empty() && !approved && member(known, about).is_none() => {
                return nothing("they aren\u{2019}t on this list");
            }
            Action::Lists if !about.is_empty() => details(about),
            Action::Check | Action::Lists => Request::get(&HOST, format!("/v3/lists/{}/{PAGE}.json", page(known))),
            Action::Consent => view(ctx, about)?,
            Action::Find if !about.is_empty() => view(ctx, about)?,
            Action::Find => match known.choices().get(count(known, LOOKED)) {
                Some(list) => view(ctx, &list.id)?,
                None => return nothing("there\u{2019}s no list"),
            },
            Action::Save if about.starts_with(STATUS) => {
                let list = list_of(about);
                if !approved || has_field(known, list) {
                    return nothing("the field isn\u{2019}t needed, or already exists");
                }
                if known.flag(&twin_key(list)) {
                    details(list)
                } else {
                    let path = format!("/v3/lists/{}/customfields/create.json", segment(list));
                    Request::post(&HOST, path)
                        .json(json!({"Name": STATUS, "CustomFieldType": "Text", "IsHidden": true}))
                }
            }
            // The person may have changed since the plan was made; the next sync handles it.
            Action::Join if ctx.person()?.lists.iter().all(|requested| requested.id != about) => {
                return nothing("they should no longer be on the list");
            }
            Action::Save if approved => return nothing("approved again"),
            Action::Save if member(known, about).is_none_or(|member| !is_subscribed(member)) => {
                return nothing("they aren\u{2019}t subscribed to this list, and an update could change that");
            }
            Action::Join | Action::Save => save(ctx.person()?, known, about)?,
            Action::Forget => match on(known).get(count(known, WRITTEN)) {
                Some(list) => Request::post(&HOST, format!("/v3/subscribers/{}/remove.json", segment(list)))
                    .json(json!({"Email": ctx.person()?.email})),
                None => return nothing("the contact doesn\u{2019}t exist"),
            },
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        // The API has no other place for the key; it's masked in every log, as all secrets are.
        Ok(request.header("Accept", "application/json").query("apikey", ctx.account.get("apiKey")?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        let context = context(ctx, answer);
        let missing = context.as_ref().is_err_and(|fault| fault.code == "not_found");
        let refused = context.as_ref().is_err_and(|fault| fault.kind == FaultKind::Refused);
        match ctx.step.action {
            Action::Consent if missing => return Ok(Parsed::done()),
            Action::Find if missing && !about.is_empty() => return Ok(Parsed::done()),
            Action::Find if missing => return Ok(looked(ctx, false)),
            Action::Forget if missing => return Ok(written(ctx)),
            // Someone created the field in the meantime, or it can't be created and isn't written.
            Action::Save if about.starts_with(STATUS) && refused => {
                let twin = twin_key(list_of(about));
                let again = !ctx.known.flag(&twin);
                return Ok(if again {
                    Parsed::again(Duration::ZERO, Known::new().with(twin, true))
                } else {
                    Parsed::done()
                });
            }
            _ => {}
        }
        let body = context?;
        match ctx.step.action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", account(&body)))),
            Action::Lists if !about.is_empty() => Ok(Parsed::learned(fields(&body, about))),
            Action::Lists => Ok(lists(ctx, &body)),
            Action::Consent => Ok(consent(ctx.person()?, &body, about)),
            Action::Find if about.is_empty() => {
                let there = text(&body, "/ID").is_some() && text(&body, "/SubscribeType").as_deref() != Some(REMOVED);
                Ok(looked(ctx, there))
            }
            Action::Find => Ok(Parsed::learned(remembered(&body, about))),
            Action::Save if about.starts_with(STATUS) => {
                let list = list_of(about);
                let found =
                    if ctx.known.flag(&twin_key(list)) { fields(&body, list) } else { with_field(ctx.known, list) };
                Ok(Parsed::learned(found))
            }
            Action::Join | Action::Save => saved(ctx.person()?, &body),
            Action::Forget => Ok(written(ctx)),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

/// Known: how many lists were searched for a person to be deleted, on which they are, and from how many they're gone.
const LOOKED: &str = "looked";
const ON: &str = "on";
const WRITTEN: &str = "written";

/// The step that creates our field in a list.
fn field_key(list: &str) -> String {
    format!("{STATUS}:{list}")
}

fn list_of(about: &str) -> &str {
    about.split_once(':').map_or("", |(_, list)| list)
}

/// Set while the fields of a list are read again.
fn twin_key(list: &str) -> String {
    format!("twin:{list}")
}

fn fields_key(list: &str) -> String {
    format!("fields:{list}")
}

fn member_key(list: &str) -> String {
    format!("member:{list}")
}

fn page(known: &Known) -> u64 {
    known.number("page").unwrap_or(1)
}

fn count(known: &Known, name: &str) -> usize {
    known.number(name).and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
}

fn details(list: &str) -> Request {
    Request::get(&HOST, format!("/v3/lists/{}/details.json", segment(list))).query("WithStatistics", "false")
}

fn view(ctx: &StepContext<'_>, list: &str) -> Result<Request, Fault> {
    let path = format!("/v3/subscribers/{}/view.json", segment(list));
    Ok(Request::get(&HOST, path).query("Email", ctx.person()?.email.as_str()))
}

/// The member as the list has them, if they were found.
fn member<'a>(known: &'a Known, list: &str) -> Option<&'a Value> {
    known.get(&member_key(list))
}

/// Keeps only what an update needs.
fn remembered(body: &Value, list: &str) -> Known {
    let names = ["ID", "Name", "SubscribeType", "CustomFields", "Tags", "Preferences"];
    let member = names.into_iter().filter_map(|name| Some((name.to_owned(), body.get(name)?.clone()))).collect();
    Known::new().with(member_key(list), Value::Object(member))
}

/// A new member, or one by their id with all they have. Only new ones are added, because adding someone resubscribes
/// them.
fn save(person: &Person, known: &Known, list: &str) -> Result<Request, Fault> {
    let (none, member) = (Value::Null, member(known, list));
    let old = member.unwrap_or(&none);
    let mut body = json!({"Email": person.email});
    let name = person.full_name().filter(|_| person.is_approved());
    if let Some(name) = name.or_else(|| text(old, "/Name")) {
        body["Name"] = json!(name);
    }
    let has = |row: &Value| Some((text(row, "/Name")?, text(row, "/Value")?));
    let mut fields: Vec<(String, String)> = rows(old, "/CustomFields").filter_map(has).collect();
    if has_field(known, list) {
        fields.retain(|(name, _)| name != STATUS);
        fields.push((STATUS.to_owned(), person.affiliate_status.as_str().to_owned()));
    }
    let fields: Vec<String> = fields.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    let is_kept = |tag: &&str| !person.untags.iter().chain(&person.tags).any(|ours| ours == tag);
    let theirs = rows(old, "/Tags").filter_map(Value::as_str).filter(is_kept);
    let tags: Vec<&str> = theirs.chain(person.tags.iter().map(String::as_str)).collect();
    let preferences: Vec<&Value> = rows(old, "/Preferences").collect();
    for (name, values) in [("CustomFields", json!(fields)), ("Tags", json!(tags)), ("Preferences", json!(preferences))]
    {
        if values != json!([]) {
            body[name] = values;
        }
    }
    let list = segment(list);
    let path = match text(old, "/ID") {
        Some(id) => format!("/v3/subscribers/{list}/update/{}.json", segment(&id)),
        None if member.is_some() => return Err(Fault::unreadable("no ID in it")),
        None => {
            body["HasExternalDoubleOptIn"] = json!(person.consent.is_some());
            format!("/v3/subscribers/{list}/subscribe.json")
        }
    };
    Ok(Request::post(&HOST, path).json(body).pace(WRITES))
}

/// What a response is about. A failure has status 200 and a code other than 0.
fn context(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = answer.json().map_err(|fault| match fault.kind {
        FaultKind::Credentials | FaultKind::Rights => key_rejected(),
        _ => fault,
    })?;
    let code = body.get("Code").and_then(Value::as_i64).ok_or_else(|| Fault::unreadable("no code in it"))?;
    let message = text(&body, "/Error").unwrap_or_else(|| format!("code {code}"));
    let is_like = |words: &[&str]| words.iter().any(|word| message.to_uppercase().contains(word));
    Err(match code {
        0 => return Ok(body.get("Context").cloned().unwrap_or_default()),
        429 => answer.busy(),
        401 | 403 => key_rejected(),
        _ if is_like(&["RATE-LIMIT", "RATE_LIMIT"]) => answer.busy(),
        _ if is_like(&TEMPORARY) => Fault::passing("vendor_error", format!("Moosend failed: {message}.")),
        _ if is_like(&BAD_KEY) || ctx.step.action == Action::Check => key_rejected(),
        404 => missing(ctx, &message),
        _ if is_like(&MISSING) => missing(ctx, &message),
        _ => Fault::refused("refused", format!("Moosend rejected the request: {message}.")),
    })
}

fn key_rejected() -> Fault {
    Fault::credentials("Moosend rejected the API key. Copy it again from Settings \u{2192} API key.")
}

fn missing(ctx: &StepContext<'_>, message: &str) -> Fault {
    match ctx.step.action {
        Action::Join if member(ctx.known, &ctx.step.about).is_some() => {
            Fault::passing("conflict", "Moosend doesn\u{2019}t have them on the list anymore.")
        }
        Action::Lists | Action::Join => Fault::settings(
            "list_missing",
            "The list no longer exists, or the key belongs to another account. Choose another list in the \
             connection\u{2019}s settings.",
        ),
        _ => Fault::refused("not_found", format!("Moosend doesn\u{2019}t know it: {message}.")),
    }
}

/// The account's display name: the API has no account name, so list names identify it.
fn account(body: &Value) -> String {
    let names: Vec<String> = rows(body, "/MailingLists").filter_map(|row| text(row, "/Name")).take(3).collect();
    if names.is_empty() { "no lists yet".to_owned() } else { format!("lists: {}", names.join(", ")) }
}

fn lists(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let found: Vec<Choice> = rows(body, "/MailingLists").filter_map(|row| choice(row, "/ID", "/Name")).collect();
    let page = page(ctx.known);
    let pages = body.pointer("/Paging/TotalPageCount").and_then(Value::as_u64).unwrap_or(1);
    let learned = Known::new().with_choices(ctx.known, found).with("page", page + 1);
    if page < pages { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

fn fields(body: &Value, list: &str) -> Known {
    let names: Vec<String> = rows(body, "/CustomFieldsDefinition").filter_map(|row| text(row, "/Name")).collect();
    Known::new().with(fields_key(list), json!(names))
}

fn has_field(known: &Known, list: &str) -> bool {
    let mut names = known.get(&fields_key(list)).and_then(Value::as_array).into_iter().flatten();
    names.any(|name| name.as_str() == Some(STATUS))
}

/// Adds the field that was just created.
fn with_field(known: &Known, list: &str) -> Known {
    let mut names = known.get(&fields_key(list)).and_then(Value::as_array).cloned().unwrap_or_default();
    names.push(json!(STATUS));
    Known::new().with(fields_key(list), json!(names))
}

/// Whether nothing says that they left the list.
fn is_subscribed(member: &Value) -> bool {
    let kind = text(member, "/SubscribeType").unwrap_or_default();
    ![UNSUBSCRIBED, BOUNCED, REMOVED].contains(&kind.as_str())
}

fn consent(person: &Person, body: &Value, list: &str) -> Parsed {
    match text(body, "/SubscribeType").as_deref() {
        _ if text(body, "/ID").is_none() => Parsed::done(),
        Some(UNSUBSCRIBED) => Parsed::leave_alone(
            "They unsubscribed from the list in Moosend. We skipped them: only they can resubscribe.",
        ),
        Some(BOUNCED | REMOVED) => Parsed::leave_alone(
            "In Moosend, they bounced or were removed from the list, which counts as unsubscribed. We skipped them.",
        ),
        _ => {
            let name = ContactName::full(body, "/Name");
            Parsed::learned(remembered(body, list).noting_name(person, list, &name))
        }
    }
}

/// Checks that the response has the member. If it shows tags, they must be ours.
fn saved(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    need(body, "/ID")?;
    if !body.get("Tags").is_some_and(Value::is_array) {
        return Ok(Parsed::done());
    }
    let has: Vec<String> = rows(body, "/Tags").filter_map(Value::as_str).map(str::to_lowercase).collect();
    let is_there = |tag: &&String| has.contains(&tag.to_lowercase());
    let wrong = person.tags.iter().find(|tag| !is_there(tag)).or_else(|| person.untags.iter().find(is_there));
    match wrong {
        None => Ok(Parsed::done()),
        Some(tag) => {
            let message = format!("Moosend didn\u{2019}t add or remove the tag {tag}. Check it there, then re-sync.");
            Err(Fault::refused("tag_refused", message))
        }
    }
}

/// The lists on which a person to be deleted was found.
fn on(known: &Known) -> Vec<String> {
    let found = known.get(ON).and_then(Value::as_array).into_iter().flatten();
    found.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// Records that one more list was searched for a person to be deleted.
fn looked(ctx: &StepContext<'_>, is_there: bool) -> Parsed {
    let (looked, lists) = (count(ctx.known, LOOKED), ctx.known.choices());
    let mut found = on(ctx.known);
    found.extend(lists.get(looked).filter(|_| is_there).map(|list| list.id.clone()));
    let learned = Known::new().with(LOOKED, looked + 1).with(ON, found);
    if looked + 1 < lists.len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

/// Records that they're gone from one more list.
fn written(ctx: &StepContext<'_>) -> Parsed {
    let written = count(ctx.known, WRITTEN) + 1;
    let learned = Known::new().with(WRITTEN, written);
    if written < on(ctx.known).len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}
