//! Connector for beehiiv, API version 2 (developers.beehiiv.com/api-reference): one connection is one publication, and
//! a contact is a subscription to it. beehiiv validates a new email first.
//!
//! Until autumn 2026 tags could only be added: a copy of beehiiv's OpenAPI document from August 13 lacks
//! `DELETE …/subscriptions/{id}/tags`, and one from October 2 has it, with the tags in the body. Where it is refused,
//! the tags stay.

mod descriptor;
mod rights;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task, Then, encode, known,
    read::{self, choice, need, rows, text},
};

pub static CONNECTOR: Beehiiv = Beehiiv;

#[derive(Debug)]
pub struct Beehiiv;

const HOST: Host = Host::fixed("BEEHIIV", "https://api.beehiiv.com");
/// Maximum page size.
const PAGE: usize = 100;
/// The custom fields that are written, with the names that we create them under.
const FIRST: &str = "First Name";
const LAST: &str = "Last Name";
const STATUS: &str = "rekomi_status";
/// Known: the kinds of the publication's custom fields, by name.
const FIELDS: &str = "fields";
/// Known: the page that was read last.
const READ: &str = "page";
/// Known: the tags that the subscription already has.
const TAGGED: &str = "tagged";
/// Known: the status and the tags that were written.
const WROTE: &str = "wrote";
const GIVEN: &str = "given";
/// Known: the tags that were removed.
const TAKEN: &str = "taken";
/// Set while we search again for something that couldn't be created.
const TWIN: &str = "twin";

const NOT_THERE: &str = "beehiiv accepted every call, but the subscription isn\u{2019}t ready: the address is still \
                         being validated, or its tags and rekomi_status don\u{2019}t show. Check it in beehiiv, then \
                         re-sync.";

