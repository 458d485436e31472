//! Connector for Mailchimp, Marketing API 3.0 (mailchimp.com/developer/marketing/api): a person is a member of an
//! audience, identified by the MD5 hash of their email. Tags need a call of their own.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Event, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task, encode,
    moving::Mover,
    read::{choice, need, rows, text},
};

mod descriptor;
mod moving;

pub static CONNECTOR: Mailchimp = Mailchimp;

#[derive(Debug)]
pub struct Mailchimp;

/// Maximum page size.
const PAGE: usize = 1_000;
/// Maximum length of an event name.
const EVENT_MAX: usize = 30;
/// Known: the audiences that contain the person, if the task names none.
const AUDIENCES: &str = "audiences";
/// Set if the test call uses the ping endpoint because the account can't be read.
const PING: &str = "ping";
/// Roles that may not write to audiences (mailchimp.com/help/manage-user-levels-in-your-account).
const READERS: [&str; 2] = ["viewer", "author"];

impl Connector for Mailchimp {
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
            Task::Tags => Vec::new(),
            Task::Sync(person) => {
                let each = |action: Action| person.lists.iter().map(move |list| Step::about(action, &list.id));
                let saves = each(Action::Save).zip(each(Action::Consent)).map(|(save, look)| save.depends_on([look]));
                let found = find(person).into_iter().chain(each(Action::Consent)).chain(saves);
                found.chain([Step::new(Action::Tag)]).collect()
            }
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let about = ctx.step.about.as_str();
        let host = host(ctx.account)?;
        let request = match ctx.step.action {
            Action::Check if ctx.known.flag(PING) => Request::get(&host, "/3.0/ping"),
            Action::Check => Request::get(&host, "/3.0/").query("fields", "account_id,account_name,role"),
            Action::Lists => Request::get(&host, "/3.0/lists")
                .query("fields", "lists.id,lists.name,total_items")
                .query("count", PAGE.to_string())
                .query("offset", ctx.known.choices().len().to_string()),
            // The person may have changed since the plan was made.
            Action::Save if !ctx.person()?.is_approved() => {
                return Ok(StepRequest::Nothing("they left the program in the meantime"));
            }
            Action::Find => Request::get(&host, "/3.0/lists")
                .query("email", &ctx.person()?.email)
                .query("fields", "lists.id")
                .query("count", PAGE.to_string()),
            Action::Consent => {
                Request::get(&host, member(ctx.person()?, about)).query("fields", "id,status,merge_fields")
            }
            Action::Save => Request::put(&host, member(ctx.person()?, about))
                .query("skip_merge_validation", "true")
                .json(contact(ctx.person()?, ctx.known.flag(&nameless_key(about)))),
            Action::Tag | Action::Forget | Action::Event => {
                let Some(audience) = next(ctx)? else { return Ok(StepRequest::Nothing("not in any audience")) };
                let path = member(ctx.person()?, &audience);
                match ctx.step.action {
                    Action::Event => Request::post(&host, format!("{path}/events")).json(event(ctx.event()?)),
                    Action::Tag if is_ready(ctx, &audience) => {
                        Request::post(&host, format!("{path}/tags")).json(tags(ctx.person()?))
                    }
                    Action::Tag => Request::get(&host, format!("{path}/tags")).query("count", PAGE.to_string()),
                    _ if is_ready(ctx, &audience) => Request::delete(&host, path),
                    _ => Request::get(&host, path).query("fields", "id,status"),
                }
            }
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", encode::basic("rekomi", ctx.account.get("apiKey")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        match ctx.step.action {
            Action::Check if ctx.known.flag(PING) => alive(ctx, &body(answer)?),
            Action::Check if answer.is_no_such_call() => {
                Ok(Parsed::again(Duration::ZERO, Known::new().with(PING, true)))
            }
            Action::Check => check(&body(answer)?),
            Action::Lists => lists(ctx, &body(answer)?),
            Action::Find => {
                let body = body(answer)?;
                let found: Vec<String> = rows(&body, "/lists").filter_map(|list| text(list, "/id")).collect();
                Ok(Parsed::learned(Known::new().with(AUDIENCES, found)))
            }
            Action::Consent if answer.is_no_such_call() => Ok(Parsed::done()),
            Action::Consent => consent(ctx, &body(answer)?),
            Action::Save => saved(ctx, answer),
            Action::Tag | Action::Forget => written(ctx, answer),
            // Sent once, in one audience.
            Action::Event => empty(answer).map(|()| Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }

    /// Mailchimp counts every event that it receives.
    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

/// The step that finds the audiences of a person who left: the task names none for them.
fn find(person: &Person) -> Option<Step> {
    person.lists.is_empty().then(|| Step::new(Action::Find))
}

/// The data center is the end of the key and the beginning of the host name.
fn host(account: &Account) -> Result<Host, Fault> {
    let key = account.get("apiKey")?.trim();
    let center = key.rsplit_once('-').map(|(_, center)| center).filter(|center| {
        (3..=8).contains(&center.len()) && center.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    });
    let center = center.ok_or_else(|| {
        Fault::credentials("The API key is incomplete. It ends with a hyphen and your data center, such as -us19.")
    })?;
    Ok(Host::given("MAILCHIMP", &format!("https://{center}.api.mailchimp.com")))
}

fn member(person: &Person, audience: &str) -> String {
    format!("/3.0/lists/{}/members/{}", encode::segment(audience), encode::md5_of_lower(&person.email))
}

/// The body never contains `status`, which would resubscribe people. Unknown values are omitted.
fn contact(person: &Person, nameless: bool) -> Value {
    let status = if person.consent.is_some() { "subscribed" } else { "pending" };
    let mut contact = json!({"email_address": person.email, "status_if_new": status});
    let names = [("FNAME", &person.first_name), ("LNAME", &person.last_name)];
    let names: Map<String, Value> =
        names.into_iter().filter_map(|(field, name)| Some((field.to_owned(), json!(name.as_ref()?)))).collect();
    if !names.is_empty() && !nameless {
        contact["merge_fields"] = Value::Object(names);
    }
    contact
}

fn tags(person: &Person) -> Value {
    let state = |state: &'static str| move |tag: &String| json!({"name": tag, "status": state});
    let all: Vec<Value> =
        person.tags.iter().map(state("active")).chain(person.untags.iter().map(state("inactive"))).collect();
    json!({"tags": all})
}

/// Converts all values to strings, as Mailchimp requires.
fn event(event: &Event) -> Value {
    let word = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()).filter(|text| !text.is_empty()),
        other => Some(other.to_string()),
    };
    let properties: Map<String, Value> =
        event.properties.iter().filter_map(|(name, value)| Some((name.clone(), json!(word(value)?)))).collect();
    let name: String = event.name.chars().take(EVENT_MAX).collect();
    json!({"name": name, "properties": properties, "occurred_at": event.at.to_string()})
}

