//! Iterable (api.iterable.com/api/docs): a project lives in one of two data centers, and what is written shows up later,
//! so that the last step reads everything back.

use serde_json::{Value, json};

use crate::{
    Account, Act, Answer, Ask, Call, Connector, Descriptor, Fault, FaultKind, Field, Heard, Host, Known, Listing, Pace,
    Person, Request, Step, Tagging, Task, Trouble, Turn, Written, encode,
    read::{choice, need, poll, rows, text},
};

pub static CONNECTOR: Iterable = Iterable;

#[derive(Debug)]
pub struct Iterable;

/// Tried in this order by the test call: the key works in one of them only.
const US: Host = Host::fixed("ITERABLE_US", "https://api.iterable.com");
const EU: Host = Host::fixed("ITERABLE_EU", "https://api.eu.iterable.com");
/// The data center, as the test call found it: `US` or `EU`.
const REGION: &str = "region";
/// Channels that they unsubscribed from.
const SILENT: &str = "silent";
/// Known of a list: Iterable counted them as put on it.
const JOINED: &str = "joined";
/// People who were forgotten there can't be written to, and shouldn't be.
const FORGOTTEN: &str = "They were forgotten in Iterable because they asked for it, which counts as unsubscribed, so they \
                         were left alone.";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "iterable",
    name: "Iterable",
    docs: "https://api.iterable.com/api/docs",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Iterable under Integrations, API Keys: create a new key of the type \u{201c}Server-side\u{201d} in the \
               project that your affiliates belong to. Whether the project is in the US or in Europe is found out by itself.",
        link: None,
        example: "32 letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &["Server-side"],
    lists: Listing::Picked { word: "list", required: false },
    tags: Tagging::Field("rekomi_tags"),
    events: Some("Custom events of the same name, with an id of ours: told twice, Iterable keeps one."),
    can_forget: true,
    paces: &[Pace { name: "", per_minute: 240, burst: 4, jitter_ms: 50 }],
    limit: "Between 5 and 500 requests a second for a project, depending on the call. We send 4.",
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s address, which users are matched by" },
        Written { field: "firstName, lastName", value: "the name, split; left out where it is empty" },
        Written {
            field: "rekomi_tags",
            value: "a list of texts: `Rekomi affiliate`, your account\u{2019}s tags, the program\u{2019}s",
        },
        Written { field: "rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written { field: "list membership", value: "the chosen static list, if you chose one" },
    ],
    calls: &[
        Call { line: "GET /api/users/getByEmail", why: "whether they are there, and which channels they left" },
        Call {
            line: "GET /api/channels",
            why: "only if they left any: whether it is an email channel; each counts as one where Iterable doesn\u{2019}t say",
        },
        Call { line: "POST /api/users/update", why: "creates or updates the user by address" },
        Call { line: "POST /api/lists/subscribe", why: "puts the user on the list" },
        Call {
            line: "GET /api/users/getByEmail",
            why: "reads back, a few times if need be, until everything is there",
        },
    ],
    consent: "Being on a list is no subscription in Iterable: channels and message types decide what people get, and we \
              never touch those. Whoever unsubscribed from an email channel is left alone: nothing is written. So is whoever \
              was forgotten. Iterable has no field for the consent itself. If somebody asks to be deleted, the user is \
              deleted, and not \u{201c}forgotten\u{201d}: that would keep your other systems from ever writing this person \
              again. Once somebody leaves the program only rekomi_tags and rekomi_status change.",
    success: "Iterable takes data first and shows it later. We read the user back, after 1, 2, 4 seconds and so on for up to \
              eight minutes, until the names, the tags, the status and the list are there; where the user shows no lists, Iterable\u{2019}s \
              count of people put on the list stands. Events are only accepted: they \
              can\u{2019}t be read back in time.",
    troubles: &[
        Trouble {
            sign: "401: neither data center knows the key",
            remedy: "Copy the key again, or create a new one under Integrations, API Keys. A key that was disabled is refused \
                     as well.",
        },
        Trouble {
            sign: "403: the key may not do this",
            remedy: "It is a key for browsers or apps. Create one of the type Server-side.",
        },
        Trouble {
            sign: "A field has another type",
            remedy: "Your project has a field rekomi_tags or rekomi_status already, with values of another kind. Delete it in \
                     Iterable\u{2019}s user fields, and re-sync.",
        },
        Trouble {
            sign: "Not confirmed after eight minutes",
            remedy: "Iterable is behind, or the project drops new fields. Look at the user there; if rekomi_tags is missing, \
                     allow new fields in the project\u{2019}s settings. Re-sync: nothing is written twice.",
        },
        Trouble {
            sign: "The project knows people by userId",
            remedy: "We know your affiliates by address only. Connect a project that is email-based or hybrid.",
        },
    ],
};

