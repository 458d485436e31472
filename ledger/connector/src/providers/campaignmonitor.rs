//! Connector for Campaign Monitor, API version 3.3 (campaignmonitor.com/api/v3-3; the vendor's own SDK, createsend-php
//! 7.1). Subscribers belong to lists and have no tags: two custom fields of the list take their place. New subscribers
//! are queued, so a sync ends by reading back.

mod descriptor;
mod moving;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    encode::{basic, segment},
    moving::Mover,
    read::{choice, need, poll, rows, text},
};

pub static CONNECTOR: CampaignMonitor = CampaignMonitor;

#[derive(Debug)]
pub struct CampaignMonitor;

const HOST: Host = Host::fixed("CAMPAIGNMONITOR", "https://api.createsend.com");
const CLIENT: &str = "clientId";
/// Our own custom fields.
const TAGS: &str = "rekomi_tags";
const STATUS: &str = "rekomi_status";
/// The longest value of a custom field, in characters (API, "Adding a subscriber").
const VALUE_MAX: usize = 250;
/// Codes of errors (API, "Subscribers"): the address isn't on the list; and it's on the suppression list, or is
/// deleted, unsubscribed, bounced or unconfirmed there, and isn't added again.
const ABSENT: i64 = 203;
const GONE: std::ops::RangeInclusive<i64> = 204..=208;
const INVALID_LIST: i64 = 101;
const INVALID_CLIENT: i64 = 102;
/// Known: on which lists a person to be deleted is, and from how many they're gone.
const ON: &str = "on";
const DELETED: &str = "deleted";
const LATE: &str = "Campaign Monitor accepted the subscriber, but doesn\u{2019}t show the tags nine minutes later. \
                    Check the list there, then re-sync.";