fn nameless_key(audience: &str) -> String {
    format!("nameless:{audience}")
}

fn there_key(audience: &str) -> String {
    format!("there:{audience}")
}

fn unread_key(audience: &str) -> String {
    format!("unread:{audience}")
}

fn done_key(audience: &str) -> String {
    format!("done:{audience}")
}

fn saved_key(audience: &str) -> String {
    format!("saved:{audience}")
}

/// The first audience that this step hasn't handled yet: of those to which the person was just saved, then of those
/// where they were found. An event is sent to the first audience that the task names.
fn next(ctx: &StepContext<'_>) -> Result<Option<String>, Fault> {
    let saved = |audience: &String| ctx.step.action == Action::Event || ctx.known.flag(&saved_key(audience));
    let given = ctx.person()?.lists.iter().map(|list| list.id.clone()).filter(saved);
    let found = ctx.known.get(AUDIENCES).and_then(Value::as_array).into_iter().flatten();
    let found = found.filter_map(|one| one.as_str().map(str::to_owned));
    Ok(given.chain(found).find(|audience| !ctx.known.flag(&done_key(audience))))
}

fn done_with(ctx: &StepContext<'_>) -> Result<Parsed, Fault> {
    let Some(audience) = next(ctx)? else { return Ok(Parsed::done()) };
    let learned = Known::new().with(done_key(&audience), true);
    let mut known = ctx.known.clone();
    known.absorb(learned.clone());
    let more = next(&StepContext { known: &known, ..*ctx })?.is_some();
    Ok(if more { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) })
}