impl Connector for Iterable {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => ["US", "EU"].map(|region| Step::about(Act::Check, region)).to_vec(),
            Task::Lists => vec![Step::new(Act::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(person) => sync(person),
            Task::Event(..) => vec![Step::new(Act::Event)],
            Task::Forget(_) => vec![Step::new(Act::Forget), Step::new(Act::Confirm)],
        }
    }

    fn ask(&self, turn: &Turn<'_>) -> Result<Ask, Fault> {
        let step = turn.step;
        let host = match step.act {
            Act::Check => of_region(Some(&step.about)),
            _ => of_region(turn.account.found.maybe(REGION).as_deref()),
        };
        let request = match step.act {
            Act::Check if turn.known.maybe(REGION).is_some() => return Ok(Ask::Nothing("the data center is known")),
            Act::Check | Act::Lists => Request::get(&host, "/api/lists"),
            _ if never_was(turn) => return Ok(Ask::Nothing("they aren\u{2019}t in Iterable")),
            Act::Find | Act::Confirm => {
                Request::get(&host, "/api/users/getByEmail").query("email", &turn.person()?.email)
            }
            Act::Consent if turn.known.get(SILENT).is_none() => return Ok(Ask::Nothing("they left no channel")),
            Act::Consent => Request::get(&host, "/api/channels"),
            Act::Save => Request::post(&host, "/api/users/update").json(user(turn.person()?)),
            Act::Join => Request::post(&host, "/api/lists/subscribe").json(member(turn)?),
            Act::Event => Request::post(&host, "/api/events/track").json(event(turn)?),
            Act::Forget => Request::delete(&host, format!("/api/users/{}", encode::segment(&turn.person()?.email))),
            _ => return Err(Fault::unplanned(step)),
        };
        Ok(request.header("Api-Key", turn.account.get("apiKey")?).into())
    }

