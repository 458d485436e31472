//! Connector for Customer.io (docs.customer.io). The Track API only writes, and answers 200 before it processes
//! anything. Only the App API reads; it needs its own key, which is optional. With that key, people who unsubscribed
//! are left alone and every write is read back; without it neither is possible, and the descriptor says so.

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task, encode, moving::Mover, read,
};

mod descriptor;
mod moving;

pub static CONNECTOR: CustomerIo = CustomerIo;

#[derive(Debug)]
pub struct CustomerIo;

/// The order of the test calls: region by region, as in the vendor's "Find your account region", then what the App API
/// key can do.
const REGIONS: [&str; 2] = ["us", "eu"];
const SEGMENTS: &str = "segments";
const WORKSPACE: &str = "workspace";

const APP_KEY: &str = "appApiKey";
const REGION: &str = "region";
/// The workspace's id, in the vendor's term.
const ENVIRONMENT: &str = "environment";
/// Known: the error of the first region, if it was something other than not knowing the workspace.
const KNOWN_ISSUE: &str = "trouble";
/// Set if the person already has a creation date, which stays.
const DATED: &str = "dated";

/// The longest value of an attribute, in bytes (Track API, "Limits").
const VALUE_MAX: usize = 1_000;

const LATE: &str = "Customer.io accepted the change, but it wasn\u{2019}t there nine minutes later. Check the \
                    person\u{2019}s activity log in Customer.io for failed changes, then re-sync.";
const ALONE: &str = "They unsubscribed in Customer.io. We skipped them: only they can resubscribe.";
const APP_KEY_NEEDED: &str = "Customer.io only lists segments with an App API key, and this connection has none. Add \
                              this optional key to its credentials to choose a segment. Everything else works without \
                              it.";
const NO_LIST: &str = "The segment no longer exists in Customer.io, or isn\u{2019}t a manual segment. Choose another \
                       one in the connection\u{2019}s settings.";

