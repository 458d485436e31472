//! Connector for Braze (www.braze.com/docs/api): profiles with custom attributes, which Braze accepts immediately and
//! processes later. Braze doesn't check consent when it writes, so we read it first, and read back what was written.
//!
//! People are matched by email: an external id of ours would create a second profile, with its own consent state, for
//! each affiliate who is already a customer.

mod descriptor;

use std::time::Duration;

use serde_json::{Value, json};
use url::Url;

use self::descriptor::permission;
use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task, known,
    read::{self, need, rows, text},
};

pub static CONNECTOR: Braze = Braze;

#[derive(Debug)]
pub struct Braze;

const TRACK: &str = "users.track";
const EXPORT: &str = "users.export.ids";
/// Used for the test call and to see who unsubscribed, if an instance lacks the export call.
const SEGMENTS: &str = "segments.list";
const OPT_OUTS: &str = "email.unsubscribe";
const GROUP: &str = "subscription.status.get";
const TAGS: &str = "rekomi_tags";
const STATUS: &str = "rekomi_status";
/// Known: Braze's own ids of the profiles with this email.
const PROFILES: &str = "profiles";
/// Set once we checked that the person may be added to the group.
const CLEAR: &str = "clear";
/// Set if profiles can't be exported: whether the person exists is unknown.
const BLIND: &str = "blind";
/// Set once Braze reported that it processed the profile.
const COUNTED: &str = "counted";
/// Known: the profile that was written.
const WROTE: &str = "wrote";
/// The pace of exports: 250 a minute for accounts since August 22, 2024, and 2,500 for older ones (braze.com/docs/api/
/// api_limits, and the call's own page).
const READS: &str = "export";
/// An email that no one can have (RFC 2606, section 2), for test calls.
const NOBODY: &str = "nobody@rekomi.invalid";
/// The only fields of a profile that are read. Accounts since August 22, 2024 must name them.
const READ: [&str; 5] = ["braze_id", "first_name", "last_name", "email_subscribe", "custom_attributes"];
/// The maximum number of profiles in one deletion.
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
                [EXPORT].into_iter().chain(tested).map(|what| Step::about(Action::Check, what)).collect()
            }
            Task::Sync(person) => {
                let mut steps = vec![Step::new(Action::Find)];
                steps.extend(group.map(|group| Step::about(Action::Consent, group)));
                let save = Step::new(Action::Save).depends_on(steps.clone());
                steps.extend([save, Step::new(Action::Confirm)]);
                let joins = group.filter(|_| is_subscribed(person));
                steps.extend(joins.map(|group| Step::about(Action::Confirm, group)));
                steps
            }
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Lists | Task::Tags => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let host = host(ctx.account)?;
        let about = ctx.step.about.as_str();
        let profiles = ctx.known.get(PROFILES).and_then(Value::as_array);
        let nobody = profiles.is_none_or(Vec::is_empty);
        if never_was(ctx) {
            return Ok(StepRequest::Nothing("the contact never existed"));
        }
        let blind = ctx.known.flag(BLIND);
        let request = match ctx.step.action {
            Action::Check if about == EXPORT && blind => Request::get(&host, "/segments/list").query("page", "0"),
            Action::Check if about == EXPORT => export(&host, NOBODY),
            Action::Check => status(&host, ctx.account.get("subscriptionGroupId")?, NOBODY),
            Action::Find if blind => opt_outs(&host, ctx)?,
            Action::Find => export(&host, &ctx.person()?.email),
            Action::Consent if !ctx.person()?.is_approved() => {
                return Ok(StepRequest::Nothing("they left the program"));
            }
            Action::Consent if nobody && !blind => return Ok(StepRequest::Nothing("the profile is new")),
            Action::Consent => status(&host, about, &ctx.person()?.email),
            Action::Save => Request::post(&host, "/users/track").json(json!({"attributes": [profile(ctx)?]})),
            Action::Confirm if ctx.known.get(WROTE).is_none() => {
                return Ok(StepRequest::Nothing("nothing was written"));
            }
            Action::Confirm if about.is_empty() && blind => {
                return counted(ctx).map(|_| StepRequest::Nothing("this instance can\u{2019}t read profiles back"));
            }
            Action::Confirm if about.is_empty() => export(&host, &ctx.person()?.email),
            // The person may have changed since the plan was made.
            Action::Confirm if wrote(ctx, "subscription_groups").is_none() => {
                return Ok(StepRequest::Nothing("they weren\u{2019}t added to the group"));
            }
            Action::Confirm => status(&host, about, &ctx.person()?.email),
            Action::Event => Request::post(&host, "/users/track").json(json!({"events": [event(ctx)?]})),
            Action::Forget if blind => Request::post(&host, "/users/delete").json(json!({"email_addresses": [
                {"email": ctx.person()?.email, "prioritization": ["most_recently_updated"]}
            ]})),
            Action::Forget if nobody => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            Action::Forget => Request::post(&host, "/users/delete").json(json!({"braze_ids": profiles})),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("apiKey")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        if answer.is_no_such_call()
            && let Some(parsed) = without_export(ctx)
        {
            return parsed;
        }
        let body = answer.json().map_err(|fault| explained(ctx, answer, fault))?;
        let blind = ctx.known.flag(BLIND);
        match ctx.step.action {
            Action::Check if about == EXPORT => {
                if blind {
                    need(&body, "/message")?;
                } else {
                    users(&body)?;
                }
                let host = host(ctx.account)?;
                Ok(Parsed::learned(Known::new().with("account", host.url.trim_start_matches("https://"))))
            }
            Action::Check => is(&body, "unknown").map(|_| Parsed::done()),
            Action::Find if blind => opted_out(ctx.person()?, &body),
            Action::Find => found(ctx, &body),
            Action::Consent if is(&body, "unsubscribed")? => Ok(unsubscribed("the subscription group")),
            Action::Consent => Ok(Parsed::learned(Known::new().with(CLEAR, true))),
            Action::Save => saved(ctx, &body),
            Action::Event => taken(&body, "events_processed"),
            Action::Confirm if about.is_empty() => confirmed(ctx, &body),
            Action::Confirm if is(&body, "subscribed")? => Ok(Parsed::done()),
            Action::Confirm => read::poll(ctx.polls, NOT_IN_GROUP),
            Action::Forget => Ok(Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }

    /// Braze counts every event that it receives.
    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

const NOT_THERE: &str = "Braze accepted the call, but the profile doesn\u{2019}t show its rekomi_tags and \
                         rekomi_status. Check the profile in Braze, then re-sync: nothing is duplicated.";
const NOT_COUNTED: &str = "Braze accepted the call without confirming that it processed the profile, and profiles \
                           can\u{2019}t be read back there. Re-sync later: nothing is duplicated.";
const NOT_IN_GROUP: &str = "The profile has its tags, but Braze doesn\u{2019}t show it in the subscription group. \
                            Check that it\u{2019}s an email group, then re-sync.";

/// The host of the account's instance. Requests are never sent to a host that isn't Braze's.
fn host(account: &Account) -> Result<Host, Fault> {
    let given = account.get("restEndpoint")?.trim();
    let url = if given.contains("://") { given.to_owned() } else { format!("https://{given}") };
    let url = Url::parse(&url).ok();
    let host = url.as_ref().and_then(Url::host_str).filter(|name| is_brazes(name));
    // Only the host: no user name, no port, no path.
    let name = host.filter(|name| url.as_ref().is_some_and(|url| url.as_str() == format!("https://{name}/")));
    name.map(|name| Host::given("BRAZE", &format!("https://{name}"))).ok_or_else(|| {
        Fault::credentials(format!(
            "\u{201c}{given}\u{201d} isn\u{2019}t a Braze REST endpoint. It looks like https://rest.iad-01.braze.com \
             or https://rest.fra-01.braze.eu. Find yours in Braze under Settings \u{2192} APIs and Identifiers."
        ))
    })
}

/// Whether this is `rest.<instance>.braze.com` or `.eu`.
fn is_brazes(name: &str) -> bool {
    let instance = name
        .strip_prefix("rest.")
        .and_then(|rest| rest.strip_suffix(".braze.com").or_else(|| rest.strip_suffix(".braze.eu")));
    let plain = |instance: &str| instance.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    instance.is_some_and(|instance| !instance.is_empty() && plain(instance))
}

fn export(host: &Host, email: &str) -> Request {
    let exported = json!({"email_address": email, "fields_to_export": READ});
    Request::post(host, "/users/export/ids").json(exported).pace(READS)
}

/// Braze requires an end date for the search; tomorrow includes everything.
fn opt_outs(host: &Host, ctx: &StepContext<'_>) -> Result<Request, Fault> {
    let tomorrow = ctx.now.plus_days(1).to_string().chars().take(10).collect::<String>();
    let request = Request::get(host, "/email/unsubscribes").query("email", &ctx.person()?.email);
    Ok(request.query("end_date", tomorrow))
}

fn status(host: &Host, group: &str, email: &str) -> Request {
    Request::get(host, "/subscription/status/get").query("subscription_group_id", group).query("email", email)
}

/// Whether to report the person's opt-in to the group.
fn is_subscribed(person: &Person) -> bool {
    person.is_approved() && person.consent.is_some()
}

/// A person who left is never created just to be marked as former. A profile that was just written is still read back,
/// because the next sync must find it.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.known.get(WROTE).is_none()
        && !ctx.known.flag(BLIND)
        && ctx.known.maybe("contact").is_none()
        && (ctx.step.action, ctx.step.about.as_str()) != (Action::Find, "")
}

/// Unknown values are omitted so that existing ones stay; for a person who left, only our own fields change. The tags
/// replace the existing ones.
fn profile(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let person = ctx.person()?;
    let mut profile = json!({
        "email": person.email,
        "_update_existing_only": !person.is_approved(),
        TAGS: person.tags,
        STATUS: person.affiliate_status.as_str(),
    });
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            profile[field] = json!(value);
        }
    }
    let nobody = ctx.known.maybe("contact").is_none() && !ctx.known.flag(BLIND);
    let joins = is_subscribed(person) && (nobody || ctx.known.flag(CLEAR));
    if let Some(group) = ctx.account.maybe("subscriptionGroupId").filter(|_| joins) {
        let entry = json!({"subscription_group_id": group, "subscription_state": "subscribed"});
        profile["subscription_groups"] = json!([entry]);
    }
    Ok(profile)
}

