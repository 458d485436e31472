//! Braze (www.braze.com/docs/api): profiles with custom attributes, which are written at once and worked off later.
//! Braze writes consent at face value, so it is read first, and whatever it took is read back.
//!
//! People are matched by email: an identifier of ours would make a second profile of each affiliate who is a customer
//! already, with a second state of what they agreed to.

mod descriptor;

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use self::descriptor::permission;
use crate::{
    Account, Act, Answer, Ask, Connector, Descriptor, Fault, FaultKind, Heard, Host, Known, Person, Request, Step,
    Task, Turn, known,
    read::{self, need, rows, text},
};

pub static CONNECTOR: Braze = Braze;

#[derive(Debug)]
pub struct Braze;

const TRACK: &str = "users.track";
const EXPORT: &str = "users.export.ids";
/// Instead of it, where an instance has no such call: for the test call, and to see who unsubscribed.
const SEGMENTS: &str = "segments.list";
const OPT_OUTS: &str = "email.unsubscribe";
const GROUP: &str = "subscription.status.get";
const TAGS: &str = "rekomi_tags";
const STATUS: &str = "rekomi_status";
/// Known: Braze's own ids of the profiles with this address.
const PROFILES: &str = "profiles";
/// Known once it was looked that they may be put into the group.
const CLEAR: &str = "clear";
/// Known where profiles can't be exported: nobody can tell whether they are there.
const BLIND: &str = "blind";
/// Known once Braze said that it processed the profile.
const COUNTED: &str = "counted";
/// Known: the profile that was written.
const WROTE: &str = "wrote";
/// An address that nobody can have (RFC 2606, section 2), for test calls.
const NOBODY: &str = "nobody@rekomi.invalid";
/// The only part of a profile that is read.
const READ: [&str; 5] = ["braze_id", "first_name", "last_name", "email_subscribe", "custom_attributes"];
/// Most that can be deleted at once.
const DELETED_MAX: usize = 50;