impl Connector for CustomerIo {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, account: &Account, task: &Task) -> Vec<Step> {
        let reads = account.maybe(APP_KEY).is_some();
        let read_back = reads.then(|| Step::new(Action::Confirm));
        match task {
            Task::Check => {
                let tried = if reads { &[SEGMENTS, WORKSPACE][..] } else { &[] };
                REGIONS.iter().chain(tried).map(|about| Step::about(Action::Check, *about)).collect()
            }
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(person) if person.is_approved() => sync(person, reads),
            Task::Sync(_) => [Some(Step::new(Action::Save)), read_back].into_iter().flatten().collect(),
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => [Some(Step::new(Action::Forget)), read_back].into_iter().flatten().collect(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let about = ctx.step.about.as_str();
        let request = match ctx.step.action {
            Action::Check => return test_call(ctx),
            Action::Lists if ctx.account.maybe(APP_KEY).is_none() => {
                return Err(Fault::settings("app_key_needed", APP_KEY_NEEDED));
            }
            Action::Lists => app(ctx, "/v1/segments")?,
            // The person may have changed since the plan was made.
            Action::Join | Action::Confirm if !about.is_empty() && !ctx.person()?.is_approved() => {
                return Ok(StepRequest::Nothing("they left the program in the meantime"));
            }
            Action::Consent => app(ctx, &format!("{}/attributes", reader(ctx)?))?.query("id_type", "email"),
            Action::Confirm if about.is_empty() => {
                app(ctx, &format!("{}/attributes", reader(ctx)?))?.query("id_type", "email")
            }
            Action::Confirm => app(ctx, &format!("{}/segments", reader(ctx)?))?.query("id_type", "email"),
            Action::Save => track(ctx, Request::put, &writer(ctx)?)?.json(attributes(ctx)?),
            Action::Join => {
                let path = format!("/api/v1/segments/{}/add_customers", encode::segment(about));
                let ids = json!({"ids": [ctx.person()?.email]});
                track(ctx, Request::post, &path)?.query("id_type", "email").json(ids)
            }
            Action::Event => track(ctx, Request::post, &format!("{}/events", writer(ctx)?))?.json(event(ctx)?),
            Action::Forget => track(ctx, Request::delete, &writer(ctx)?)?,
            Action::Find
            | Action::Move
            | Action::Tags
            | Action::FindTag
            | Action::MakeTag
            | Action::Tag
            | Action::Untag => {
                return Err(Fault::unplanned(ctx.step));
            }
        };
        Ok(request.into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let absent = answer.status == 404;
        // For a person who doesn't exist, the App API returns an error body of its own (App API, "Errors").
        let unread = answer.status == 405 || (absent && answer.any_json().pointer("/errors/0").is_none());
        let requested = matches!(ctx.task, Task::Sync(person) if person.is_approved());
        Ok(match ctx.step.action {
            Action::Check => return tested(ctx, answer),
            Action::Lists => segments(&body(ctx, answer)?),
            Action::Consent if absent || unread => Parsed::done(),
            Action::Consent => consent(ctx.person()?, &body(ctx, answer)?)?,
            // A person who doesn't exist counts as deleted, or has nothing to mark.
            Action::Confirm | Action::Forget if absent && !requested => Parsed::done(),
            Action::Confirm if unread => Parsed::done(),
            Action::Confirm if absent => read::poll(ctx.polls, LATE)?,
            Action::Confirm => confirmed(ctx, &body(ctx, answer)?)?,
            Action::Save | Action::Join | Action::Event | Action::Forget => {
                body(ctx, answer).map(|_| Parsed::done())?
            }
            Action::Find
            | Action::Move
            | Action::Tags
            | Action::FindTag
            | Action::MakeTag
            | Action::Tag
            | Action::Untag => {
                return Err(Fault::unplanned(ctx.step));
            }
        })
    }
}

/// People are added to a segment only once a read shows that they exist: Customer.io silently skips emails that it
/// doesn't know yet ("Add people to a manual segment").
fn sync(person: &Person, reads: bool) -> Vec<Step> {
    let looks = [Step::new(Action::Consent)];
    let join = person.lists.iter().map(|list| Step::about(Action::Join, &list.id).depends_on(looks.clone()));
    if !reads {
        return std::iter::once(Step::new(Action::Save)).chain(join).collect();
    }
    let on = person.lists.iter().map(|list| Step::about(Action::Confirm, &list.id));
    [Action::Consent, Action::Save, Action::Confirm].map(Step::new).into_iter().chain(join).chain(on).collect()
}

/// The host of one API in a region. Both APIs share a variable name because their paths differ.
fn host(region: &str, track: bool) -> Host {
    match (region, track) {
        ("eu", true) => Host::fixed("CUSTOMERIO_EU", "https://track-eu.customer.io"),
        ("eu", false) => Host::fixed("CUSTOMERIO_EU", "https://api-eu.customer.io"),
        (_, true) => Host::fixed("CUSTOMERIO_US", "https://track.customer.io"),
        (_, false) => Host::fixed("CUSTOMERIO_US", "https://api.customer.io"),
    }
}

fn region(ctx: &StepContext<'_>) -> Result<String, Fault> {
    let found = ctx.known.maybe(REGION).or_else(|| ctx.account.found.maybe(REGION));
    found.ok_or_else(|| Fault::credentials("The workspace\u{2019}s region isn\u{2019}t known. Reconnect to detect it."))
}

fn track(ctx: &StepContext<'_>, method: fn(&Host, String) -> Request, path: &str) -> Result<Request, Fault> {
    with_pair(ctx, method(&host(&region(ctx)?, true), path.to_owned()))
}

fn with_pair(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    let (site, key) = (ctx.account.get("siteId")?, ctx.account.get("apiKey")?);
    Ok(request.header("Authorization", encode::basic(site, key)))
}

fn app(ctx: &StepContext<'_>, path: &str) -> Result<Request, Fault> {
    let request = Request::get(&host(&region(ctx)?, false), path).pace("app");
    Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get(APP_KEY)?)))
}

/// The email as one path segment, with dots escaped too, so that no framework takes `.com` for a response format.
fn address(ctx: &StepContext<'_>) -> Result<String, Fault> {
    Ok(encode::segment(&ctx.person()?.email).replace('.', "%2E"))
}

