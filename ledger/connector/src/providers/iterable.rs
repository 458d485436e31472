//! Connector for Iterable (api.iterable.com/api/docs): a project is in one of two data centers, and writes become
//! visible later, so the last step reads everything back.

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Call, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written, encode,
    moving::Mover,
    read::{choice, need, poll, rows, text},
};

mod moving;

pub static CONNECTOR: Iterable = Iterable;

#[derive(Debug)]
pub struct Iterable;

/// The test call tries them in this order: the key works in only one of them.
const US: Host = Host::fixed("ITERABLE_US", "https://api.iterable.com");
const EU: Host = Host::fixed("ITERABLE_EU", "https://api.eu.iterable.com");
/// The data center that the test call found: `US` or `EU`.
const REGION: &str = "region";
/// Known: the channels that the person unsubscribed from.
const SILENT: &str = "silent";
/// Known per list: Iterable counted the person as added.
const JOINED: &str = "joined";
/// People who were forgotten in Iterable can't be written to, and shouldn't be.
const FORGOTTEN: &str = "They asked to be forgotten in Iterable, which counts as unsubscribed. We skipped them.";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "iterable",
    name: "Iterable",
    docs: "https://api.iterable.com/api/docs",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Iterable, go to Integrations \u{2192} API Keys and create a \u{201c}Server-side\u{201d} key in the \
               project your affiliates belong to. We detect whether the project is in the US or in Europe.",
        link: None,
        example: "32 letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &["Server-side"],
    lists: Listing::Picked { word: "list", required: false },
    tags: Tagging::Field("rekomi_tags"),
    events: Some("Custom events of the same name, with our own ID. If an event is sent twice, Iterable keeps one."),
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("POST /api/users/updateEmail"),
    paces: &[Pace { name: "", per_minute: 240, burst: 4, jitter_ms: 50 }],
    limit: "5 to 500 requests per second per project, depending on the call. We send 4.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match users" },
        Written { field: "firstName, lastName", value: "the name, split; omitted if empty" },
        Written {
            field: "rekomi_tags",
            value: "a list of strings: `Rekomi affiliate`, your account tags and the program\u{2019}s tags",
        },
        Written { field: "rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written { field: "list membership", value: "the selected static list, if any" },
    ],
    calls: &[
        Call { line: "GET /api/users/getByEmail", why: "checks whether they exist, and which channels they left" },
        Call {
            line: "GET /api/channels",
            why: "only if they left any: checks whether it\u{2019}s an email channel; if Iterable doesn\u{2019}t say, \
                  we assume it is",
        },
        Call { line: "POST /api/users/update", why: "creates or updates the user by email" },
        Call { line: "POST /api/lists/subscribe", why: "adds the user to the list" },
        Call {
            line: "GET /api/users/getByEmail",
            why: "reads back, several times if needed, until everything is there",
        },
    ],
    consent: "In Iterable, being on a list isn\u{2019}t a subscription: channels and message types decide what people \
              get, and we never change those. People who unsubscribed from an email channel are skipped: nothing is \
              written. So are people who were forgotten. Iterable has no consent field. If someone asks to be deleted, \
              we delete the user instead of \u{201c}forgetting\u{201d} them, which would keep your other systems from \
              ever writing this person again. When someone leaves the program, only rekomi_tags and rekomi_status \
              change.",
    success: "Iterable accepts data first and shows it later. We read the user back after 1, 2 and 4 seconds and so \
              on, for up to eight minutes, until the names, tags, status and list are there. If the user shows no \
              lists, we rely on Iterable\u{2019}s count of people added to the list. Events are only accepted: they \
              can\u{2019}t be read back in time.",
    known_issues: &[
        KnownIssue {
            sign: "401: neither data center recognizes the key",
            remedy: "Copy the key again, or create a new one under Integrations \u{2192} API Keys. Disabled keys are \
                     rejected too.",
        },
        KnownIssue {
            sign: "403: the key isn\u{2019}t allowed to do this",
            remedy: "It\u{2019}s a key for browsers or apps. Create a \u{201c}Server-side\u{201d} key.",
        },
        KnownIssue {
            sign: "A field has another type",
            remedy: "Your project already has a field rekomi_tags or rekomi_status with values of another type. Delete \
                     it in Iterable\u{2019}s user fields, then re-sync.",
        },
        KnownIssue {
            sign: "Not confirmed after eight minutes",
            remedy: "Iterable is running late, or the project drops new fields. Check the user there; if rekomi_tags \
                     is missing, allow new fields in the project\u{2019}s settings. Then re-sync: nothing is \
                     duplicated.",
        },
        KnownIssue {
            sign: "The project identifies people by userId",
            remedy: "We only know your affiliates by email. Connect a project that is email-based or hybrid.",
        },
    ],
};