impl Connector for Braze {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, account: &Account, task: &Task) -> Vec<Step> {
        let group = account.maybe("subscriptionGroupId");
        match task {
            Task::Check => {
                let tested = group.map(|_| GROUP);
                [EXPORT].into_iter().chain(tested).map(|what| Step::about(Act::Check, what)).collect()
            }
            Task::Sync(person) => {
                let mut steps = vec![Step::new(Act::Find)];
                steps.extend(group.map(|group| Step::about(Act::Consent, group)));
                let save = Step::new(Act::Save).rests_on(steps.clone());
                steps.extend([save, Step::new(Act::Confirm)]);
                let joins = group.filter(|_| is_subscribed(person));
                steps.extend(joins.map(|group| Step::about(Act::Confirm, group)));
                steps
            }
            Task::Event(..) => vec![Step::new(Act::Event)],
            Task::Forget(_) => vec![Step::new(Act::Find), Step::new(Act::Forget)],
            Task::Lists | Task::Tags => Vec::new(),
        }
    }

    fn ask(&self, turn: &Turn<'_>) -> Result<Ask, Fault> {
        let host = host(turn.account)?;
        let about = turn.step.about.as_str();
        let profiles = turn.known.get(PROFILES).and_then(Value::as_array);
        let nobody = profiles.is_none_or(Vec::is_empty);
        if never_was(turn) {
            return Ok(Ask::Nothing("they never were there"));
        }
        let blind = turn.known.flag(BLIND);
        let request = match turn.step.act {
            Act::Check if about == EXPORT && blind => Request::get(&host, "/segments/list").query("page", "0"),
            Act::Check if about == EXPORT => export(&host, NOBODY),
            Act::Check => status(&host, turn.account.get("subscriptionGroupId")?, NOBODY),
            Act::Find if blind => opt_outs(&host, turn)?,
            Act::Find => export(&host, &turn.person()?.email),
            Act::Consent if !turn.person()?.is_approved() => return Ok(Ask::Nothing("they left")),
            Act::Consent if nobody && !blind => return Ok(Ask::Nothing("the profile is new")),
            Act::Consent => status(&host, about, &turn.person()?.email),
            Act::Save => Request::post(&host, "/users/track").json(json!({"attributes": [profile(turn)?]})),
            Act::Confirm if turn.known.get(WROTE).is_none() => return Ok(Ask::Nothing("nothing was written")),
            Act::Confirm if about.is_empty() && blind => {
                return counted(turn).map(|_| Ask::Nothing("profiles can\u{2019}t be read back here"));
            }
            Act::Confirm if about.is_empty() => export(&host, &turn.person()?.email),
            // What was planned may have changed since.
            Act::Confirm if wrote(turn, "subscription_groups").is_none() => {
                return Ok(Ask::Nothing("they weren\u{2019}t put into the group"));
            }
            Act::Confirm => status(&host, about, &turn.person()?.email),
            Act::Event => Request::post(&host, "/users/track").json(json!({"events": [event(turn)?]})),
            Act::Forget if blind => Request::post(&host, "/users/delete").json(json!({"email_addresses": [
                {"email": turn.person()?.email, "prioritization": ["most_recently_updated"]}
            ]})),
            Act::Forget if nobody => return Ok(Ask::Nothing("they aren\u{2019}t there")),
            Act::Forget => Request::post(&host, "/users/delete").json(json!({"braze_ids": profiles})),
            _ => return Err(Fault::unplanned(turn.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", turn.account.get("apiKey")?)).into())
    }

    fn hear(&self, turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
        let about = turn.step.about.as_str();
        if answer.is_no_such_call()
            && let Some(heard) = without_export(turn)
        {
            return heard;
        }
        let body = answer.json().map_err(|fault| explained(turn, answer, fault))?;
        let blind = turn.known.flag(BLIND);
        match turn.step.act {
            Act::Check if about == EXPORT => {
                if blind {
                    need(&body, "/message")?;
                } else {
                    users(&body)?;
                }
                let host = host(turn.account)?;
                Ok(Heard::learned(Known::new().with("account", host.url.trim_start_matches("https://"))))
            }
            Act::Check => is(&body, "unknown").map(|_| Heard::done()),
            Act::Find if blind => opted_out(turn.person()?, &body),
            Act::Find => found(turn, &body),
            Act::Consent if is(&body, "unsubscribed")? => Ok(unsubscribed("the subscription group")),
            Act::Consent => Ok(Heard::learned(Known::new().with(CLEAR, true))),
            Act::Save => saved(turn, &body),
            Act::Event => taken(&body, "events_processed"),
            Act::Confirm if about.is_empty() => confirmed(turn, &body),
            Act::Confirm if is(&body, "subscribed")? => Ok(Heard::done()),
            Act::Confirm => read::poll(turn.asked, NOT_IN_GROUP),
            Act::Forget => Ok(Heard::done()),
            _ => Err(Fault::unplanned(turn.step)),
        }
    }

    /// Braze counts each event that it is told of.
    fn may_repeat(&self, act: Act) -> bool {
        act != Act::Event
    }
}

const NOT_THERE: &str = "Braze took the call, but the profile doesn\u{2019}t show its rekomi_tags and rekomi_status. \
                         Look at the profile in Braze, and re-sync: nothing is written twice.";
const NOT_COUNTED: &str = "Braze took the call without saying that it processed the profile, and profiles can\u{2019}t be \
                           read back there. Re-sync later: nothing is written twice.";
const NOT_IN_GROUP: &str = "The profile is there with its tags, but Braze doesn\u{2019}t show it in the subscription \
                            group. Check that the group is one for email, and re-sync.";

/// The instance that the account is on; nothing is ever sent to a host that isn't Braze's.
fn host(account: &Account) -> Result<Host, Fault> {
    let given = account.get("restEndpoint")?.trim();
    let url = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
    let url = Url::parse(&url).ok();
    let host = url.as_ref().and_then(Url::host_str).filter(|name| is_brazes(name));
    // Nothing but the host: no name, no port, no path.
    let name = host.filter(|name| url.as_ref().is_some_and(|url| url.as_str() == format!("https://{name}/")));
    name.map(|name| Host::given("BRAZE", &format!("https://{name}"))).ok_or_else(|| {
        Fault::credentials(format!(
            "\u{201c}{given}\u{201d} isn\u{2019}t one of Braze\u{2019}s REST endpoints. They look like \
             https://rest.iad-01.braze.com or https://rest.fra-01.braze.eu; yours is in Braze under Settings, APIs and \
             Identifiers."
        ))
    })
}

/// `rest.<instance>.braze.com`, or `.eu`.
fn is_brazes(name: &str) -> bool {
    let instance = name
        .strip_prefix("rest.")
        .and_then(|rest| rest.strip_suffix(".braze.com").or_else(|| rest.strip_suffix(".braze.eu")));
    let plain = |instance: &str| instance.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    instance.is_some_and(|instance| !instance.is_empty() && plain(instance))
}

fn export(host: &Host, email: &str) -> Request {
    Request::post(host, "/users/export/ids").json(json!({"email_address": email, "fields_to_export": READ}))
}

/// Braze wants an end of the time that it looks at: the day that has not come yet.
fn opt_outs(host: &Host, turn: &Turn<'_>) -> Result<Request, Fault> {
    let tomorrow = turn.now.plus_days(1).to_string().chars().take(10).collect::<String>();
    let request = Request::get(host, "/email/unsubscribes").query("email", &turn.person()?.email);
    Ok(request.query("end_date", tomorrow))
}

fn status(host: &Host, group: &str, email: &str) -> Request {
    Request::get(host, "/subscription/status/get").query("subscription_group_id", group).query("email", email)
}

/// Whether the group is to be told that they agreed.
fn is_subscribed(person: &Person) -> bool {
    person.is_approved() && person.consent.is_some()
}

/// Nobody is added only to be marked as gone. What was written is waited for even so: the next sync must see it.
fn never_was(turn: &Turn<'_>) -> bool {
    let left = matches!(turn.task, Task::Sync(person) if !person.is_approved());
    left && turn.known.get(WROTE).is_none()
        && !turn.known.flag(BLIND)
        && turn.known.maybe("contact").is_none()
        && (turn.step.act, turn.step.about.as_str()) != (Act::Find, "")
}

/// What isn't known is left out, so that what is there stays; of whoever left only what is ours changes. The tags
/// replace those that are there.
fn profile(turn: &Turn<'_>) -> Result<Value, Fault> {
    let person = turn.person()?;
    let mut profile = json!({
        "email": person.email,
        "_update_existing_only": !person.is_approved(),
        TAGS: person.tags,
        STATUS: person.standing.as_str(),
    });
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            profile[field] = json!(value);
        }
    }
    let nobody = turn.known.maybe("contact").is_none() && !turn.known.flag(BLIND);
    let joins = is_subscribed(person) && (nobody || turn.known.flag(CLEAR));
    if let Some(group) = turn.account.maybe("subscriptionGroupId").filter(|_| joins) {
        let entry = json!({"subscription_group_id": group, "subscription_state": "subscribed"});
        profile["subscription_groups"] = json!([entry]);
    }
    Ok(profile)
}