/// An event must not recreate the profile of a person who was deleted.
fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let event = ctx.event()?;
    let mut properties = event.properties.clone();
    properties.insert("rekomi_event_id".to_owned(), json!(event.id));
    Ok(json!({
        "email": ctx.person()?.email,
        "_update_existing_only": true,
        "name": event.name,
        "time": event.at.to_string(),
        "properties": properties,
    }))
}

/// The profiles in a response; a response without profiles has an empty list.
fn users(body: &Value) -> Result<&Vec<Value>, Fault> {
    body.get("users").and_then(Value::as_array).ok_or_else(|| Fault::unreadable("no users in it"))
}

/// Whether a group reports this state for an email. Braze writes `Subscribed`, `Unsubscribed` or `Unknown`.
fn is(body: &Value, requested: &str) -> Result<bool, Fault> {
    let states = body.get("status").and_then(Value::as_object).ok_or_else(|| Fault::unreadable("no status in it"))?;
    Ok(states.values().filter_map(known::text).any(|state| state.to_lowercase() == requested))
}

fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let users = users(body)?;
    let out = |user: &Value| text(user, "/email_subscribe").as_deref() == Some("unsubscribed");
    if matches!(ctx.task, Task::Sync(person) if person.is_approved()) && users.iter().any(out) {
        return Ok(unsubscribed("all email"));
    }
    let ids: Vec<String> =
        users.iter().take(DELETED_MAX).map(|user| need(user, "/braze_id")).collect::<Result<_, _>>()?;
    let known = ids.first().map_or_else(Known::new, |first| Known::new().with("contact", first.as_str()));
    let name = |user: &Value| ContactName::parts(user, "/first_name", "/last_name");
    let person = ctx.person()?;
    let known = users.iter().fold(known, |known, user| known.noting_name(person, "", &name(user)));
    Ok(Parsed::learned(known.with(PROFILES, ids)))
}