impl Connector for Iterable {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => ["US", "EU"].map(|region| Step::about(Action::Check, region)).to_vec(),
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(person) => sync(person),
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Forget), Step::new(Action::Confirm)],
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let step = ctx.step;
        let host = match step.action {
            Action::Check => of_region(Some(&step.about)),
            _ => of_region(ctx.account.found.maybe(REGION).as_deref()),
        };
        let request = match step.action {
            Action::Check if ctx.known.maybe(REGION).is_some() => {
                return Ok(StepRequest::Nothing("the data center is already known"));
            }
            Action::Check | Action::Lists => Request::get(&host, "/api/lists"),
            _ if never_was(ctx) => return Ok(StepRequest::Nothing("they aren\u{2019}t in Iterable")),
            Action::Find | Action::Confirm => {
                Request::get(&host, "/api/users/getByEmail").query("email", &ctx.person()?.email)
            }
            Action::Consent if ctx.known.get(SILENT).is_none() => {
                return Ok(StepRequest::Nothing("they left no channel"));
            }
            Action::Consent => Request::get(&host, "/api/channels"),
            Action::Save => Request::post(&host, "/api/users/update").json(user(ctx.person()?)),
            Action::Join => Request::post(&host, "/api/lists/subscribe").json(member(ctx)?),
            Action::Event => Request::post(&host, "/api/events/track").json(event(ctx)?),
            Action::Forget => Request::delete(&host, format!("/api/users/{}", encode::segment(&ctx.person()?.email))),
            _ => return Err(Fault::unplanned(step)),
        };
        Ok(request.header("Api-Key", ctx.account.get("apiKey")?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let step = ctx.step;
        match (step.action, answer.status) {
            // The other data center may know the key.
            (Action::Check, 401) if step.about == "US" => return Ok(Parsed::done()),
            (Action::Find | Action::Forget | Action::Confirm, 400 | 404) if is_unknown(answer) => return absent(ctx),
            (Action::Save | Action::Join, 409) if code(answer) == "ForgottenUserError" => {
                return Ok(Parsed::leave_alone(FORGOTTEN));
            }
            // The kind of each channel is unknown: each may have been for email.
            (Action::Consent, 404 | 405) => return Ok(consent(ctx, &Value::Null)),
            _ => {}
        }
        let body = read(ctx, answer)?;
        Ok(match step.action {
            Action::Check => {
                let lists = rows(&body, "/lists").count();
                let shown = format!("Iterable project with {lists} lists, {} data center", step.about);
                Parsed::learned(Known::new().with("account", shown).with(REGION, step.about.as_str()))
            }
            Action::Lists => {
                let standard =
                    rows(&body, "/lists").filter(|row| text(row, "/listType").as_deref() == Some("Standard"));
                let found = standard.filter_map(|row| choice(row, "/id", "/name"));
                Parsed::learned(Known::new().with_choices(ctx.known, found))
            }
            Action::Find => found(ctx.person()?, &body),
            Action::Consent => consent(ctx, &body),
            Action::Save | Action::Event | Action::Forget => accepted(&body)?,
            Action::Join => joined(ctx, &body)?,
            Action::Confirm if body.pointer("/user").is_none() => return absent(ctx),
            Action::Confirm => confirmed(ctx, &body)?,
            _ => return Err(Fault::unplanned(step)),
        })
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let looks = [Action::Find, Action::Consent].map(Step::new);
    let mut steps = looks.to_vec();
    steps.push(Step::new(Action::Save));
    steps.extend(person.lists.iter().map(|list| Step::about(Action::Join, &list.id).depends_on(looks.clone())));
    steps.push(Step::new(Action::Confirm));
    steps
}

fn of_region(region: Option<&str>) -> Host {
    if region == Some("EU") { EU } else { US }
}

/// A person who left is never created just to be marked as former.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.step.action != Action::Find && !ctx.known.flag("there")
}