impl Connector for Beehiiv {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Sync(person) => sync(person),
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Lists | Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let publication = ctx.account.get("publicationId")?;
        let path = |rest: &str| format!("/v2/publications/{}{rest}", encode::segment(publication));
        let by_email = |person: &Person| path(&format!("/subscriptions/by_email/{}", encode::segment(&person.email)));
        let look = |person: &Person| {
            Request::get(&HOST, by_email(person)).query("expand[]", "custom_fields").query("expand[]", "tags")
        };
        let fields = || page(known, Request::get(&HOST, path("/custom_fields")));
        let of_contact = |rest: &str| Ok(path(&format!("/subscriptions/{}{rest}", known.text("contact")?)));
        if never_was(ctx) {
            return Ok(StepRequest::Nothing("the contact never existed"));
        }
        let request = match ctx.step.action {
            Action::Check => page(known, Request::get(&HOST, "/v2/publications")),
            Action::Find if !about.is_empty() => fields(),
            Action::Confirm if known.get(WROTE).is_none() => return Ok(StepRequest::Nothing("nothing was written")),
            Action::Find | Action::Confirm => look(ctx.person()?),
            Action::Save if !about.is_empty() && field(known, about).is_some() => {
                return Ok(StepRequest::Nothing("the custom field already exists"));
            }
            Action::Save if !about.is_empty() && known.get(FIELDS).is_none() => {
                return Ok(StepRequest::Nothing("the custom fields can\u{2019}t be read"));
            }
            Action::Save if !about.is_empty() && known.flag(TWIN) => fields(),
            Action::Save if !about.is_empty() => {
                Request::post(&HOST, path("/custom_fields")).json(json!({"kind": "string", "display": about}))
            }
            Action::Save if known.maybe("contact").is_some() => {
                let person = ctx.person()?;
                Request::put(&HOST, by_email(person)).json(json!({"custom_fields": values(known, person)}))
            }
            Action::Save if known.flag(TWIN) => look(ctx.person()?),
            Action::Save => Request::post(&HOST, path("/subscriptions")).json(subscription(known, ctx.person()?)),
            Action::Tag if has(known, ctx.person()?) => return Ok(StepRequest::Nothing("they already have the tags")),
            Action::Tag => Request::post(&HOST, of_contact("/tags")?).json(json!({"tags": ctx.person()?.tags})),
            Action::Untag if removed(known, ctx.person()?).is_empty() => {
                return Ok(StepRequest::Nothing("they don\u{2019}t have the tags"));
            }
            Action::Untag => {
                Request::delete(&HOST, of_contact("/tags")?).json(json!({"tags": removed(known, ctx.person()?)}))
            }
            Action::Forget if known.maybe("contact").is_none() => {
                return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist"));
            }
            Action::Forget => Request::delete(&HOST, of_contact("")?),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("apiKey")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        let (again, known) = (ctx.known.flag(TWIN), ctx.known.maybe("contact").is_some());
        match (ctx.step.action, answer.status) {
            // The sync continues without the custom fields: beehiiv drops values of fields that it doesn't have.
            (Action::Find | Action::Save, 404 | 405) if !about.is_empty() => {
                return Ok(Parsed::learned(Known::new().with(TWIN, false).with(READ, 0)));
            }
            (Action::Find, 404) => return Ok(Parsed::done()),
            (Action::Forget, 404) => return Ok(Parsed::done()),
            (Action::Confirm, 404) => return read::poll(ctx.polls, NOT_THERE),
            (Action::Untag, 400 | 404 | 405 | 422) => return Ok(Parsed::done()),
            (Action::Save, 404) if about.is_empty() && again && !known => {
                return Err(Fault::refused("invalid_email", "beehiiv didn\u{2019}t accept the address."));
            }
            // It may already exist because of our own call whose response was lost: looked up once.
            (Action::Save, 400 | 409 | 422) if !again && (!known || !about.is_empty()) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(TWIN, true).with(READ, 0)));
            }
            _ => {}
        }
        let body = match ctx.step.action {
            // Read back at the end.
            Action::Save if about.is_empty() && known => answer.json_or_nothing(),
            Action::Tag | Action::Untag | Action::Forget => answer.json_or_nothing(),
            _ => answer.json(),
        };
        let body = body.map_err(|fault| explained(ctx, answer, fault))?;
        match ctx.step.action {
            Action::Check => checked(ctx, &body),
            Action::Find if !about.is_empty() => Ok(fields(ctx, &body)),
            Action::Find => found(ctx, &body),
            Action::Save if !about.is_empty() && again => made(ctx, &body),
            Action::Save if about.is_empty() && again && !known => Ok(match found(ctx, &body)? {
                Parsed { learned, then: Then::Done } => Parsed::again(Duration::ZERO, learned),
                unwanted => unwanted,
            }),
            Action::Save if about.is_empty() => saved(ctx, &body),
            Action::Tag => Ok(Parsed::learned(Known::new().with(GIVEN, ctx.person()?.tags.clone()))),
            Action::Untag => Ok(Parsed::learned(Known::new().with(TAKEN, removed(ctx.known, ctx.person()?)))),
            Action::Confirm => confirmed(ctx, &body),
            Action::Save => Ok(Parsed::learned(Known::new().with(made_key(about), true))),
            Action::Forget => Ok(Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let mut steps = vec![Step::new(Action::Find), Step::about(Action::Find, STATUS)];
    let names = [(&person.first_name, FIRST), (&person.last_name, LAST)];
    let known = names.into_iter().filter(|(name, _)| name.is_some() && person.is_approved());
    let make = |field: &str| Step::about(Action::Save, field).creates([Step::about(Action::Find, STATUS)]);
    steps.extend(known.map(|(_, field)| make(field)));
    let save = Step::new(Action::Save).depends_on([Step::new(Action::Find)]);
    steps.extend([make(STATUS), save, Step::new(Action::Tag)]);
    if !person.untags.is_empty() {
        steps.push(Step::new(Action::Untag));
    }
    steps.push(Step::new(Action::Confirm));
    steps
}

/// A person who left is never created just to be marked as former.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.known.maybe("contact").is_none() && (ctx.step.action, ctx.step.about.as_str()) != (Action::Find, "")
}

/// Requests the page after the one that was read last.
fn page(known: &Known, request: Request) -> Request {
    let next = known.number(READ).unwrap_or(0) + 1;
    request.query("limit", PAGE.to_string()).query("page", next.to_string())
}

/// The number of this page, if more follow.
fn more(ctx: &StepContext<'_>, body: &Value) -> Option<u64> {
    let this = ctx.known.number(READ).unwrap_or(0) + 1;
    let pages = body.get("total_pages").and_then(Value::as_u64).unwrap_or(1);
    (this < pages && rows(body, "/data").next().is_some()).then_some(this)
}

