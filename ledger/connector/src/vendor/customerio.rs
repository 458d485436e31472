//! Customer.io (docs.customer.io): the Track API writes, and takes everything with 200 before it looks at it; only the App
//! API reads, with a key of its own that people needn't give. With it nobody who unsubscribed is touched and everything is
//! read back; without it neither is possible, and the descriptor says so.

use serde_json::{Value, json};

use crate::{
    Account, Act, Answer, Ask, Connector, Descriptor, Fault, FaultKind, Heard, Host, Known, Person, Request, Step,
    Task, Turn, encode, read,
};

mod descriptor;

pub static CONNECTOR: CustomerIo = CustomerIo;

#[derive(Debug)]
pub struct CustomerIo;

/// What the test calls try. Region by region, as the vendor's "Find your account region" is asked; then what the key of the
/// App API can do.
const REGIONS: [&str; 2] = ["us", "eu"];
const SEGMENTS: &str = "segments";
const WORKSPACE: &str = "workspace";

const APP_KEY: &str = "appApiKey";
const REGION: &str = "region";
/// The workspace's id, in the vendor's word.
const ENVIRONMENT: &str = "environment";
/// Known where the first region had trouble of another kind than not knowing the workspace: what it was.
const TROUBLE: &str = "trouble";
/// Known where the person has a date already, which stays.
const DATED: &str = "dated";

/// Longest value of an attribute, in bytes (Track API, "Limits").
const VALUE_MAX: usize = 1_000;

const LATE: &str = "Customer.io accepted it, and still it wasn\u{2019}t there nine minutes later. Look at the person\u{2019}s \
                    activity log in Customer.io, where failed changes are shown, then re-sync.";
const ALONE: &str = "They unsubscribed in Customer.io, so they were left alone. Only they can subscribe again.";
const APP_KEY_NEEDED: &str = "Customer.io tells its segments only to whoever has an App API key, which this connection has none \
                              of. Add that optional key to its credentials, and choose a segment then; everything else works \
                              without it.";
const NO_LIST: &str = "The segment isn\u{2019}t in Customer.io any more, or isn\u{2019}t a manual one. Choose another one in \
                       the connection.";