impl Connector for CampaignMonitor {
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
            Task::Sync(person) if person.is_approved() => {
                let of = |action: Action| person.lists.iter().map(move |list| Step::about(action, &list.id));
                let field = |name: &'static str| {
                    person.lists.iter().map(move |list| {
                        Step::about(Action::Save, field_key(name, &list.id))
                            .creates([Step::about(Action::Lists, &list.id)])
                    })
                };
                let joins = of(Action::Join).zip(of(Action::Consent)).map(|(join, look)| join.depends_on([look]));
                let looks = of(Action::Lists).chain(of(Action::Consent));
                looks.chain(field(TAGS)).chain(field(STATUS)).chain(joins).chain(of(Action::Confirm)).collect()
            }
            Task::Sync(person) => {
                let of = |action: Action| person.used_lists.iter().map(move |list| Step::about(action, list));
                let saves = of(Action::Save).zip(of(Action::Find)).map(|(save, look)| save.depends_on([look]));
                of(Action::Find).chain(of(Action::Lists)).chain(saves).chain(of(Action::Confirm)).collect()
            }
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Tags => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let nothing = |why: &'static str| Ok(StepRequest::Nothing(why));
        let approved = matches!(ctx.task, Task::Sync(person) if person.is_approved());
        let there = known.flag(&there_key(about));
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, client(ctx, "/lists.json")?),
            Action::Lists if about.is_empty() => Request::get(&HOST, client(ctx, "/lists.json")?),
            Action::Lists if !approved && !there => return nothing("they aren\u{2019}t on this list"),
            Action::Lists => Request::get(&HOST, fields(about)),
            Action::Find if about.is_empty() => {
                Request::get(&HOST, client(ctx, "/listsforemail.json")?).query("email", ctx.person()?.email.as_str())
            }
            Action::Find | Action::Consent => subscriber(ctx, Request::get, about)?,
            Action::Save if field_of(about).is_some() => {
                let (name, list) = field_of(about).unwrap_or_default();
                match (known.flag(&twin_key(about)), known.maybe(about)) {
                    _ if !approved => return nothing("they left in the meantime"),
                    (_, Some(_)) => return nothing("the field already exists"),
                    (true, None) => Request::get(&HOST, fields(list)),
                    (false, None) => Request::post(&HOST, fields(list))
                        .json(json!({"FieldName": name, "DataType": "Text", "VisibleInPreferenceCenter": false})),
                }
            }
            // The person may have changed since the plan was made; the next sync handles it.
            Action::Join if ctx.person()?.lists.iter().all(|requested| requested.id != about) => {
                return nothing("they should no longer be on the list");
            }
            Action::Save if approved => return nothing("approved again"),
            Action::Save if !there || values(ctx.person()?, known, about)?.is_empty() => {
                return nothing("they aren\u{2019}t on this list, or it has no fields of ours");
            }
            Action::Join | Action::Save if there => subscriber(ctx, Request::put, about)?.json(body(ctx, about)?),
            Action::Join => Request::post(&HOST, path(about)).json(body(ctx, about)?),
            Action::Confirm if known.get(&written_key(about)).is_none() => return nothing("nothing was written"),
            Action::Confirm => subscriber(ctx, Request::get, about)?,
            Action::Event => {
                let id = segment(ctx.account.get(CLIENT)?);
                Request::post(&HOST, format!("/api/v3.3/events/custom/{id}/track")).json(event(ctx)?)
            }
            Action::Forget => match on(known).get(deleted(known)) {
                Some(list) => subscriber(ctx, Request::delete, list)?,
                None => return nothing("the contact doesn\u{2019}t exist"),
            },
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", basic(ctx.account.get("apiKey")?, "x")).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (about, code) = (ctx.step.about.as_str(), code(answer));
        let is_field = field_of(about).is_some();
        let absent = code == Some(ABSENT);
        match ctx.step.action {
            Action::Consent | Action::Find if absent => return Ok(Parsed::done()),
            // A list that is gone keeps no one from leaving.
            Action::Find if code == Some(INVALID_LIST) => return Ok(Parsed::done()),
            Action::Confirm if absent => return poll(ctx.polls, LATE),
            Action::Forget if absent => return Ok(gone(ctx.known)),
            // They were deleted from the list in the meantime, so there is no one to mark as former.
            Action::Save if absent && !is_field => return Ok(Parsed::done()),
            // Someone created the field in the meantime, or our own call did and its response was lost.
            Action::Save if is_field && answer.status == 400 && !ctx.known.flag(&twin_key(about)) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(twin_key(about), true)));
            }
            Action::Join if code.is_some_and(|code| GONE.contains(&code)) => {
                return Ok(Parsed::leave_alone(
                    "In Campaign Monitor, they unsubscribed, bounced, were deleted from the list or are on the \
                     suppression list. We skipped them: only they can resubscribe.",
                ));
            }
            _ => {}
        }
        let body = read(ctx, answer)?;
        match ctx.step.action {
            Action::Check => account(&body),
            Action::Lists if about.is_empty() => {
                let found = rows(&body, "").filter_map(|row| choice(row, "/ListID", "/Name"));
                Ok(Parsed::learned(Known::new().with_choices(ctx.known, found.collect::<Vec<Choice>>())))
            }
            Action::Lists => Ok(Parsed::learned(keys(&body, about))),
            Action::Find if about.is_empty() => Ok(Parsed::learned(Known::new().with(ON, json!(lists(&body))))),
            Action::Find | Action::Consent => consent(ctx.person()?, &body, about),
            Action::Save if is_field && ctx.known.flag(&twin_key(about)) => twin(about, &body),
            Action::Save if is_field => {
                let key = body.as_str().map(plain).ok_or_else(|| Fault::unreadable("no key in it"))?;
                Ok(Parsed::learned(Known::new().with(about, key)))
            }
            Action::Join | Action::Save => {
                let written = json!(values(ctx.person()?, ctx.known, about)?);
                Ok(Parsed::learned(Known::new().with(written_key(about), written)))
            }
            Action::Confirm => confirm(ctx, &body),
            Action::Event => need(&body, "/EventID").map(|_| Parsed::done()),
            Action::Forget => Ok(gone(ctx.known)),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }

    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

fn client(ctx: &StepContext<'_>, below: &str) -> Result<String, Fault> {
    Ok(format!("/api/v3.3/clients/{}{below}", segment(ctx.account.get(CLIENT)?)))
}