/// Iterable's own error code.
fn code(answer: &Answer) -> String {
    text(&answer.any_json(), "/code").unwrap_or_default()
}

fn is_unknown(answer: &Answer) -> bool {
    answer.status == 404 || matches!(code(answer).as_str(), "UnknownEmailError" | "NotFound")
}

/// The person doesn't exist: the goal of a deletion, but after a save it means that the data isn't visible yet.
fn absent(ctx: &StepContext<'_>) -> Result<Parsed, Fault> {
    match (ctx.step.action, ctx.task) {
        (Action::Confirm, Task::Sync(_)) => later(ctx),
        _ => Ok(Parsed::done()),
    }
}

fn later(ctx: &StepContext<'_>) -> Result<Parsed, Fault> {
    poll(
        ctx.polls,
        "Iterable accepted the data but doesn\u{2019}t show it after eight minutes. Check the user in Iterable: if \
         rekomi_tags is missing, allow new fields in the project\u{2019}s settings. Then re-sync.",
    )
}

/// Unknown values are omitted so that existing ones stay. A list of strings replaces the existing one.
fn user(person: &Person) -> Value {
    let mut fields = json!({"rekomi_tags": person.tags, "rekomi_status": person.affiliate_status.as_str()});
    for (field, value) in [("firstName", &person.first_name), ("lastName", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            fields[field] = json!(value);
        }
    }
    json!({"email": person.email, "dataFields": fields, "createNewFields": true})
}

fn member(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let list: u64 = ctx.step.about.parse().map_err(|_| list_missing("its ID isn\u{2019}t a number"))?;
    Ok(json!({"listId": list, "subscribers": [{"email": ctx.person()?.email}]}))
}

fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let (person, event) = (ctx.person()?, ctx.event()?);
    Ok(json!({
        "email": person.email, "eventName": event.name, "id": event.id.to_string(), "createdAt": event.at.seconds(),
        "dataFields": event.properties,
    }))
}

fn found(person: &Person, body: &Value) -> Parsed {
    if body.pointer("/user").is_none() {
        return Parsed::done();
    }
    let name = ContactName::parts(body, "/user/dataFields/firstName", "/user/dataFields/lastName");
    let known = Known::new().with("there", true).noting_name(person, "", &name);
    let silent: Vec<&Value> = rows(body, "/user/dataFields/unsubscribedChannelIds").collect();
    if silent.is_empty() || !person.is_approved() {
        return Parsed::learned(known);
    }
    Parsed::learned(known.with(SILENT, json!(silent)))
}

/// Checks the channels that the person left. One for text messages or push doesn't affect email; one that isn't listed
/// may have been for email.
fn consent(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let is_mail = |id: &Value| {
        let channel = rows(body, "/channels").find(|row| row.get("id") == Some(id));
        channel.is_none_or(|row| text(row, "/messageMedium").as_deref() == Some("Email"))
    };
    let silent = ctx.known.get(SILENT).and_then(Value::as_array);
    if silent.into_iter().flatten().any(is_mail) {
        return Parsed::leave_alone(
            "They unsubscribed from an email channel in Iterable. We skipped them: only they can resubscribe.",
        );
    }
    Parsed::done()
}

fn accepted(body: &Value) -> Result<Parsed, Fault> {
    match need(body, "/code")?.as_str() {
        "Success" => Ok(Parsed::done()),
        other => Err(Fault::refused("refused", format!("Iterable rejected the request: {other}."))),
    }
}