/// The fallback for an instance without profile export: other calls show who unsubscribed, and Braze's own count is
/// accepted as confirmation. None for calls that every instance must have.
fn without_export(ctx: &StepContext<'_>) -> Option<Result<Parsed, Fault>> {
    let (about, blind) = (ctx.step.about.as_str(), Known::new().with(BLIND, true));
    let approved = matches!(ctx.task, Task::Sync(person) if person.is_approved());
    match ctx.step.action {
        Action::Check if about == EXPORT && !ctx.known.flag(BLIND) => Some(Ok(Parsed::again(Duration::ZERO, blind))),
        Action::Find if approved && !ctx.known.flag(BLIND) => Some(Ok(Parsed::again(Duration::ZERO, blind))),
        Action::Find => Some(Ok(Parsed::learned(blind))),
        Action::Confirm if about.is_empty() => Some(counted(ctx)),
        _ => None,
    }
}

fn opted_out(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let emails = body.get("emails").and_then(Value::as_array).ok_or_else(|| Fault::unreadable("no emails in it"))?;
    let theirs = |row: &Value| text(row, "/email").is_some_and(|email| email.eq_ignore_ascii_case(&person.email));
    Ok(if emails.iter().any(theirs) { unsubscribed("all email") } else { Parsed::done() })
}

