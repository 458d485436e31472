//! Connector for Encharge, REST API version 1 (docs.encharge.io; the vendor's own OpenAPI description). Saving, tagging
//! and untagging are separate calls, and the last two answer by status alone: a sync ends by reading back. Events go to
//! the Ingest API, which has a key of its own.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Call, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written,
    encode::comma_list,
    moving::Mover,
    read::{choice, need, poll, rows, text},
};

mod moving;

pub static CONNECTOR: Encharge = Encharge;

#[derive(Debug)]
pub struct Encharge;

const HOST: Host = Host::fixed("ENCHARGE", "https://api.encharge.io");
/// Shares the variable's name with the REST API: their paths differ.
const INGEST: Host = Host::fixed("ENCHARGE", "https://ingest.encharge.io");
const WRITE_KEY: &str = "writeKey";
/// How both calls about one person name them in the query.
const EMAIL: &str = "people[0][email]";
/// Set once Encharge refused a person together with our own field.
const PLAIN: &str = "plain";
/// Known: the tags that were added and removed.
const GIVEN: &str = "given";
const TAKEN: &str = "taken";
const LATE: &str = "Encharge accepted the tags, but doesn\u{2019}t show every one of them. Check the person in \
                    Encharge, then re-sync.";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "encharge",
    name: "Encharge",
    docs: "https://docs.encharge.io/",
    fields: &[
        Field {
            name: "apiKey",
            label: "API key",
            hint: "In Encharge, open Your account: the key is under API key.",
            link: Some("https://app.encharge.io/account/info"),
            example: "a long key with two dots in it",
            secret: true,
            required: true,
            missing: None,
        },
        Field {
            name: WRITE_KEY,
            label: "Write key",
            hint: "Only needed for events: the write key of the Ingest API, on the same page.",
            link: Some("https://app.encharge.io/account/info"),
            example: "25 letters and digits",
            secret: true,
            required: false,
            missing: None,
        },
    ],
    scopes: &[],
    lists: Listing::None("Encharge has no lists. Create a segment of everyone with the tag `Rekomi affiliate`."),
    tags: Tagging::Tags { listed: true },
    events: Some(
        "Sent to the Ingest API as events of the same name, which flows can start from. They need the write key. \
         Encharge counts an event each time it\u{2019}s sent, so we don\u{2019}t resend one whose response was lost.",
    ),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("POST /v1/people"),
    paces: &[Pace { name: "", per_minute: 120, burst: 5, jitter_ms: 50 }],
    limit: "Encharge publishes no limit. We send 2 requests per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match people" },
        Written { field: "firstName, lastName", value: "the name, split; omitted if empty" },
        Written {
            field: "rekomi_status",
            value: "`approved`, `left`, `banned` or `rejected`, if your account accepts the field",
        },
        Written { field: "tag", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
    ],
    calls: &[
        Call { line: "GET /v1/people?people[0][email]=", why: "checks whether they exist and are unsubscribed" },
        Call { line: "POST /v1/people", why: "creates or updates the person" },
        Call { line: "POST /v1/tags", why: "adds the tags; your flows start here" },
        Call { line: "DELETE /v1/tags", why: "removes the tags we added, when they leave" },
        Call { line: "GET /v1/people?people[0][email]=", why: "reads back the tags" },
    ],
    consent: "People who unsubscribed are skipped: nothing is written. We never send a subscription status, so no one \
              is resubscribed. Encharge has no consent field: everyone who is new in Encharge can be emailed there, \
              whether or not they accepted your terms.",
    success: "The person was read back and has every tag.",
    known_issues: &[
        KnownIssue {
            sign: "401: the API key was rejected",
            remedy: "Copy the API key again from Your account. The write key is a different one.",
        },
        KnownIssue {
            sign: "Events fail: the write key is missing",
            remedy: "Add the write key of the Ingest API to the connection, or turn events off.",
        },
        KnownIssue {
            sign: "rekomi_status stays empty",
            remedy: "Your account doesn\u{2019}t accept unknown fields. Create a text field with the name \
                     `rekomi_status` under People \u{2192} Fields, then re-sync.",
        },
        KnownIssue {
            sign: "A tag contains a comma",
            remedy: "Encharge would split it into two tags. Rename it in the connection\u{2019}s settings.",
        },
    ],
};

