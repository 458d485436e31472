//! Connector for Vero, Track API 2.0 (help.getvero.com/api-reference). The API is write-only: writes can't be read
//! back, and whether a person unsubscribed can't be checked.

use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Connector, Descriptor, Event, Fault, FaultKind, Field, Host, Known, KnownIssue,
    Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging, Task, Written,
    read::text,
};

pub static CONNECTOR: Vero = Vero;

#[derive(Debug)]
pub struct Vero;

const HOST: Host = Host::fixed("VERO", "https://api.getvero.com");
/// The profile that the test call creates and deletes.
const NOBODY: &str = "rekomi-connection-test";
/// Marks the second part of the test call.
const CLEANUP: &str = "cleanup";
/// Known: the parameter name under which Vero accepts the key.
const PARAMETER: &str = "parameter";
const NAMES: [&str; 2] = ["tracking_api_key", "auth_token"];

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "vero",
    name: "Vero",
    docs: "https://help.getvero.com/api-reference/overview",
    fields: &[Field {
        name: "trackingApiKey",
        label: "Tracking API key",
        hint: "In Vero, go to Settings \u{2192} Project. The auth token of an older project works too. To test it, we \
               create a profile without an address, `rekomi-connection-test`, and delete it right away.",
        link: Some("https://app.getvero.com/settings/project"),
        example: "40 letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::None(
        "Vero\u{2019}s Track API can\u{2019}t list its lists or segments. Create a segment of everyone with the tag \
         `Rekomi affiliate`.",
    ),
    tags: Tagging::Tags { listed: false },
    events: Some(
        "Sent as events of the profile, which journeys can start from. Vero ignores a repetition within five minutes, \
         but counts a later one again.",
    ),
    initial_events: &["affiliate_approved"],
    can_forget: true,
    // help.getvero.com, API reference: nothing can be read.
    new_address: NewAddress::Replaces(
        "Vero\u{2019}s API can\u{2019}t be read, so we can\u{2019}t check whether the new address is free.",
    ),
    paces: &[Pace { name: "", per_minute: 300, burst: 5, jitter_ms: 50 }],
    limit: "Vero publishes no limit. We send 5 requests per second.",
    names: Names::Sent(
        "Vero\u{2019}s API can\u{2019}t read anyone, so the affiliate\u{2019}s name replaces any other name.",
    ),
    writes: &[
        Written { field: "id", value: "the affiliate\u{2019}s email address, used to match profiles" },
        Written { field: "email", value: "the same address" },
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written { field: "rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written { field: "tags", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
    ],
    calls: &[
        Call { line: "POST /api/v2/users/track", why: "creates or updates the profile" },
        Call { line: "PUT /api/v2/users/tags/edit", why: "adds tags and removes old ones" },
    ],
    consent: "Vero\u{2019}s API can\u{2019}t tell us whether someone unsubscribed. So we never send anything that \
              could subscribe them: a profile\u{2019}s subscription doesn\u{2019}t change, and we never make the call \
              that resubscribes. Vero has no consent field.",
    success: "Vero responded to every call with \u{201c}Success\u{201d}: it accepted them. It processes them later and \
              gives us no way to check, so \u{201c}Succeeded\u{201d} means accepted, not verified.",
    known_issues: &[
        KnownIssue {
            sign: "401: the key was rejected",
            remedy: "Copy the Tracking API key again from Settings \u{2192} Project, in the project your affiliates \
                     belong to. The Campaigns API key is a different one.",
        },
        KnownIssue {
            sign: "Someone is in Vero twice",
            remedy: "Vero matches profiles by ID, and our ID is the email address. If your own profiles use other IDs, \
                     let Vero match by email as well (identity stitching, in the project\u{2019}s settings).",
        },
        KnownIssue {
            sign: "Succeeded, but no one is there",
            remedy: "Vero needs a few minutes. If it stays like this, check Vero\u{2019}s API log: it may have dropped \
                     the address. Then re-sync.",
        },
        KnownIssue {
            sign: "Someone who unsubscribed got the tag",
            remedy: "They stay unsubscribed: Vero sends them nothing. We just can\u{2019}t check before we write.",
        },
    ],
};

impl Connector for Vero {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check), Step::about(Action::Check, CLEANUP)],
            Task::Lists | Task::Tags => Vec::new(),
            Task::Sync(_) => vec![Step::new(Action::Save), Step::new(Action::Tag)],
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Forget)],
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let post = |path: &str| Request::post(&HOST, path);
        let (request, body) = match ctx.step.action {
            Action::Check if ctx.step.about == CLEANUP => (post("/api/v2/users/delete"), json!({"id": NOBODY})),
            Action::Check => (post("/api/v2/users/track"), json!({"id": NOBODY})),
            Action::Save => (post("/api/v2/users/track"), profile(ctx.person()?)),
            Action::Tag => (Request::put(&HOST, "/api/v2/users/tags/edit"), tags(ctx.person()?)),
            Action::Event => (post("/api/v2/events/track"), event(ctx.person()?, ctx.event()?)),
            Action::Forget => (post("/api/v2/users/delete"), json!({"id": ctx.person()?.email})),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.json(with_key(ctx, body)?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let cleanup = ctx.step.about == CLEANUP;
        match (ctx.step.action, answer.status) {
            (Action::Forget, 404) => return Ok(Parsed::done()),
            (Action::Check, 404 | 405) if cleanup => return Ok(Parsed::done()),
            // An older project may accept the same key under the other name.
            (Action::Check, 401) if ctx.known.get(PARAMETER).is_none() => {
                let tried = parameter(ctx)?;
                let other = NAMES.into_iter().find(|name| *name != tried).unwrap_or_default();
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(PARAMETER, other)));
            }
            _ => {}
        }
        taken(ctx, answer)?;
        if ctx.step.action != Action::Check {
            return Ok(Parsed::done());
        }
        // The API doesn't reveal the account's name.
        Ok(Parsed::learned(Known::new().with("account", "Vero project").with(PARAMETER, parameter(ctx)?)))
    }

    /// Vero drops a repetition for five minutes only.
    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