/// Checks the counts: Iterable reports success even if it couldn't add anyone to the list.
fn joined(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let failed = |what: &str| rows(body, &format!("/failedUpdates/{what}")).next().is_some();
    let count = |what: &str| body.pointer(what).and_then(Value::as_u64);
    let counted = count("/successCount").is_some_and(|count| count > 0);
    if count("/failCount").map_or(counted, |failed| failed == 0) {
        return Ok(Parsed::learned(Known::new().with(joined_key(&ctx.step.about), counted)));
    }
    if failed("forgottenEmails") {
        return Ok(Parsed::leave_alone(FORGOTTEN));
    }
    if failed("invalidEmails") {
        return Err(Fault::refused("invalid_email", "Iterable didn\u{2019}t accept this address."));
    }
    Err(Fault::refused("list_refused", "Iterable didn\u{2019}t add them to the list. Check the user in Iterable."))
}

fn joined_key(list: &str) -> String {
    format!("{JOINED}:{list}")
}

fn confirmed(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let person = ctx.person()?;
    if matches!(ctx.task, Task::Forget(_)) {
        return poll(ctx.polls, "Iterable accepted the deletion but still shows the user after eight minutes.");
    }
    let shown = |field: &str| text(body, &format!("/user/dataFields/{field}"));
    let name = |field: &str, requested: &Option<String>| {
        !person.is_approved() || requested.is_none() || shown(field) == *requested
    };
    let tags: Vec<&str> = rows(body, "/user/dataFields/rekomi_tags").filter_map(Value::as_str).collect();
    // Not every response names the lists; if it doesn't, Iterable's count is accepted.
    let named = body.pointer("/user/dataFields/emailListIds").is_some();
    let shows =
        |id: &str| rows(body, "/user/dataFields/emailListIds").any(|list| text(list, "").as_deref() == Some(id));
    let on = |id: &str| if named { shows(id) } else { ctx.known.flag(&joined_key(id)) };
    let there = name("firstName", &person.first_name)
        && name("lastName", &person.last_name)
        && tags == person.tags
        && shown("rekomi_status").as_deref() == Some(person.affiliate_status.as_str())
        && person.lists.iter().all(|list| on(&list.id));
    if there { Ok(Parsed::done()) } else { later(ctx) }
}

fn list_missing(why: &str) -> Fault {
    Fault::settings(
        "list_missing",
        format!("The list no longer exists ({why}). Choose another one in the connection\u{2019}s settings."),
    )
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    answer.json().map_err(|fault| match (fault.kind, ctx.step.action, code(answer).as_str()) {
        (FaultKind::Credentials, Action::Check, _) => Fault::credentials(
            "Neither of Iterable\u{2019}s data centers recognizes the key. Copy it again from Integrations \u{2192} \
             API Keys.",
        ),
        (FaultKind::Credentials, ..) => Fault::credentials(format!(
            "Iterable rejected the key ({}). Create a new one under Integrations \u{2192} API Keys, then reconnect.",
            fault.message
        )),
        (FaultKind::Rights, ..) => Fault::rights(
            "Iterable doesn\u{2019}t allow this with a key of this type. Create a \u{201c}Server-side\u{201d} key.",
        ),
        (_, _, "InvalidEmailAddressError") => {
            Fault::refused("invalid_email", format!("Iterable didn\u{2019}t accept this user ({}).", fault.message))
        }
        (_, _, "RequestFieldsTypesMismatched") => Fault::settings(
            "field_type",
            format!(
                "A field has another type in your project ({}). Delete it in Iterable\u{2019}s user fields, then \
                 re-sync.",
                fault.message
            ),
        ),
        (_, _, "UniqueFieldsLimitExceeded") => Fault::settings(
            "field_limit",
            "Your project has reached Iterable\u{2019}s limit of user fields. Delete some you don\u{2019}t need, then \
             re-sync.",
        ),
        (FaultKind::Refused, Action::Join, _) => list_missing(&fault.message),
        // The identity is contradictory or was forgotten: a retry wouldn't help.
        (FaultKind::Passing, ..) if answer.status == 409 => {
            Fault::refused("identity_conflict", format!("Iterable can\u{2019}t identify the user: {}.", fault.message))
        }
        _ => fault,
    })
}