/// An event makes no profile of somebody who was deleted.
fn event(turn: &Turn<'_>) -> Result<Value, Fault> {
    let event = turn.event()?;
    let mut properties = event.properties.clone();
    properties.insert("rekomi_event_id".to_owned(), json!(event.id));
    Ok(json!({
        "email": turn.person()?.email,
        "_update_existing_only": true,
        "name": event.name,
        "time": event.at.to_string(),
        "properties": properties,
    }))
}

/// The profiles of an answer; one without any says so with an empty list.
fn users(body: &Value) -> Result<&Vec<Value>, Fault> {
    body.get("users").and_then(Value::as_array).ok_or_else(|| Fault::unreadable("no users in it"))
}

/// Whether a group says this of an address: `Subscribed`, `Unsubscribed` or `Unknown`, as Braze writes it.
fn is(body: &Value, wanted: &str) -> Result<bool, Fault> {
    let states = body.get("status").and_then(Value::as_object).ok_or_else(|| Fault::unreadable("no status in it"))?;
    Ok(states.values().filter_map(known::text).any(|state| state.to_lowercase() == wanted))
}

fn found(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let users = users(body)?;
    let out = |user: &Value| text(user, "/email_subscribe").as_deref() == Some("unsubscribed");
    if matches!(turn.task, Task::Sync(person) if person.is_approved()) && users.iter().any(out) {
        return Ok(unsubscribed("all email"));
    }
    let ids: Vec<String> =
        users.iter().take(DELETED_MAX).map(|user| need(user, "/braze_id")).collect::<Result<_, _>>()?;
    let known = ids.first().map_or_else(Known::new, |first| Known::new().with("contact", first.as_str()));
    Ok(Heard::learned(known.with(PROFILES, ids)))
}

/// What goes on where the instance knows no export of profiles: other calls say who unsubscribed, and what Braze counted
/// stands. None for calls that there must be.
fn without_export(turn: &Turn<'_>) -> Option<Result<Heard, Fault>> {
    let (about, blind) = (turn.step.about.as_str(), Known::new().with(BLIND, true));
    let approved = matches!(turn.task, Task::Sync(person) if person.is_approved());
    match turn.step.act {
        Act::Check if about == EXPORT && !turn.known.flag(BLIND) => Some(Ok(Heard::again(Duration::ZERO, blind))),
        Act::Find if approved && !turn.known.flag(BLIND) => Some(Ok(Heard::again(Duration::ZERO, blind))),
        Act::Find => Some(Ok(Heard::learned(blind))),
        Act::Confirm if about.is_empty() => Some(counted(turn)),
        _ => None,
    }
}