fn check(body: &Value) -> Result<Parsed, Fault> {
    let role = text(body, "/role").unwrap_or_default();
    if READERS.contains(&role.as_str()) {
        return Err(Fault::rights(format!(
            "The key belongs to a user with the role {role}, who can\u{2019}t edit audiences. Create a key as a user \
             with the role Manager, Admin or Owner."
        )));
    }
    let name = need(body, "/account_name").or_else(|_| need(body, "/account_id"))?;
    Ok(Parsed::learned(Known::new().with("account", name)))
}

/// Handles the ping, which names no account: the data center is displayed instead.
fn alive(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    need(body, "/health_status")?;
    let shown = host(ctx.account)?.url.trim_start_matches("https://").to_owned();
    Ok(Parsed::learned(Known::new().with("account", shown)))
}

fn lists(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let total: usize = need(body, "/total_items")?.parse().unwrap_or(0);
    let learned =
        Known::new().with_choices(ctx.known, rows(body, "/lists").filter_map(|row| choice(row, "/id", "/name")));
    let known = learned.choices().len();
    let more = known > ctx.known.choices().len() && known < total;
    Ok(if more { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) })
}

fn left_alone() -> Parsed {
    Parsed::leave_alone(
        "They unsubscribed from the Mailchimp audience, or their address bounced. We skipped them: only they can \
         resubscribe, using one of your forms.",
    )
}

/// What a member's status means for the sync. An archived member would stay archived whatever is written.
fn affiliate_status(body: &Value) -> Result<Parsed, Fault> {
    match need(body, "/status")?.as_str() {
        "unsubscribed" | "cleaned" => Ok(left_alone()),
        "archived" => Err(Fault::refused(
            "archived",
            "They\u{2019}re archived in the Mailchimp audience. Unarchive them in Mailchimp, then re-sync.",
        )),
        _ => Ok(Parsed::done()),
    }
}

fn consent(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let parsed = affiliate_status(body)?;
    let name = ContactName::parts(body, "/merge_fields/FNAME", "/merge_fields/LNAME");
    Ok(Parsed { learned: parsed.learned.noting_name(ctx.person()?, &ctx.step.about, &name), ..parsed })
}

fn saved(ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
    let about = &ctx.step.about;
    let problem = answer.any_json();
    let title = text(&problem, "/title").unwrap_or_default();
    let detail = text(&problem, "/detail").unwrap_or_default();
    let of_a_name = |error: &Value| matches!(text(error, "/field").as_deref(), Some("FNAME" | "LNAME"));
    let of_names = rows(&problem, "/errors").any(of_a_name);
    match answer.status {
        400 if title == "Member In Compliance State" => Ok(left_alone()),
        400 if title == "Forgotten Email Not Subscribed" => Err(Fault::refused(
            "forgotten",
            "They were permanently deleted in Mailchimp, which doesn\u{2019}t allow adding them again. They can sign \
             up through the audience\u{2019}s own form.",
        )),
        400 if of_names && !ctx.known.flag(&nameless_key(about)) => {
            Ok(Parsed::again(Duration::ZERO, Known::new().with(nameless_key(about), true)))
        }
        400 if detail.contains("a lot of lists") => Err(Fault::passing(
            "signup_limit",
            "This address was recently added to many audiences, and Mailchimp asks us to wait.",
        )),
        400 => Err(Fault::refused(
            "invalid_email",
            format!("Mailchimp didn\u{2019}t accept this contact ({}).", answer.message()),
        )),
        404 => Err(Fault::settings(
            "list_missing",
            "The audience no longer exists. Choose another one in the connection\u{2019}s settings.",
        )),
        _ => {
            let body = body(answer)?;
            need(&body, "/id")?;
            let parsed = affiliate_status(&body)?;
            Ok(Parsed { learned: parsed.learned.with(saved_key(about), true), ..parsed })
        }
    }
}