fn path(list: &str) -> String {
    format!("/api/v3.3/subscribers/{}.json", segment(list))
}

fn fields(list: &str) -> String {
    format!("/api/v3.3/lists/{}/customfields.json", segment(list))
}

/// A call about the person on a list, who is named in the query.
fn subscriber(ctx: &StepContext<'_>, method: fn(&Host, String) -> Request, list: &str) -> Result<Request, Fault> {
    Ok(method(&HOST, path(list)).query("email", ctx.person()?.email.as_str()))
}

/// The step that creates a field in a list, and what is known of it afterwards: its key.
fn field_key(name: &str, list: &str) -> String {
    format!("{name}:{list}")
}

/// The field and the list of such a step.
fn field_of(about: &str) -> Option<(&str, &str)> {
    about.split_once(':').filter(|(name, _)| [TAGS, STATUS].contains(name))
}

/// Set while the fields of a list are read again.
fn twin_key(about: &str) -> String {
    format!("twin:{about}")
}

fn there_key(list: &str) -> String {
    format!("there:{list}")
}

fn written_key(list: &str) -> String {
    format!("written:{list}")
}

/// A field's key without the brackets that it has in some responses.
fn plain(key: &str) -> &str {
    key.trim_start_matches('[').trim_end_matches(']')
}

fn code(answer: &Answer) -> Option<i64> {
    answer.any_json().get("Code")?.as_i64().filter(|_| !answer.is_success())
}

fn account(body: &Value) -> Result<Parsed, Fault> {
    if !body.is_array() {
        return Err(Fault::unreadable("no lists in it"));
    }
    let names: Vec<String> = rows(body, "").filter_map(|row| text(row, "/Name")).take(3).collect();
    let account = if names.is_empty() { "no lists yet".to_owned() } else { format!("lists: {}", names.join(", ")) };
    Ok(Parsed::learned(Known::new().with("account", account)))
}

/// The keys of our fields in a list, as far as it has them.
fn keys(body: &Value, list: &str) -> Known {
    let found = rows(body, "").filter_map(|row| choice(row, "/Key", "/FieldName"));
    found
        .filter(|field| [TAGS, STATUS].contains(&field.name.as_str()))
        .fold(Known::new(), |known, field| known.with(field_key(&field.name, list), plain(&field.id)))
}

/// After a field couldn't be created: it exists, or it's missing. Without the tags' field a sync makes no sense.
fn twin(about: &str, body: &Value) -> Result<Parsed, Fault> {
    let (name, list) = field_of(about).unwrap_or_default();
    let known = keys(body, list);
    if known.maybe(about).is_none() && name == TAGS {
        let message = "Campaign Monitor couldn\u{2019}t create the custom field rekomi_tags. Create it in the list as \
                       a text field, then re-sync.";
        return Err(Fault::settings("field_missing", message));
    }
    Ok(Parsed::learned(known))
}

/// What our fields should contain, by their keys in the list.
fn values(person: &Person, known: &Known, list: &str) -> Result<Vec<(String, String)>, Fault> {
    let tags = person.tags_joined();
    if tags.chars().count() > VALUE_MAX {
        let message =
            "Campaign Monitor allows 250 characters per field, and the tags together are longer. Shorten them.";
        return Err(Fault::settings("tags_too_long", message));
    }
    let all = [(TAGS, tags), (STATUS, person.affiliate_status.as_str().to_owned())];
    let keyed = |(name, value): (&str, String)| Some((known.maybe(&field_key(name, list))?, value));
    Ok(all.into_iter().filter_map(keyed).collect())
}

/// Unknown values are omitted, and stay as they are.
fn body(ctx: &StepContext<'_>, list: &str) -> Result<Value, Fault> {
    let person = ctx.person()?;
    let fields = values(person, ctx.known, list)?.into_iter().map(|(key, value)| json!({"Key": key, "Value": value}));
    let mut body = json!({
        "EmailAddress": person.email,
        "CustomFields": fields.collect::<Vec<_>>(),
        "Resubscribe": false,
        "ConsentToTrack": "Unchanged",
    });
    if let Some(name) = person.full_name().filter(|_| person.is_approved()) {
        body["Name"] = json!(name);
    }
    Ok(body)
}

fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let (person, event) = (ctx.person()?, ctx.event()?);
    let mut data = event.properties.clone();
    data.retain(|_, value| !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty()));
    data.insert("eventId".to_owned(), json!(event.id.to_string()));
    Ok(json!({"ContactID": {"Email": person.email}, "EventName": event.name, "Data": data}))
}

/// People whom the list asked to confirm are on it, and stay unconfirmed.
fn consent(person: &Person, body: &Value, list: &str) -> Result<Parsed, Fault> {
    let learned = Known::new().with(there_key(list), true);
    let there = Parsed::learned(learned.noting_name(person, list, &ContactName::full(body, "/Name")));
    Ok(match need(body, "/State")?.as_str() {
        // Deleted contacts are still found, but can't be written.
        "Deleted" if !person.is_approved() => Parsed::done(),
        _ if !person.is_approved() => there,
        "Unsubscribed" => Parsed::leave_alone(
            "They unsubscribed from the list in Campaign Monitor. We skipped them: only they can resubscribe.",
        ),
        state @ ("Bounced" | "Deleted") => Parsed::leave_alone(format!(
            "In Campaign Monitor\u{2019}s list, they\u{2019}re {}, which counts as unsubscribed. We skipped them.",
            state.to_lowercase()
        )),
        _ => there,
    })
}

fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let has = |key: &str| {
        let mut all = rows(body, "/CustomFields");
        all.find(|row| text(row, "/Key").is_some_and(|known| plain(&known) == key)).and_then(|row| text(row, "/Value"))
    };
    let written = ctx.known.get(&written_key(&ctx.step.about)).and_then(Value::as_array).into_iter().flatten();
    let mut written = written.filter_map(|pair| Some((text(pair, "/0")?, text(pair, "/1")?)));
    if written.all(|(key, value)| has(&key) == Some(value)) {
        return Ok(Parsed::done());
    }
    poll(ctx.polls, LATE)
}

/// The lists on which an address is, in whichever state but deleted.
fn lists(body: &Value) -> Vec<String> {
    let is_on = |row: &&Value| text(row, "/SubscriberState").as_deref() != Some("Deleted");
    rows(body, "").filter(is_on).filter_map(|row| text(row, "/ListID")).collect()
}

fn on(known: &Known) -> Vec<String> {
    let found = known.get(ON).and_then(Value::as_array).into_iter().flatten();
    found.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

fn deleted(known: &Known) -> usize {
    known.number(DELETED).and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
}

/// Records that they're gone from one more list.
fn gone(known: &Known) -> Parsed {
    let deleted = deleted(known) + 1;
    let learned = Known::new().with(DELETED, deleted);
    if deleted < on(known).len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let action = ctx.step.action;
    // An update and a deletion are answered by status alone; the update is read back.
    let is_update = matches!(action, Action::Join | Action::Save) && ctx.known.flag(&there_key(&ctx.step.about));
    let body = if is_update || action == Action::Forget { answer.json_or_nothing() } else { answer.json() };
    body.map_err(|fault| match (fault.kind, code(answer)) {
        (_, Some(INVALID_CLIENT)) => Fault::credentials(
            "Campaign Monitor doesn\u{2019}t know this client ID, or the key belongs to another client. Copy both \
             again from Account settings \u{2192} API keys.",
        ),
        (FaultKind::Credentials, _) => Fault::credentials(
            "Campaign Monitor rejected the API key. Copy it again from Account settings \u{2192} API keys.",
        ),
        (FaultKind::Refused, Some(INVALID_LIST)) => Fault::settings(
            "list_missing",
            "The list no longer exists, or belongs to another client. Choose another list in the connection\u{2019}s \
             settings.",
        ),
        (FaultKind::Refused, _) if matches!(action, Action::Join | Action::Save) => Fault::refused(
            "invalid_email",
            format!("Campaign Monitor didn\u{2019}t accept this subscriber ({}).", fault.message),
        ),
        _ => fault,
    })
}