impl Connector for Encharge {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(person) => {
                let look = Step::new(Action::Consent);
                let save = Step::new(Action::Save).depends_on([look.clone()]);
                let untag = (!person.untags.is_empty()).then(|| Step::new(Action::Untag));
                let steps = [look, save, Step::new(Action::Tag)].into_iter().chain(untag);
                steps.chain([Step::new(Action::Confirm)]).collect()
            }
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Forget)],
            Task::Lists => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let known = ctx.known;
        let looks = matches!(ctx.step.action, Action::Check | Action::Tags | Action::Consent);
        if !looks && never_was(ctx) {
            return Ok(StepRequest::Nothing("they aren\u{2019}t in Encharge"));
        }
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/v1/accounts/info"),
            Action::Tags => Request::get(&HOST, "/v1/tags-management"),
            Action::Consent => find(ctx)?,
            Action::Save => Request::post(&HOST, "/v1/people").json(people(ctx.person()?, known.flag(PLAIN))),
            Action::Tag => Request::post(&HOST, "/v1/tags").json(tagging(ctx.person()?, &ctx.person()?.tags)?),
            // The person may have come back since the plan was made.
            Action::Untag if ctx.person()?.untags.is_empty() => {
                return Ok(StepRequest::Nothing("they should keep their tags"));
            }
            Action::Untag => Request::delete(&HOST, "/v1/tags").json(tagging(ctx.person()?, &ctx.person()?.untags)?),
            Action::Confirm if known.get(GIVEN).is_none() => return Ok(StepRequest::Nothing("nothing was written")),
            Action::Confirm => find(ctx)?,
            Action::Event => return ingest(ctx),
            Action::Forget => {
                Request::delete(&HOST, "/v1/people").query(EMAIL, ctx.person()?.email.as_str()).query("force", "true")
            }
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("X-Encharge-Token", ctx.account.get("apiKey")?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let absent = answer.status == 404;
        match ctx.step.action {
            Action::Consent | Action::Untag | Action::Forget if absent => return Ok(Parsed::done()),
            Action::Confirm if absent => return poll(ctx.polls, LATE),
            // Unknown fields may be refused: the reference names none of its failures.
            Action::Save if answer.status == 400 && !ctx.known.flag(PLAIN) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(PLAIN, true)));
            }
            _ => {}
        }
        let body = read(ctx, answer)?;
        match ctx.step.action {
            Action::Check => account(&body),
            Action::Tags => {
                let found = rows(&body, "/tags").filter_map(|row| choice(row, "/tag", "/tag"));
                Ok(Parsed::learned(Known::new().with_choices(ctx.known, found.collect::<Vec<Choice>>())))
            }
            Action::Consent => consent(ctx.person()?, &body),
            // One person was sent in a list; single ones are answered as `user`.
            Action::Save => {
                let id = need(&body, "/users/0/id").or_else(|_| need(&body, "/user/id"))?;
                Ok(Parsed::learned(Known::new().with("contact", id)))
            }
            Action::Tag => Ok(Parsed::learned(Known::new().with(GIVEN, json!(ctx.person()?.tags)))),
            Action::Untag => Ok(Parsed::learned(Known::new().with(TAKEN, json!(ctx.person()?.untags)))),
            Action::Confirm => confirm(ctx, &body),
            Action::Event | Action::Forget => Ok(Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }

    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

/// No one is added just to be marked as former.
fn never_was(ctx: &StepContext<'_>) -> bool {
    matches!(ctx.task, Task::Sync(person) if !person.is_approved()) && ctx.known.maybe("contact").is_none()
}

fn find(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    Ok(Request::get(&HOST, "/v1/people").query(EMAIL, ctx.person()?.email.as_str()))
}

/// Unknown values are omitted. For a person who left, only our own field changes.
fn people(person: &Person, plain: bool) -> Value {
    let mut row = json!({"email": person.email});
    for (field, value) in [("firstName", &person.first_name), ("lastName", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            row[field] = json!(value);
        }
    }
    if !plain {
        row["rekomi_status"] = json!(person.affiliate_status.as_str());
    }
    json!([row])
}

fn tagging(person: &Person, tags: &[String]) -> Result<Value, Fault> {
    Ok(json!({"tag": comma_list(tags)?, "email": person.email}))
}

fn ingest(ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
    let (person, event) = (ctx.person()?, ctx.event()?);
    let key = ctx.account.maybe(WRITE_KEY).ok_or_else(|| {
        let message = "Encharge takes events only with the write key of its Ingest API. Add it to the connection, or \
                       turn events off.";
        Fault::settings("write_key_needed", message)
    })?;
    let mut properties = event.properties.clone();
    properties.retain(|_, value| !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty()));
    properties.insert("eventId".to_owned(), json!(event.id.to_string()));
    let body = json!({"name": event.name, "user": {"email": person.email}, "properties": properties});
    Ok(Request::post(&INGEST, "/v1/").json(body).header("X-Encharge-Token", key).into())
}