/// Whether the write may be sent: an audience that was only found is read first.
fn is_ready(ctx: &StepContext<'_>, audience: &str) -> bool {
    ctx.known.flag(&saved_key(audience)) || ctx.known.flag(&there_key(audience))
}

/// Handles tagging and deletion. Of the audiences that were found, only those where the person has a tag of ours are
/// tagged, and only those where they aren't archived yet are left. If that can't be read, the write shows it. A
/// deletion archives the contact: Mailchimp would reject a permanently deleted email forever.
fn written(ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
    let (person, audience) = (ctx.person()?, next(ctx)?.unwrap_or_default());
    let tagging = ctx.step.action == Action::Tag;
    if is_ready(ctx, &audience) {
        let requested = tagging && !ctx.known.flag(&unread_key(&audience));
        if requested || answer.status != 404 {
            empty(answer)?;
        }
        return done_with(ctx);
    }
    if answer.is_no_such_call() {
        let known = Known::new().with(there_key(&audience), true).with(unread_key(&audience), true);
        return Ok(Parsed::again(Duration::ZERO, known));
    }
    let body = body(answer)?;
    let due = if tagging {
        need(&body, "/total_items")?;
        rows(&body, "/tags").filter_map(|tag| text(tag, "/name")).any(|tag| person.untags.contains(&tag))
    } else {
        need(&body, "/status")? != "archived"
    };
    if due { Ok(Parsed::again(Duration::ZERO, Known::new().with(there_key(&audience), true))) } else { done_with(ctx) }
}

/// Accepts only 204, which confirms the write. Any other success comes from somewhere else.
fn empty(answer: &Answer) -> Result<(), Fault> {
    let body = read(answer, Answer::json_or_nothing)?;
    let happened = answer.status == 204 && body.is_null();
    if happened { Ok(()) } else { Err(Fault::unreadable("204 and nothing was expected")) }
}

fn body(answer: &Answer) -> Result<Value, Fault> {
    read(answer, Answer::json)
}

/// Reads a response. Mailchimp rejects excess requests before they reach its API, with 403 or 429 and an HTML page
/// instead of JSON; that doesn't mean that the key is bad.
fn read(answer: &Answer, by: fn(&Answer) -> Result<Value, Fault>) -> Result<Value, Fault> {
    let problem = answer.any_json();
    if matches!(answer.status, 403 | 429) && problem.is_null() {
        return Err(answer.busy());
    }
    let title = text(&problem, "/title").unwrap_or_default().replace(' ', "");
    by(answer).map_err(|fault| match fault.kind {
        FaultKind::Credentials => Fault::credentials(
            "Mailchimp rejected the API key. Copy it again, or create a new one under Extras \u{2192} API keys.",
        ),
        FaultKind::Rights if ["UserDisabled", "WrongDatacenter"].contains(&title.as_str()) => {
            Fault::credentials(format!("Mailchimp no longer accepts the key ({}).", answer.message()))
        }
        FaultKind::Rights => Fault::rights(format!(
            "The key\u{2019}s user is missing a permission ({}). The role must be Manager, Admin or Owner.",
            answer.message()
        )),
        _ => fault,
    })
}