/// Finds the connection's publication among those that the key can see.
fn checked(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let requested = ctx.account.get("publicationId")?;
    let found: Vec<Choice> = rows(body, "/data").filter_map(|row| choice(row, "/id", "/name")).collect();
    if let Some(found) = found.iter().find(|one| one.id == requested) {
        return Ok(Parsed::learned(Known::new().with("account", found.name.as_str())));
    }
    let seen = Known::new().with_choices(ctx.known, found);
    if let Some(this) = more(ctx, body) {
        return Ok(Parsed::again(Duration::ZERO, seen.with(READ, this)));
    }
    let all: Vec<String> = seen.choices().iter().map(|one| format!("{} ({})", one.name, one.id)).collect();
    let sees = if all.is_empty() { "it sees none".to_owned() } else { format!("it sees {}", all.join(", ")) };
    Err(Fault::credentials(format!(
        "The key works, but can\u{2019}t access the publication {requested}: {sees}. Copy the publication\u{2019}s V2 \
         ID from Settings \u{2192} Workspace \u{2192} API. It starts with pub_."
    )))
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

/// Set once a field was created as text.
fn made_key(name: &str) -> String {
    format!("made:{name}")
}

/// The publication's own spelling of a field, and the field's kind.
fn field<'a>(known: &'a Known, name: &'a str) -> Option<(&'a str, &'a str)> {
    let mut fields = known.get(FIELDS).and_then(Value::as_object).into_iter().flatten();
    let found = fields.find(|(known, _)| plain(known) == plain(name));
    let made = || known.flag(&made_key(name)).then_some((name, "string"));
    found.map(|(name, kind)| (name.as_str(), kind.as_str().unwrap_or_default())).or_else(made)
}

fn fields(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let mut fields: Map<String, Value> = ctx.known.get(FIELDS).and_then(Value::as_object).cloned().unwrap_or_default();
    fields.extend(rows(body, "/data").filter_map(|row| Some((text(row, "/display")?, row.get("kind")?.clone()))));
    let learned = Known::new().with(FIELDS, fields);
    match more(ctx, body) {
        Some(this) => Parsed::again(Duration::ZERO, learned.with(READ, this)),
        None => Parsed::learned(learned.with(READ, 0)),
    }
}

fn made(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let parsed = fields(ctx, body);
    if parsed.then == Then::Done && field(&parsed.learned, &ctx.step.about).is_none() {
        return Err(Fault::settings(
            "field_refused",
            format!(
                "beehiiv couldn\u{2019}t create the custom field {}. Create it as text in your publication\u{2019}s \
                 settings, then re-sync.",
                ctx.step.about
            ),
        ));
    }
    let then = parsed.then;
    let learned = if then == Then::Done { parsed.learned.with(TWIN, false) } else { parsed.learned };
    Ok(Parsed { learned, then })
}

/// Unknown values are omitted so that existing ones stay; a field of another kind would cause an error. For a person
/// who left, only our own fields change.
fn values(known: &Known, person: &Person) -> Vec<Value> {
    let status = Some(person.affiliate_status.as_str());
    let all = [(FIRST, person.first_name.as_deref()), (LAST, person.last_name.as_deref()), (STATUS, status)];
    let written = all.into_iter().filter_map(|(name, value)| {
        let (name, kind) = field(known, name).unwrap_or((name, "string"));
        let value = value.filter(|_| kind == "string" && (person.is_approved() || plain(name) == plain(STATUS)))?;
        Some(json!({"name": name, "value": value}))
    });
    written.collect()
}

/// The body for a new subscription, sent only for people who don't exist yet. It never has `reactivate_existing`:
/// between the check and this call or its retry, they may have subscribed elsewhere and unsubscribed, and it would
/// resubscribe them.
fn subscription(known: &Known, person: &Person) -> Value {
    let mut subscription = json!({
        "email": person.email,
        "send_welcome_email": false,
        "custom_fields": values(known, person),
    });
    if person.consent.is_none() {
        subscription["double_opt_override"] = json!("on");
    }
    subscription
}

fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let state = need(body, "/data/status")?;
    if matches!(ctx.task, Task::Sync(person) if person.is_approved()) {
        if state == "inactive" {
            return Ok(unsubscribed());
        }
        examined(&state)?;
    }
    let tags: Vec<String> = rows(body, "/data/tags").filter_map(known::text).collect();
    let field = |requested: &str| {
        let mut fields = rows(body, "/data/custom_fields");
        let found = fields.find(|row| text(row, "/name").is_some_and(|name| plain(&name) == plain(requested)))?;
        text(found, "/value")
    };
    let learned = Known::new().with("contact", need(body, "/data/id")?).with(TAGGED, tags);
    Ok(Parsed::learned(learned.noting_name(ctx.person()?, "", &ContactName::Parts([FIRST, LAST].map(field)))))
}

fn unsubscribed() -> Parsed {
    Parsed::leave_alone(
        "They unsubscribed from the publication in beehiiv. We skipped them: only they can resubscribe.",
    )
}

fn examined(state: &str) -> Result<(), Fault> {
    if state == "invalid" {
        return Err(Fault::refused(
            "invalid_email",
            "beehiiv found that this address is invalid and can\u{2019}t receive email. Ask the affiliate for another \
             one.",
        ));
    }
    Ok(())
}

/// The response to an update may omit the id: an existing contact keeps the known one.
fn saved(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    examined(&text(body, "/data/status").unwrap_or_default())?;
    let known = Known::new().with("contact", need(body, "/data/id").or_else(|_| ctx.known.text("contact"))?);
    Ok(Parsed::learned(known.with(WROTE, ctx.person()?.affiliate_status.as_str())))
}

fn has(known: &Known, person: &Person) -> bool {
    let tagged = list(known, TAGGED);
    person.tags.iter().all(|tag| tagged.contains(tag))
}

/// Our tags that the subscription has and should lose.
fn removed(known: &Known, person: &Person) -> Vec<String> {
    let tagged = list(known, TAGGED);
    person.untags.iter().filter(|tag| tagged.contains(tag)).cloned().collect()
}

fn list(known: &Known, name: &str) -> Vec<String> {
    known.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(known::text).collect()
}

fn confirmed(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let person = ctx.person()?;
    let state = need(body, "/data/status")?;
    if person.is_approved() {
        if state == "inactive" {
            return Ok(unsubscribed());
        }
        examined(&state)?;
    }
    let tags: Vec<String> = rows(body, "/data/tags").filter_map(known::text).collect();
    // Fields that the publication lacks, or that the response omits, can't be read back.
    let shown = |place: &str| body.pointer(place).is_some();
    let status = !shown("/data/custom_fields")
        || field(ctx.known, STATUS).is_none_or(|(_, kind)| kind != "string")
        || rows(body, "/data/custom_fields").any(|row| {
            text(row, "/name").is_some_and(|name| plain(&name) == plain(STATUS))
                && text(row, "/value") == ctx.known.maybe(WROTE)
        });
    let has_all = list(ctx.known, GIVEN).iter().all(|tag| tags.contains(tag));
    let tagged = !shown("/data/tags") || has_all && !list(ctx.known, TAKEN).iter().any(|tag| tags.contains(tag));
    let all = state != "validating" && status && tagged;
    if all { Ok(Parsed::done()) } else { read::poll(ctx.polls, NOT_THERE) }
}

fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    let message = answer.message();
    let action = ctx.step.action;
    match fault.kind {
        FaultKind::Credentials => Fault::credentials(
            "beehiiv rejected the key: it was deleted, or not fully copied. Create another one under Settings \u{2192} \
             Workspace \u{2192} API.",
        ),
        FaultKind::Rights => Fault::rights(format!(
            "beehiiv doesn\u{2019}t allow this for the key (\u{201c}{message}\u{201d}). It belongs to another \
             publication, it\u{2019}s missing {}, or your plan has no API access.",
            rights::scope(action, &ctx.step.about)
        )),
        FaultKind::Refused if answer.status == 404 && action != Action::Check => Fault::settings(
            "publication_missing",
            "beehiiv can\u{2019}t find the publication or the subscription anymore. Test the connection, then re-sync.",
        ),
        FaultKind::Refused if action == Action::Tag => {
            Fault::refused("tag_refused", format!("beehiiv didn\u{2019}t accept the tags: \u{201c}{message}\u{201d}."))
        }
        FaultKind::Refused if action == Action::Save => Fault::refused(
            "invalid_email",
            format!("beehiiv didn\u{2019}t accept the subscription: \u{201c}{message}\u{201d}."),
        ),
        _ => fault,
    }
}