impl Connector for CustomerIo {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, account: &Account, task: &Task) -> Vec<Step> {
        let reads = account.maybe(APP_KEY).is_some();
        let read_back = reads.then(|| Step::new(Act::Confirm));
        match task {
            Task::Check => {
                let tried = if reads { &[SEGMENTS, WORKSPACE][..] } else { &[] };
                REGIONS.iter().chain(tried).map(|about| Step::about(Act::Check, *about)).collect()
            }
            Task::Lists => vec![Step::new(Act::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(person) if person.is_approved() => sync(person, reads),
            Task::Sync(_) => [Some(Step::new(Act::Save)), read_back].into_iter().flatten().collect(),
            Task::Event(..) => vec![Step::new(Act::Event)],
            Task::Forget(_) => [Some(Step::new(Act::Forget)), read_back].into_iter().flatten().collect(),
        }
    }

    fn ask(&self, turn: &Turn<'_>) -> Result<Ask, Fault> {
        let about = turn.step.about.as_str();
        let request = match turn.step.act {
            Act::Check => return test_call(turn),
            Act::Lists if turn.account.maybe(APP_KEY).is_none() => {
                return Err(Fault::settings("app_key_needed", APP_KEY_NEEDED));
            }
            Act::Lists => app(turn, "/v1/segments")?,
            // What was planned may have changed since.
            Act::Join | Act::Confirm if !about.is_empty() && !turn.person()?.is_approved() => {
                return Ok(Ask::Nothing("they left in the meantime"));
            }
            Act::Consent => app(turn, &format!("{}/attributes", reader(turn)?))?.query("id_type", "email"),
            Act::Confirm if about.is_empty() => {
                app(turn, &format!("{}/attributes", reader(turn)?))?.query("id_type", "email")
            }
            Act::Confirm => app(turn, &format!("{}/segments", reader(turn)?))?.query("id_type", "email"),
            Act::Save => track(turn, Request::put, &writer(turn)?)?.json(attributes(turn)?),
            Act::Join => {
                let path = format!("/api/v1/segments/{}/add_customers", encode::segment(about));
                let ids = json!({"ids": [turn.person()?.email]});
                track(turn, Request::post, &path)?.query("id_type", "email").json(ids)
            }
            Act::Event => track(turn, Request::post, &format!("{}/events", writer(turn)?))?.json(event(turn)?),
            Act::Forget => track(turn, Request::delete, &writer(turn)?)?,
            Act::Find | Act::Tags | Act::FindTag | Act::MakeTag | Act::Tag | Act::Untag => {
                return Err(Fault::unplanned(turn.step));
            }
        };
        Ok(request.into())
    }

    fn hear(&self, turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
        let absent = answer.status == 404;
        // Of a person who isn't there the App API says so in its own words (App API, "Errors").
        let unread = answer.status == 405 || (absent && answer.any_json().pointer("/errors/0").is_none());
        let wanted = matches!(turn.task, Task::Sync(person) if person.is_approved());
        Ok(match turn.step.act {
            Act::Check => return tested(turn, answer),
            Act::Lists => segments(&body(turn, answer)?),
            Act::Consent if absent || unread => Heard::done(),
            Act::Consent => consent(&body(turn, answer)?)?,
            // Whoever isn't there is deleted, or has nothing that could be marked.
            Act::Confirm | Act::Forget if absent && !wanted => Heard::done(),
            Act::Confirm if unread => Heard::done(),
            Act::Confirm if absent => read::poll(turn.asked, LATE)?,
            Act::Confirm => confirmed(turn, &body(turn, answer)?)?,
            Act::Save | Act::Join | Act::Event | Act::Forget => body(turn, answer).map(|_| Heard::done())?,
            Act::Find | Act::Tags | Act::FindTag | Act::MakeTag | Act::Tag | Act::Untag => {
                return Err(Fault::unplanned(turn.step));
            }
        })
    }
}

/// People are put into a segment only once they are seen to be there: addresses that Customer.io doesn't know yet are
/// passed over without a word ("Add people to a manual segment").
fn sync(person: &Person, reads: bool) -> Vec<Step> {
    let looks = [Step::new(Act::Consent)];
    let join = person.lists.iter().map(|list| Step::about(Act::Join, &list.id).rests_on(looks.clone()));
    if !reads {
        return std::iter::once(Step::new(Act::Save)).chain(join).collect();
    }
    let on = person.lists.iter().map(|list| Step::about(Act::Confirm, &list.id));
    [Act::Consent, Act::Save, Act::Confirm].map(Step::new).into_iter().chain(join).chain(on).collect()
}

/// The same variable names for both APIs of a region: their paths differ.
fn host(region: &str, track: bool) -> Host {
    match (region, track) {
        ("eu", true) => Host::fixed("CUSTOMERIO_EU", "https://track-eu.customer.io"),
        ("eu", false) => Host::fixed("CUSTOMERIO_EU", "https://api-eu.customer.io"),
        (_, true) => Host::fixed("CUSTOMERIO_US", "https://track.customer.io"),
        (_, false) => Host::fixed("CUSTOMERIO_US", "https://api.customer.io"),
    }
}

fn region(turn: &Turn<'_>) -> Result<String, Fault> {
    let found = turn.known.maybe(REGION).or_else(|| turn.account.found.maybe(REGION));
    found.ok_or_else(|| Fault::credentials("The workspace\u{2019}s region isn\u{2019}t known: connect again."))
}

fn track(turn: &Turn<'_>, method: fn(&Host, String) -> Request, path: &str) -> Result<Request, Fault> {
    with_pair(turn, method(&host(&region(turn)?, true), path.to_owned()))
}

fn with_pair(turn: &Turn<'_>, request: Request) -> Result<Request, Fault> {
    let (site, key) = (turn.account.get("siteId")?, turn.account.get("apiKey")?);
    Ok(request.header("Authorization", encode::basic(site, key)))
}

fn app(turn: &Turn<'_>, path: &str) -> Result<Request, Fault> {
    let request = Request::get(&host(&region(turn)?, false), path).pace("app");
    Ok(request.header("Authorization", format!("Bearer {}", turn.account.get(APP_KEY)?)))
}

/// The address as one part of a path, dots escaped too: no framework takes `.com` for the form of the answer then.
fn address(turn: &Turn<'_>) -> Result<String, Fault> {
    Ok(encode::segment(&turn.person()?.email).replace('.', "%2E"))
}

fn writer(turn: &Turn<'_>) -> Result<String, Fault> {
    Ok(format!("/api/v1/customers/{}", address(turn)?))
}

fn reader(turn: &Turn<'_>) -> Result<String, Fault> {
    Ok(format!("/v1/customers/{}", address(turn)?))
}

fn test_call(turn: &Turn<'_>) -> Result<Ask, Fault> {
    let tried = match turn.step.about.as_str() {
        SEGMENTS => app(turn, "/v1/segments")?,
        WORKSPACE => app(turn, "/v1/workspaces")?,
        _ if turn.known.maybe(REGION).is_some() => return Ok(Ask::Nothing("the region is known")),
        region => with_pair(turn, Request::get(&host(region, true), "/api/v1/accounts/region"))?,
    };
    Ok(tried.into())
}

fn tested(turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
    match turn.step.about.as_str() {
        SEGMENTS => body(turn, answer).map(|_| Heard::done()),
        // Its name is all that would be missing.
        WORKSPACE if matches!(answer.status, 401 | 403 | 404 | 405) => Ok(Heard::done()),
        WORKSPACE => workspace(turn, &body(turn, answer)?),
        about if about == REGIONS[0] => home(turn, answer).or_else(|fault| match (fault.kind, answer.status) {
            (FaultKind::Busy, _) => Err(fault),
            // The United States don't know it; Europe is asked next.
            (_, 300..=399 | 401 | 403) => Ok(Heard::done()),
            _ => Ok(Heard::learned(Known::new().with(TROUBLE, fault.message))),
        }),
        _ => home(turn, answer).map_err(|fault| match turn.known.maybe(TROUBLE) {
            Some(trouble) if !matches!(fault.kind, FaultKind::Busy | FaultKind::Passing) => Fault::passing(
                "vendor_error",
                format!("Customer.io doesn\u{2019}t know the pair in the EU, and had trouble in the US: {trouble}."),
            ),
            _ => fault,
        }),
    }
}

/// Where the workspace lives.
fn home(turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
    let body = body(turn, answer)?;
    let region = read::need(&body, "/region")?;
    if !REGIONS.contains(&region.as_str()) {
        return Err(Fault::unreadable("a region that we don\u{2019}t know"));
    }
    let capitals = region.to_uppercase();
    let known = Known::new().with(REGION, region);
    Ok(Heard::learned(match read::text(&body, "/environment_id") {
        Some(id) => known.with("account", format!("Workspace {id} ({capitals})")).with(ENVIRONMENT, id),
        None => known.with("account", format!("Customer.io workspace ({capitals})")),
    }))
}

/// Its name, of all that the key sees.
fn workspace(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let ours = turn.known.maybe(ENVIRONMENT);
    let named = read::rows(body, "/workspaces").find(|row| ours.is_some() && read::text(row, "/id") == ours);
    let Some(name) = named.and_then(|row| read::text(row, "/name")) else { return Ok(Heard::done()) };
    let account = format!("{name} ({})", region(turn)?.to_uppercase());
    Ok(Heard::learned(Known::new().with("account", account)))
}

fn body(turn: &Turn<'_>, answer: &Answer) -> Result<Value, Fault> {
    if matches!(answer.status, 300..=399) {
        return Err(Fault::settings("region_changed", "The workspace lives in another region now: connect again."));
    }
    let body = match turn.step.act {
        // The Track API answers by its status.
        Act::Save | Act::Join | Act::Event | Act::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| match (fault.kind, turn.step.act) {
        (FaultKind::Credentials | FaultKind::Rights, Act::Lists | Act::Consent | Act::Confirm) => no_app_key(),
        (FaultKind::Credentials | FaultKind::Rights, Act::Check) if turn.step.about == SEGMENTS => no_app_key(),
        (FaultKind::Credentials | FaultKind::Rights, _) => Fault::credentials(
            "Customer.io refused the site ID and the API key, in the US and in the EU. Copy both from the same line of \
             Track API keys; an App API key doesn\u{2019}t work in their place.",
        ),
        (FaultKind::Refused, Act::Consent | Act::Confirm) if answer.status == 400 => Fault::settings(
            "no_email_identifier",
            "This workspace doesn\u{2019}t identify people by email. Allow email as an identifier in Customer.io under \
             Workspace Settings, or people would be created twice.",
        ),
        (FaultKind::Refused, Act::Join) => Fault::settings("list_missing", NO_LIST),
        (FaultKind::Refused, Act::Save) => {
            Fault::refused("invalid_contact", format!("Customer.io won\u{2019}t take this person: {}.", fault.message))
        }
        _ => fault,
    })
}

fn no_app_key() -> Fault {
    Fault::credentials(
        "Customer.io refused the App API key. Copy it again from Account Settings, API Credentials, App API Keys, and mind \
         that it is of the same workspace; or leave the field empty.",
    )
}

/// Never `unsubscribed`: neither value is ours to say. Of a person who left nothing is made anew.
fn attributes(turn: &Turn<'_>) -> Result<Value, Fault> {
    let person = turn.person()?;
    let mut attributes = json!({"email": person.email, "rekomi_status": person.standing.as_str()});
    let tags = person.tags_joined();
    if tags.len() > VALUE_MAX {
        return Err(Fault::refused(
            "tags_too_long",
            "Customer.io takes 1000 bytes for an attribute, and the tags together are longer. Shorten them.",
        ));
    }
    let texts = [("rekomi_tags", Some(tags)), ("first_name", person.first_name.clone())];
    for (name, value) in texts.into_iter().chain([("last_name", person.last_name.clone())]) {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            attributes[name] = json!(value);
        }
    }
    if !person.is_approved() {
        attributes["_update"] = json!(true);
    } else if !turn.known.flag(DATED) {
        attributes["created_at"] = json!(person.joined_at.seconds());
    }
    Ok(attributes)
}