    fn hear(&self, turn: &Turn<'_>, answer: &Answer) -> Result<Heard, Fault> {
        let step = turn.step;
        match (step.act, answer.status) {
            // The other data center may know the key.
            (Act::Check, 401) if step.about == "US" => return Ok(Heard::done()),
            (Act::Find | Act::Forget | Act::Confirm, 400 | 404) if is_unknown(answer) => return absent(turn),
            (Act::Save | Act::Join, 409) if code(answer) == "ForgottenUserError" => {
                return Ok(Heard::leave_alone(FORGOTTEN));
            }
            // What kind of channels they left can't be known: each may have been for mail.
            (Act::Consent, 404 | 405) => return Ok(consent(turn, &Value::Null)),
            _ => {}
        }
        let body = read(turn, answer)?;
        Ok(match step.act {
            Act::Check => {
                let lists = rows(&body, "/lists").count();
                let shown = format!("Iterable project with {lists} lists, {} data center", step.about);
                Heard::learned(Known::new().with("account", shown).with(REGION, step.about.as_str()))
            }
            Act::Lists => {
                let standard =
                    rows(&body, "/lists").filter(|row| text(row, "/listType").as_deref() == Some("Standard"));
                let found = standard.filter_map(|row| choice(row, "/id", "/name"));
                Heard::learned(Known::new().with_choices(turn.known, found))
            }
            Act::Find => found(turn.person()?, &body),
            Act::Consent => consent(turn, &body),
            Act::Save | Act::Event | Act::Forget => accepted(&body)?,
            Act::Join => joined(turn, &body)?,
            Act::Confirm if body.pointer("/user").is_none() => return absent(turn),
            Act::Confirm => confirmed(turn, &body)?,
            _ => return Err(Fault::unplanned(step)),
        })
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let looks = [Act::Find, Act::Consent].map(Step::new);
    let mut steps = looks.to_vec();
    steps.push(Step::new(Act::Save));
    steps.extend(person.lists.iter().map(|list| Step::about(Act::Join, &list.id).rests_on(looks.clone())));
    steps.push(Step::new(Act::Confirm));
    steps
}

fn of_region(region: Option<&str>) -> Host {
    if region == Some("EU") { EU } else { US }
}

/// Nobody is added only to be marked as gone.
fn never_was(turn: &Turn<'_>) -> bool {
    let left = matches!(turn.task, Task::Sync(person) if !person.is_approved());
    left && turn.step.act != Act::Find && !turn.known.flag("there")
}

/// Iterable's own code for what went wrong.
fn code(answer: &Answer) -> String {
    text(&answer.any_json(), "/code").unwrap_or_default()
}

fn is_unknown(answer: &Answer) -> bool {
    answer.status == 404 || matches!(code(answer).as_str(), "UnknownEmailError" | "NotFound")
}

/// Nobody is there: what was wanted of somebody who is to be deleted, and not yet so of somebody who was just saved.
fn absent(turn: &Turn<'_>) -> Result<Heard, Fault> {
    match (turn.step.act, turn.task) {
        (Act::Confirm, Task::Sync(_)) => later(turn),
        _ => Ok(Heard::done()),
    }
}

fn later(turn: &Turn<'_>) -> Result<Heard, Fault> {
    poll(
        turn.asked,
        "Iterable accepted the data and still doesn\u{2019}t show it after eight minutes. Look at the user in Iterable: if \
         rekomi_tags is missing, allow new fields in the project\u{2019}s settings. Then re-sync.",
    )
}

/// What isn't known is left out, so that what is there stays. A list of texts replaces the one that is there.
fn user(person: &Person) -> Value {
    let mut fields = json!({"rekomi_tags": person.tags, "rekomi_status": person.standing.as_str()});
    for (field, value) in [("firstName", &person.first_name), ("lastName", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            fields[field] = json!(value);
        }
    }
    json!({"email": person.email, "dataFields": fields, "createNewFields": true})
}

fn member(turn: &Turn<'_>) -> Result<Value, Fault> {
    let list: u64 = turn.step.about.parse().map_err(|_| list_missing("its id is no number"))?;
    Ok(json!({"listId": list, "subscribers": [{"email": turn.person()?.email}]}))
}

fn event(turn: &Turn<'_>) -> Result<Value, Fault> {
    let (person, event) = (turn.person()?, turn.event()?);
    Ok(json!({
        "email": person.email, "eventName": event.name, "id": event.id.to_string(), "createdAt": event.at.seconds(),
        "dataFields": event.properties,
    }))
}

fn found(person: &Person, body: &Value) -> Heard {
    if body.pointer("/user").is_none() {
        return Heard::done();
    }
    let known = Known::new().with("there", true);
    let silent: Vec<&Value> = rows(body, "/user/dataFields/unsubscribedChannelIds").collect();
    if silent.is_empty() || !person.is_approved() {
        return Heard::learned(known);
    }
    Heard::learned(known.with(SILENT, json!(silent)))
}

/// A channel for text messages or notifications says nothing about mail. One that isn't listed may have been for mail.
fn consent(turn: &Turn<'_>, body: &Value) -> Heard {
    let is_mail = |id: &Value| {
        let channel = rows(body, "/channels").find(|row| row.get("id") == Some(id));
        channel.is_none_or(|row| text(row, "/messageMedium").as_deref() == Some("Email"))
    };
    let silent = turn.known.get(SILENT).and_then(Value::as_array);
    if silent.into_iter().flatten().any(is_mail) {
        return Heard::leave_alone(
            "They unsubscribed from an email channel in Iterable, so they were left alone. Only they can subscribe again.",
        );
    }
    Heard::done()
}

fn accepted(body: &Value) -> Result<Heard, Fault> {
    match need(body, "/code")?.as_str() {
        "Success" => Ok(Heard::done()),
        other => Err(Fault::refused("refused", format!("Iterable refused it: {other}."))),
    }
}

/// The answer is a success even where nobody could be put on the list.
fn joined(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let failed = |what: &str| rows(body, &format!("/failedUpdates/{what}")).next().is_some();
    let count = |what: &str| body.pointer(what).and_then(Value::as_u64);
    let counted = count("/successCount").is_some_and(|count| count > 0);
    if count("/failCount").map_or(counted, |failed| failed == 0) {
        return Ok(Heard::learned(Known::new().with(joined_key(&turn.step.about), counted)));
    }
    if failed("forgottenEmails") {
        return Ok(Heard::leave_alone(FORGOTTEN));
    }
    if failed("invalidEmails") {
        return Err(Fault::refused("invalid_email", "Iterable won\u{2019}t take this address."));
    }
    Err(Fault::refused("list_refused", "Iterable didn\u{2019}t put them on the list. Look at the user in Iterable."))
}

fn joined_key(list: &str) -> String {
    format!("{JOINED}:{list}")
}

fn confirmed(turn: &Turn<'_>, body: &Value) -> Result<Heard, Fault> {
    let person = turn.person()?;
    if matches!(turn.task, Task::Forget(_)) {
        return poll(turn.asked, "Iterable accepted the deletion and still shows the user after eight minutes.");
    }
    let shown = |field: &str| text(body, &format!("/user/dataFields/{field}"));
    let name =
        |field: &str, wanted: &Option<String>| !person.is_approved() || wanted.is_none() || shown(field) == *wanted;
    let tags: Vec<&str> = rows(body, "/user/dataFields/rekomi_tags").filter_map(Value::as_str).collect();
    // Not every answer names the lists; then what Iterable counted stands.
    let named = body.pointer("/user/dataFields/emailListIds").is_some();
    let shows =
        |id: &str| rows(body, "/user/dataFields/emailListIds").any(|list| text(list, "").as_deref() == Some(id));
    let on = |id: &str| if named { shows(id) } else { turn.known.flag(&joined_key(id)) };
    let there = name("firstName", &person.first_name)
        && name("lastName", &person.last_name)
        && tags == person.tags
        && shown("rekomi_status").as_deref() == Some(person.standing.as_str())
        && person.lists.iter().all(|list| on(&list.id));
    if there { Ok(Heard::done()) } else { later(turn) }
}

fn list_missing(why: &str) -> Fault {
    Fault::settings(
        "list_missing",
        format!("The list isn\u{2019}t there any more ({why}). Choose another one in the connection."),
    )
}

fn read(turn: &Turn<'_>, answer: &Answer) -> Result<Value, Fault> {
    answer.json().map_err(|fault| match (fault.kind, turn.step.act, code(answer).as_str()) {
        (FaultKind::Credentials, Act::Check, _) => Fault::credentials(
            "Neither of Iterable\u{2019}s data centers knows the key. Copy it again from Integrations, API Keys.",
        ),
        (FaultKind::Credentials, ..) => Fault::credentials(format!(
            "Iterable refused the key ({}). Create a new one under Integrations, API Keys, and connect again.",
            fault.message
        )),
        (FaultKind::Rights, ..) => Fault::rights(
            "Iterable says that a key of this type may not do that. Create one of the type Server-side.",
        ),
        (_, _, "InvalidEmailAddressError") => {
            Fault::refused("invalid_email", format!("Iterable won\u{2019}t take this user: {}.", fault.message))
        }
        (_, _, "RequestFieldsTypesMismatched") => Fault::settings(
            "field_type",
            format!(
                "A field has another type in your project ({}). Delete it among Iterable\u{2019}s user fields and re-sync.",
                fault.message
            ),
        ),
        (_, _, "UniqueFieldsLimitExceeded") => Fault::settings(
            "field_limit",
            "Your project has as many user fields as Iterable allows. Delete some you don\u{2019}t need and re-sync.",
        ),
        (FaultKind::Refused, Act::Join, _) => list_missing(&fault.message),
        // Who is meant is contradictory, or was forgotten: trying again changes nothing.
        (FaultKind::Passing, ..) if answer.status == 409 => {
            Fault::refused("identity_conflict", format!("Iterable can\u{2019}t tell who is meant: {}.", fault.message))
        }
        _ => fault,
    })
}