fn writer(ctx: &StepContext<'_>) -> Result<String, Fault> {
    Ok(format!("/api/v1/customers/{}", address(ctx)?))
}

fn reader(ctx: &StepContext<'_>) -> Result<String, Fault> {
    Ok(format!("/v1/customers/{}", address(ctx)?))
}

fn test_call(ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
    let tried = match ctx.step.about.as_str() {
        SEGMENTS => app(ctx, "/v1/segments")?,
        WORKSPACE => app(ctx, "/v1/workspaces")?,
        _ if ctx.known.maybe(REGION).is_some() => return Ok(StepRequest::Nothing("the region is already known")),
        region => with_pair(ctx, Request::get(&host(region, true), "/api/v1/accounts/region"))?,
    };
    Ok(tried.into())
}

fn tested(ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
    match ctx.step.about.as_str() {
        SEGMENTS => body(ctx, answer).map(|_| Parsed::done()),
        // Without it, only the workspace's name is missing.
        WORKSPACE if matches!(answer.status, 401 | 403 | 404 | 405) => Ok(Parsed::done()),
        WORKSPACE => workspace(ctx, &body(ctx, answer)?),
        about if about == REGIONS[0] => home(ctx, answer).or_else(|fault| match (fault.kind, answer.status) {
            (FaultKind::Busy, _) => Err(fault),
            // The US region doesn't know the credentials; the EU region is tried next.
            (_, 300..=399 | 401 | 403) => Ok(Parsed::done()),
            _ => Ok(Parsed::learned(Known::new().with(KNOWN_ISSUE, fault.message))),
        }),
        _ => home(ctx, answer).map_err(|fault| match ctx.known.maybe(KNOWN_ISSUE) {
            Some(issue) if !matches!(fault.kind, FaultKind::Busy | FaultKind::Passing) => Fault::passing(
                "vendor_error",
                format!("Customer.io doesn\u{2019}t know this key pair in the EU, and failed in the US: {issue}."),
            ),
            _ => fault,
        }),
    }
}

/// Reads the workspace's region.
fn home(ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
    let body = body(ctx, answer)?;
    let region = read::need(&body, "/region")?;
    if !REGIONS.contains(&region.as_str()) {
        return Err(Fault::unreadable("an unknown region"));
    }
    let capitals = region.to_uppercase();
    let known = Known::new().with(REGION, region);
    Ok(Parsed::learned(match read::text(&body, "/environment_id") {
        Some(id) => known.with("account", format!("Workspace {id} ({capitals})")).with(ENVIRONMENT, id),
        None => known.with("account", format!("Customer.io workspace ({capitals})")),
    }))
}

/// Reads the workspace's name from the list that the key can see.
fn workspace(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let ours = ctx.known.maybe(ENVIRONMENT);
    let named = read::rows(body, "/workspaces").find(|row| ours.is_some() && read::text(row, "/id") == ours);
    let Some(name) = named.and_then(|row| read::text(row, "/name")) else { return Ok(Parsed::done()) };
    let account = format!("{name} ({})", region(ctx)?.to_uppercase());
    Ok(Parsed::learned(Known::new().with("account", account)))
}

fn body(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    if matches!(answer.status, 300..=399) {
        return Err(Fault::settings("region_changed", "The workspace has moved to another region: reconnect it."));
    }
    let body = match ctx.step.action {
        // The Track API answers by status alone.
        Action::Save | Action::Join | Action::Event | Action::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials | FaultKind::Rights, Action::Lists | Action::Consent | Action::Confirm) => no_app_key(),
        (FaultKind::Credentials | FaultKind::Rights, Action::Check) if ctx.step.about == SEGMENTS => no_app_key(),
        (FaultKind::Credentials | FaultKind::Rights, _) => Fault::credentials(
            "Customer.io rejected the site ID and the API key, in the US and in the EU. Copy both from the same line \
             of Track API Keys; an App API key doesn\u{2019}t work here.",
        ),
        (FaultKind::Refused, Action::Consent | Action::Confirm) if answer.status == 400 => Fault::settings(
            "no_email_identifier",
            "This workspace doesn\u{2019}t identify people by email. Allow email as an identifier in Customer.io under \
             Workspace Settings; otherwise people would be duplicated.",
        ),
        (FaultKind::Refused, Action::Join) => Fault::settings("list_missing", NO_LIST),
        (FaultKind::Refused, Action::Save) => {
            let message = format!("Customer.io didn\u{2019}t accept this person ({}).", fault.message);
            Fault::refused("invalid_contact", message)
        }
        _ => fault,
    })
}