fn account(body: &Value) -> Result<Parsed, Fault> {
    if let Some(status @ ("canceled" | "trialExpired")) = text(body, "/status").as_deref() {
        let message = format!("Encharge says that this account is {status}. Reactivate it there.");
        return Err(Fault::settings("account_inactive", message));
    }
    let name = need(body, "/name").or_else(|_| need(body, "/accountId"))?;
    Ok(Parsed::learned(Known::new().with("account", name)))
}

/// The person in a response. An email that only resembles theirs isn't theirs, in case the filter was ignored.
fn found<'a>(person: &Person, body: &'a Value) -> Option<&'a Value> {
    let email = person.email.to_lowercase();
    rows(body, "/users").find(|user| text(user, "/email").is_none_or(|here| here.to_lowercase() == email))
}

fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    if !body.get("users").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no people in it"));
    }
    let Some(user) = found(person, body) else { return Ok(Parsed::done()) };
    if person.is_approved() && is_unsubscribed(user) {
        let why = "They unsubscribed in Encharge. We skipped them: only they can resubscribe.";
        return Ok(Parsed::leave_alone(why));
    }
    let name = ContactName::parts(user, "/firstName", "/lastName");
    Ok(Parsed::learned(Known::new().with("contact", need(user, "/id")?).noting_name(person, "", &name)))
}

/// The reference doesn't list the field, which segments in Encharge call \u{201c}Unsubscribed\u{201d}: a flag, a text
/// or a time all count.
fn is_unsubscribed(user: &Value) -> bool {
    ["unsubscribed", "unsubscribedAt"].iter().any(|name| match user.get(name) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => !["", "false", "no"].contains(&text.to_lowercase().as_str()),
        Some(Value::Number(number)) => number.as_f64() != Some(0.0),
        _ => false,
    })
}

/// Tags are read as one comma-separated text. A tag that exists in another case may keep its own spelling.
fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let user = found(ctx.person()?, body);
    let all = user.and_then(|user| text(user, "/tags")).unwrap_or_default().to_lowercase();
    let has: Vec<&str> = all.split(',').map(str::trim).collect();
    let noted = |name: &str| rows_of(ctx.known, name).map(str::to_lowercase).collect::<Vec<_>>();
    let is_there = |tag: &String| has.contains(&tag.as_str());
    // A person who came back in between may lose a tag that was added first.
    let taken = noted(TAKEN);
    let given = noted(GIVEN).into_iter().filter(|tag| !taken.contains(tag)).collect::<Vec<_>>();
    if given.iter().all(is_there) && !taken.iter().any(is_there) {
        return Ok(Parsed::done());
    }
    poll(ctx.polls, LATE)
}

fn rows_of<'a>(known: &'a Known, name: &str) -> impl Iterator<Item = &'a str> {
    known.get(name).and_then(Value::as_array).into_iter().flatten().filter_map(Value::as_str)
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let by_status = matches!(ctx.step.action, Action::Tag | Action::Untag | Action::Event | Action::Forget);
    let body = if by_status { answer.json_or_nothing() } else { answer.json() };
    body.map_err(|fault| {
        // Not in the reference: others saw this code for keys of the wrong form, whatever the status.
        let is_key = answer.any_json().pointer("/error/code").and_then(Value::as_u64) == Some(10_082);
        match (fault.kind, ctx.step.action) {
            (FaultKind::Credentials | FaultKind::Rights, Action::Event) => {
                Fault::credentials("Encharge rejected the write key. Copy it again from Your account.")
            }
            (kind, _) if is_key || matches!(kind, FaultKind::Credentials | FaultKind::Rights) => {
                Fault::credentials("Encharge rejected the API key. Copy it again from Your account in Encharge.")
            }
            (FaultKind::Refused, Action::Save) => {
                let message = format!("Encharge didn\u{2019}t accept this person ({}).", fault.message);
                Fault::refused("invalid_email", message)
            }
            _ => fault,
        }
    })
}