fn counted(ctx: &StepContext<'_>) -> Result<Parsed, Fault> {
    if ctx.known.flag(COUNTED) { Ok(Parsed::done()) } else { Err(Fault::refused("not_confirmed", NOT_COUNTED)) }
}

fn saved(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let count = body.get("attributes_processed").and_then(Value::as_u64);
    // The person left and doesn't exist, which couldn't be checked beforehand.
    if count == Some(0) && ctx.known.flag(BLIND) && !ctx.person()?.is_approved() {
        return Ok(Parsed::done());
    }
    taken(body, "attributes_processed")?;
    let counted = count.is_some_and(|count| count > 0);
    Ok(Parsed::learned(Known::new().with(WROTE, profile(ctx)?).with(COUNTED, counted)))
}

fn unsubscribed(from: &str) -> Parsed {
    Parsed::leave_alone(format!("They unsubscribed from {from} in Braze. We skipped them: only they can resubscribe."))
}

/// A success response may contain errors that name what was dropped. During maintenance Braze queues everything.
fn taken(body: &Value, counted: &str) -> Result<Parsed, Fault> {
    let description =
        rows(body, "/errors").next().map(|error| text(error, "/type").unwrap_or_else(|| error.to_string()));
    if let Some(description) = description {
        return Err(dropped(&description));
    }
    match (text(body, "/message").as_deref(), body.get(counted).and_then(Value::as_u64)) {
        (Some("queued"), _) => Ok(Parsed::done()),
        (Some("success"), Some(0)) => Err(dropped("nothing was processed")),
        (Some("success"), _) => Ok(Parsed::done()),
        _ => Err(Fault::unreadable("neither success nor queued")),
    }
}

fn dropped(message: &str) -> Fault {
    let code = if message.to_lowercase().contains("email") { "invalid_email" } else { "refused" };
    Fault::refused(code, format!("Braze didn\u{2019}t accept this: \u{201c}{message}\u{201d}."))
}

fn wrote<'a>(ctx: &StepContext<'a>, field: &str) -> Option<&'a Value> {
    ctx.known.get(WROTE)?.get(field)
}

fn confirmed(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let same = |name: &str, shown: Option<&Value>| wrote(ctx, name).is_none_or(|value| Some(value) == shown);
    let is_it = |user: &Value| {
        ["first_name", "last_name"].iter().all(|name| same(name, user.get(name)))
            && [TAGS, STATUS].iter().all(|name| same(name, user.pointer(&format!("/custom_attributes/{name}"))))
    };
    if users(body)?.iter().any(is_it) { Ok(Parsed::done()) } else { read::poll(ctx.polls, NOT_THERE) }
}

/// Explains a failure. Braze answers 401 to an unknown key, to a key of another instance, and to a key without the
/// permission. Once another call of the same task has succeeded, only the last is possible.
fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    let (action, about) = (ctx.step.action, ctx.step.about.as_str());
    let message = answer.message();
    let about_group = action != Action::Check && !about.is_empty() || about == GROUP;
    let permission = match action {
        Action::Find if ctx.known.flag(BLIND) => OPT_OUTS,
        Action::Check if ctx.known.flag(BLIND) && !about_group => SEGMENTS,
        _ => permission(action, about_group),
    };
    let proven = !matches!((action, about), (Action::Find | Action::Event, _) | (Action::Check, EXPORT));
    match fault.kind {
        FaultKind::Rights => lacking(permission),
        FaultKind::Credentials if proven || message.to_lowercase().contains("permission") => lacking(permission),
        FaultKind::Credentials => Fault::credentials(format!(
            "Braze rejected the key. It\u{2019}s wrong, belongs to another instance than the REST endpoint, or is \
             missing the permission {permission}: Braze gives the same error for all three."
        )),
        FaultKind::Refused if about_group && matches!(answer.status, 400 | 404) => Fault::settings(
            "group_missing",
            format!(
                "Braze doesn\u{2019}t recognize the subscription group (\u{201c}{message}\u{201d}). Copy its ID again."
            ),
        ),
        FaultKind::Refused if action == Action::Save && answer.status == 400 => dropped(&message),
        _ => fault,
    }
}

fn lacking(permission: &str) -> Fault {
    Fault::rights(format!(
        "The key is missing the permission {permission}. Braze can\u{2019}t add it to an existing key: create a new \
         one under Settings \u{2192} APIs and Identifiers, then reconnect."
    ))
}