fn event(turn: &Turn<'_>) -> Result<Value, Fault> {
    let event = turn.event()?;
    let id = encode::ulid(event.at, event.id);
    Ok(json!({"name": event.name, "id": id, "timestamp": event.at.seconds(), "data": event.properties}))
}

/// Rules alone decide who is in the others.
fn segments(body: &Value) -> Heard {
    let manual = |row: &&Value| read::text(row, "/type").as_deref() == Some("manual");
    let found = read::rows(body, "/segments").filter(manual).filter_map(|row| read::choice(row, "/id", "/name"));
    Heard::learned(Known::new().with_choices(&Known::new(), found))
}

fn consent(body: &Value) -> Result<Heard, Fault> {
    let Some(person) = body.get("customer").filter(|person| person.get("attributes").is_some()) else {
        return Err(Fault::unreadable("no customer in it"));
    };
    // What counts as true: Track API, "Add or update a customer".
    let no = |place: &str| match person.pointer(place) {
        Some(Value::Bool(no)) => *no,
        Some(Value::String(text)) => text.eq_ignore_ascii_case("true") || text == "1",
        Some(Value::Number(number)) => number.as_i64() == Some(1),
        _ => false,
    };
    if no("/unsubscribed") || no("/attributes/unsubscribed") {
        return Ok(Heard::leave_alone(ALONE));
    }
    let dated = read::text(person, "/attributes/created_at").is_some();
    Ok(Heard::learned(Known::new().with(DATED, dated)))
}

fn confirmed(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let (about, person) = (turn.step.about.as_str(), turn.person()?);
    let there = if matches!(turn.task, Task::Forget(_)) {
        false
    } else if about.is_empty() {
        let is = |name: &str, value: &str| {
            read::text(body, &format!("/customer/attributes/{name}")).unwrap_or_default() == value
        };
        is("rekomi_status", person.standing.as_str()) && is("rekomi_tags", &person.tags_joined())
    } else {
        read::rows(body, "/segments").any(|row| read::text(row, "/id").as_deref() == Some(about))
    };
    if there { Ok(Heard::done()) } else { read::poll(turn.asked, LATE) }
}