fn opted_out(person: &Person, body: &Value) -> Result<Heard, Fault> {
    let emails = body.get("emails").and_then(Value::as_array).ok_or_else(|| Fault::unreadable("no emails in it"))?;
    let theirs = |row: &Value| text(row, "/email").is_some_and(|email| email.eq_ignore_ascii_case(&person.email));
    Ok(if emails.iter().any(theirs) { unsubscribed("all email") } else { Heard::done() })
}

fn counted(turn: &Turn<'_>) -> Result<Heard, Fault> {
    if turn.known.flag(COUNTED) { Ok(Heard::done()) } else { Err(Fault::refused("not_confirmed", NOT_COUNTED)) }
}

fn saved(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let count = body.get("attributes_processed").and_then(Value::as_u64);
    // Whoever left and isn't there, where that couldn't be seen before.
    if count == Some(0) && turn.known.flag(BLIND) && !turn.person()?.is_approved() {
        return Ok(Heard::done());
    }
    taken(body, "attributes_processed")?;
    let counted = count.is_some_and(|count| count > 0);
    Ok(Heard::learned(Known::new().with(WROTE, profile(turn)?).with(COUNTED, counted)))
}

fn unsubscribed(from: &str) -> Heard {
    Heard::leave_alone(format!(
        "They unsubscribed from {from} in Braze, so they were left alone. Only they can subscribe again."
    ))
}

/// An answer of success may carry errors, and then names what it dropped. In maintenance everything is queued.
fn taken(body: &Value, counted: &str) -> Result<Heard, Fault> {
    let said = rows(body, "/errors").next().map(|error| text(error, "/type").unwrap_or_else(|| error.to_string()));
    if let Some(said) = said {
        return Err(dropped(&said));
    }
    match (text(body, "/message").as_deref(), body.get(counted).and_then(Value::as_u64)) {
        (Some("queued"), _) => Ok(Heard::done()),
        (Some("success"), Some(0)) => Err(dropped("nothing was processed")),
        (Some("success"), _) => Ok(Heard::done()),
        _ => Err(Fault::unreadable("neither success nor queued")),
    }
}

fn dropped(said: &str) -> Fault {
    let code = if said.to_lowercase().contains("email") { "invalid_email" } else { "refused" };
    Fault::refused(code, format!("Braze won\u{2019}t take this: \u{201c}{said}\u{201d}."))
}

fn wrote<'a>(turn: &Turn<'a>, field: &str) -> Option<&'a Value> {
    turn.known.get(WROTE)?.get(field)
}

fn confirmed(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let same = |name: &str, shown: Option<&Value>| wrote(turn, name).is_none_or(|value| Some(value) == shown);
    let is_it = |user: &Value| {
        ["first_name", "last_name"].iter().all(|name| same(name, user.get(name)))
            && [TAGS, STATUS].iter().all(|name| same(name, user.pointer(&format!("/custom_attributes/{name}"))))
    };
    if users(body)?.iter().any(is_it) { Ok(Heard::done()) } else { read::poll(turn.asked, NOT_THERE) }
}

/// Braze answers 401 to an unknown key, to one of another instance, and to one without the permission. Once another
/// call of the same task was let through, only the last of these is left.
fn explained(turn: &Turn<'_>, answer: &Answer, fault: Fault) -> Fault {
    let (act, about) = (turn.step.act, turn.step.about.as_str());
    let said = answer.said();
    let about_group = act != Act::Check && !about.is_empty() || about == GROUP;
    let permission = match act {
        Act::Find if turn.known.flag(BLIND) => OPT_OUTS,
        Act::Check if turn.known.flag(BLIND) && !about_group => SEGMENTS,
        _ => permission(act, about_group),
    };
    let proven = !matches!((act, about), (Act::Find | Act::Event, _) | (Act::Check, EXPORT));
    match fault.kind {
        FaultKind::Rights => lacking(permission),
        FaultKind::Credentials if proven || said.to_lowercase().contains("permission") => lacking(permission),
        FaultKind::Credentials => Fault::credentials(format!(
            "Braze refused the key. Either it is wrong, or it belongs to another instance than the REST endpoint, or \
             it lacks the permission {permission}: Braze says the same of all three."
        )),
        FaultKind::Refused if about_group && matches!(answer.status, 400 | 404) => Fault::settings(
            "group_missing",
            format!("Braze doesn\u{2019}t know the subscription group (\u{201c}{said}\u{201d}). Copy its ID again."),
        ),
        FaultKind::Refused if act == Act::Save && answer.status == 400 => dropped(&said),
        _ => fault,
    }
}

fn lacking(permission: &str) -> Fault {
    Fault::rights(format!(
        "The key lacks the permission {permission}. Braze can\u{2019}t add it to a key: create another under Settings, \
         APIs and Identifiers, and connect again."
    ))
}