/// Adds the key to the body, so that it never appears in a log of URLs.
fn with_key(ctx: &StepContext<'_>, mut body: Value) -> Result<Value, Fault> {
    body[parameter(ctx)?] = json!(key(ctx.account)?);
    Ok(body)
}

fn key(account: &Account) -> Result<&str, Fault> {
    account.get("trackingApiKey").map(str::trim)
}

/// The key's parameter name: the one that a test call found. Before the test it is guessed: an auth token is two parts
/// with a colon between them in Base64 (the vendor's own Ruby client, config.rb), a Tracking API key isn't.
fn parameter(ctx: &StepContext<'_>) -> Result<&'static str, Fault> {
    let found = ctx.known.maybe(PARAMETER).or_else(|| ctx.account.found.maybe(PARAMETER));
    if let Some(name) = NAMES.into_iter().find(|name| found.as_deref() == Some(name)) {
        return Ok(name);
    }
    let parts = STANDARD.decode(key(ctx.account)?).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    let [tracking, token] = NAMES;
    Ok(if parts.is_some_and(|parts| parts.contains(':')) { token } else { tracking })
}

/// The profile to write. Unknown values are omitted. For a person who left, only our own property changes.
fn profile(person: &Person) -> Value {
    let mut data = json!({"rekomi_status": person.affiliate_status.as_str()});
    if !person.is_approved() {
        return json!({"id": person.email, "data": data});
    }
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value {
            data[field] = json!(value);
        }
    }
    json!({"id": person.email, "email": person.email, "data": data})
}

fn tags(person: &Person) -> Value {
    let mut body = json!({"id": person.email, "add": person.tags});
    if !person.untags.is_empty() {
        body["remove"] = json!(person.untags);
    }
    body
}

/// The event. Its id is part of the data because Vero treats two events with the same data as one.
fn event(person: &Person, event: &Event) -> Value {
    let known = |value: &Value| !value.is_null() && value.as_str().is_none_or(|text| !text.is_empty());
    let mut data: Map<String, Value> = event
        .properties
        .iter()
        .filter(|(_, value)| known(value))
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    data.insert("eventId".to_owned(), json!(event.id.to_string()));
    json!({
        "identity": {"id": person.email, "email": person.email},
        "event_name": event.name,
        "data": data,
        "extras": {"created_at": event.at.to_string()},
    })
}

/// Checks the success in both the status and the body.
fn taken(ctx: &StepContext<'_>, answer: &Answer) -> Result<(), Fault> {
    let body = answer.json().map_err(|fault| match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials | FaultKind::Rights, _) => Fault::credentials(
            "Vero rejected the key. Copy the Tracking API key again from Settings \u{2192} Project, in the right \
             project.",
        ),
        (FaultKind::Refused, Action::Save) if answer.status == 400 => {
            Fault::refused("invalid_email", format!("Vero didn\u{2019}t accept this profile ({}).", fault.message))
        }
        _ => fault,
    })?;
    match text(&body, "/status").as_deref() {
        Some("200") => Ok(()),
        Some(_) => Err(Fault::refused("refused", format!("Vero rejected the request: {}.", answer.message()))),
        None => Err(Fault::unreadable("no status in it")),
    }
}