fn no_app_key() -> Fault {
    Fault::credentials(
        "Customer.io rejected the App API key. Copy it again from Account Settings \u{2192} API Credentials \u{2192} \
         App API Keys, and check that it belongs to the same workspace. Or leave the field empty.",
    )
}

/// The attributes to write. `unsubscribed` is never sent: neither value is ours to set. A person who left is never
/// recreated.
fn attributes(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let person = ctx.person()?;
    let mut attributes = json!({"email": person.email, "rekomi_status": person.affiliate_status.as_str()});
    let tags = person.tags_joined();
    if tags.len() > VALUE_MAX {
        return Err(Fault::refused(
            "tags_too_long",
            "Customer.io allows 1,000 bytes per attribute, and the tags together are longer. Shorten them.",
        ));
    }
    // For a person who left, only our own attributes change.
    let given = |name: &Option<String>| name.clone().filter(|_| person.is_approved());
    let names = [("first_name", given(&person.first_name)), ("last_name", given(&person.last_name))];
    for (name, value) in [("rekomi_tags", Some(tags))].into_iter().chain(names) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            attributes[name] = json!(value);
        }
    }
    if !person.is_approved() {
        attributes["_update"] = json!(true);
    } else if !ctx.known.flag(DATED) && (ctx.account.maybe(APP_KEY).is_some() || !person.is_synced) {
        attributes["created_at"] = json!(person.joined_at.seconds());
    }
    Ok(attributes)
}

fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let event = ctx.event()?;
    let id = encode::ulid(event.at, event.id);
    Ok(json!({"name": event.name, "id": id, "timestamp": event.at.seconds(), "data": event.properties}))
}

/// Lists the manual segments: membership of the others follows from rules alone.
fn segments(body: &Value) -> Parsed {
    let manual = |row: &&Value| read::text(row, "/type").as_deref() == Some("manual");
    let found = read::rows(body, "/segments").filter(manual).filter_map(|row| read::choice(row, "/id", "/name"));
    Parsed::learned(Known::new().with_choices(&Known::new(), found))
}

fn consent(affiliate: &Person, body: &Value) -> Result<Parsed, Fault> {
    let Some(person) = body.get("customer").filter(|person| person.get("attributes").is_some()) else {
        return Err(Fault::unreadable("no customer in it"));
    };
    // The values that count as true: Track API, "Add or update a customer".
    let no = |place: &str| match person.pointer(place) {
        Some(Value::Bool(no)) => *no,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true") || text == "1",
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    };
    if no("/unsubscribed") || no("/attributes/unsubscribed") {
        return Ok(Parsed::leave_alone(ALONE));
    }
    let dated = read::text(person, "/attributes/created_at").is_some();
    let name = ContactName::parts(person, "/attributes/first_name", "/attributes/last_name");
    Ok(Parsed::learned(Known::new().with(DATED, dated).noting_name(affiliate, "", &name)))
}

fn confirmed(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let (about, person) = (ctx.step.about.as_str(), ctx.person()?);
    let there = if matches!(ctx.task, Task::Forget(_)) {
        false
    } else if about.is_empty() {
        let is = |name: &str, value: &str| {
            read::text(body, &format!("/customer/attributes/{name}")).unwrap_or_default() == value
        };
        is("rekomi_status", person.affiliate_status.as_str()) && is("rekomi_tags", &person.tags_joined())
    } else {
        read::rows(body, "/segments").any(|row| read::text(row, "/id").as_deref() == Some(about))
    };
    if there { Ok(Parsed::done()) } else { read::poll(ctx.polls, LATE) }
}
