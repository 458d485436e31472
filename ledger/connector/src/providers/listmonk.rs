//! Connector for listmonk, self-hosted, 6.1 or later (listmonk.app/docs/apis, and the server's own source for what the
//! documentation leaves open). The address comes from the credentials and is checked like every address of a brand.
//! Subscribers have attributes instead of tags, and one name. They are found by a search, which takes a regular
//! expression; its results are compared with the whole address.

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written,
    encode::segment,
    moving::Mover,
    read::{choice, rows, text},
};

mod moving;

pub static CONNECTOR: Listmonk = Listmonk;

#[derive(Debug)]
pub struct Listmonk;

/// Results of one search: an address can be part of others.
const RESULTS: &str = "100";
/// Known: what the subscriber has of what we write.
const HAS: &str = "has";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "listmonk",
    name: "listmonk",
    docs: "https://listmonk.app/docs/apis/apis/",
    fields: &[
        Field {
            name: "url",
            label: "Address",
            hint: "The address at which you open listmonk, without `/admin`. It needs HTTPS and must be reachable from \
                   the internet.",
            link: None,
            example: "https://lists.example.com",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "apiUser",
            label: "API user",
            hint: "In listmonk, go to Users and create one of the type API. Its role needs the permissions below.",
            link: Some("/admin/users"),
            example: "rekomi",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "accessToken",
            label: "Access token",
            hint: "listmonk shows it once, when you create the API user.",
            link: Some("/admin/users"),
            example: "32 letters and digits",
            secret: true,
            required: true,
            missing: None,
        },
    ],
    scopes: &["lists:get_all", "lists:manage_all", "subscribers:get_all", "subscribers:manage"],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Field("rekomi_tags"),
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PATCH /api/subscribers/{id}"),
    paces: &[Pace { name: "", per_minute: 300, burst: 5, jitter_ms: 50 }],
    limit: "listmonk has no limit of its own. We send 5 requests per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match subscribers" },
        Written { field: "name", value: "the whole name; omitted if empty" },
        Written { field: "attribs.rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written {
            field: "attribs.rekomi_tags",
            value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags, as an array",
        },
        Written {
            field: "list membership",
            value: "the selected list: confirmed if the affiliate accepted your terms, otherwise unconfirmed",
        },
    ],
    calls: &[
        Call {
            line: "GET /api/subscribers?search=",
            why: "checks whether they exist, are blocklisted or unsubscribed from the list",
        },
        Call { line: "POST /api/subscribers", why: "creates a new subscriber on the list" },
        Call { line: "PATCH /api/subscribers/{id}", why: "updates an existing one, if anything differs" },
        Call { line: "PUT /api/subscribers/lists", why: "adds an existing one to the list" },
    ],
    consent: "People who unsubscribed from the list or are blocklisted are skipped: nothing is written. People who are \
              already on the list keep their status. Without accepted consent, the subscription is `unconfirmed`, and \
              listmonk asks new subscribers to confirm if the list uses double opt-in.",
    success: "listmonk returns the subscriber with the attributes we wrote, and confirms the list.",
    known_issues: &[
        KnownIssue {
            sign: "403: invalid API credentials",
            remedy: "Check the API user\u{2019}s name and token. If the token is lost, create a new API user.",
        },
        KnownIssue {
            sign: "403: permission denied",
            remedy: "Give the API user\u{2019}s role the permission that the message names.",
        },
        KnownIssue {
            sign: "The address isn\u{2019}t allowed",
            remedy: "It leads to a private network. listmonk needs a public address with HTTPS, such as \
                     https://lists.example.com.",
        },
        KnownIssue {
            sign: "This version of listmonk is too old",
            remedy: "We update subscribers with a call that exists since listmonk 6.1, because the older one would \
                     remove them from other lists. Upgrade listmonk, then re-sync.",
        },
        KnownIssue {
            sign: "Someone gets a confirmation email again",
            remedy: "listmonk sends it when we update someone who hasn\u{2019}t confirmed a double opt-in list yet. We \
                     only update them if something changed.",
        },
    ],
};

impl Connector for Listmonk {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn mover(&self) -> Option<&'static dyn Mover> {
        Some(&CONNECTOR)
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Sync(person) => {
                let look = [Step::new(Action::Find)];
                let save = Step::new(Action::Save).depends_on(look.clone());
                let join = |list: &Choice| Step::about(Action::Join, &list.id).depends_on(look.clone());
                look.iter().cloned().chain([save]).chain(person.lists.iter().map(join)).collect()
            }
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Tags | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let host = host(ctx)?;
        let about = ctx.step.about.as_str();
        let contact = ctx.known.maybe("contact");
        let request = match (ctx.step.action, contact) {
            (Action::Check, _) => Request::get(&host, "/api/lists").query("minimal", "true").query("per_page", "1"),
            (Action::Lists, _) => Request::get(&host, "/api/lists").query("minimal", "true").query("per_page", "all"),
            (Action::Find, _) => Request::get(&host, "/api/subscribers")
                .query("search", pattern(&ctx.person()?.email))
                .query("per_page", RESULTS),
            (Action::Save, None) if !ctx.person()?.is_approved() => {
                return Ok(StepRequest::Nothing("they aren\u{2019}t in listmonk"));
            }
            (Action::Save, None) => Request::post(&host, "/api/subscribers").json(newcomer(ctx.person()?)),
            (Action::Save, Some(_)) if has_all(ctx.known, ctx.person()?) => {
                return Ok(StepRequest::Nothing("nothing has changed"));
            }
            (Action::Save, Some(id)) => {
                Request::patch(&host, format!("/api/subscribers/{}", segment(&id))).json(fields(ctx.person()?))
            }
            (Action::Join, _) if ctx.known.flag(&on_key(about)) => {
                return Ok(StepRequest::Nothing("they\u{2019}re already on the list"));
            }
            // The person may have changed since the plan was made; the next sync handles it.
            (Action::Join, _) if ctx.person()?.lists.iter().all(|list| list.id != about) => {
                return Ok(StepRequest::Nothing("they should no longer be on the list"));
            }
            (Action::Join, Some(id)) => Request::put(&host, "/api/subscribers/lists").json(joining(ctx, &id)?),
            (Action::Join | Action::Forget, None) => return Ok(StepRequest::Nothing("they aren\u{2019}t in listmonk")),
            (Action::Forget, Some(id)) => Request::delete(&host, format!("/api/subscribers/{}", segment(&id))),
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let token = format!("token {}:{}", ctx.account.get("apiUser")?, ctx.account.get("accessToken")?);
        Ok(request.header("Authorization", token).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let body = read(ctx, answer)?;
        Ok(match ctx.step.action {
            Action::Check => Parsed::learned(Known::new().with("account", host(ctx)?.domain())),
            Action::Lists => {
                let current = |row: &&Value| text(row, "/status").as_deref() != Some("archived");
                let found = rows(&body, "/data/results").filter(current).filter_map(|row| choice(row, "/id", "/name"));
                Parsed::learned(Known::new().with_choices(ctx.known, found))
            }
            Action::Find => found(ctx, &body)?,
            Action::Save => saved(ctx, &body)?,
            Action::Join if body.get("data") == Some(&Value::Bool(true)) => Parsed::done(),
            Action::Join => return Err(Fault::unreadable("no confirmation in it")),
            Action::Forget => Parsed::done(),
            _ => return Err(Fault::unplanned(ctx.step)),
        })
    }
}

fn host(ctx: &StepContext<'_>) -> Result<Host, Fault> {
    Ok(Host::given("LISTMONK", ctx.account.get("url")?))
}

/// The address as a regular expression of Postgres that matches it literally.
fn pattern(email: &str) -> String {
    let mut pattern = String::with_capacity(email.len() * 2);
    for sign in email.chars() {
        if r".\+*?()|[]{}^$".contains(sign) {
            pattern.push('\\');
        }
        pattern.push(sign);
    }
    pattern
}

fn on_key(list: &str) -> String {
    format!("on:{list}")
}

/// The fields of an update. Attributes that aren't named stay as they are ("PATCH /api/subscribers").
fn fields(person: &Person) -> Value {
    let mut attribs = Map::from_iter([("rekomi_status".to_owned(), json!(person.affiliate_status.as_str()))]);
    if !person.tags.is_empty() {
        attribs.insert("rekomi_tags".to_owned(), json!(person.tags));
    }
    let mut fields = json!({"attribs": attribs});
    if let Some(name) = person.full_name().filter(|_| person.is_approved()) {
        fields["name"] = json!(name);
    }
    fields
}

/// A new subscriber. Without `preconfirm_subscriptions`, lists with double opt-in ask them to confirm.
fn newcomer(person: &Person) -> Value {
    let mut body = fields(person);
    body["email"] = json!(person.email);
    body["status"] = json!("enabled");
    body["lists"] = person.lists.iter().map(|list| number(&list.id)).collect();
    body["preconfirm_subscriptions"] = json!(person.consent.is_some());
    body
}

/// Adds a subscriber who was never on the list. Without `status` they are unconfirmed.
fn joining(ctx: &StepContext<'_>, contact: &str) -> Result<Value, Fault> {
    let mut body = json!({
        "ids": [number(contact)],
        "action": "add",
        "target_list_ids": [number(&ctx.step.about)],
    });
    if ctx.person()?.consent.is_some() {
        body["status"] = json!("confirmed");
    }
    Ok(body)
}

/// listmonk's ids are numbers.
fn number(id: &str) -> Value {
    id.parse::<u64>().map_or_else(|_| json!(id), |id| json!(id))
}

/// Whether the subscriber already has everything that an update would write.
fn has_all(known: &Known, person: &Person) -> bool {
    let has = known.get(HAS).unwrap_or(&Value::Null);
    let requested = fields(person);
    let same = |place: &str| requested.pointer(place).is_none_or(|value| has.pointer(place) == Some(value));
    ["/name", "/attribs/rekomi_status", "/attribs/rekomi_tags"].into_iter().all(same)
}

fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let person = ctx.person()?;
    let results = body.pointer("/data/results").and_then(Value::as_array);
    let results = results.ok_or_else(|| Fault::unreadable("no results in it"))?;
    let email = person.email.to_lowercase();
    let theirs = |row: &&Value| text(row, "/email").is_some_and(|here| here.to_lowercase() == email);
    let Some(row) = results.iter().find(theirs) else { return Ok(Parsed::done()) };
    let is_sync = matches!(ctx.task, Task::Sync(_));
    if is_sync && person.is_approved() && text(row, "/status").as_deref() == Some("blocklisted") {
        return Ok(Parsed::leave_alone(
            "They\u{2019}re blocklisted in listmonk, which counts as unsubscribed. We skipped them.",
        ));
    }
    let mut known =
        Known::new().with("contact", text(row, "/id").ok_or_else(|| Fault::unreadable("no id in it"))?).with(
            HAS,
            json!({
                "name": row.get("name"),
                "attribs": {
                    "rekomi_status": row.pointer("/attribs/rekomi_status"),
                    "rekomi_tags": row.pointer("/attribs/rekomi_tags"),
                },
            }),
        );
    known = known.noting_name(person, "", &ContactName::full(row, "/name"));
    for list in rows(row, "/lists").filter(|list| text(list, "/id").is_some_and(|id| is_requested(person, &id))) {
        if text(list, "/subscription_status").as_deref() == Some("unsubscribed") {
            let why = "They unsubscribed from the list in listmonk. We skipped them: only they can resubscribe.";
            return Ok(Parsed::leave_alone(why));
        }
        known = known.with(on_key(&text(list, "/id").unwrap_or_default()), true);
    }
    Ok(Parsed::learned(known))
}

fn is_requested(person: &Person, list: &str) -> bool {
    person.lists.iter().any(|requested| requested.id == list)
}

/// Checks that the response has the subscriber with our attributes, and notes the lists that they are on.
fn saved(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let id = text(body, "/data/id").ok_or_else(|| Fault::unreadable("no subscriber in it"))?;
    let status = text(body, "/data/attribs/rekomi_status");
    if status.as_deref() != Some(ctx.person()?.affiliate_status.as_str()) {
        return Err(Fault::unreadable("no attributes in it"));
    }
    let on = rows(body, "/data/lists").filter_map(|list| text(list, "/id"));
    Ok(Parsed::learned(on.fold(Known::new().with("contact", id), |known, list| known.with(on_key(&list), true))))
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    answer.json().map_err(|fault| match (ctx.step.action, answer.status) {
        (_, 403) if fault.message.contains("invalid API credentials") => {
            Fault::credentials("listmonk rejected the API user or its token. Check both under Users in listmonk.")
        }
        (_, 403) => Fault::rights(format!(
            "The API user\u{2019}s role lacks a permission ({}). Add it under Users \u{2192} Roles in listmonk.",
            answer.message()
        )),
        (Action::Check, 200..=399 | 404 | 405) => Fault::settings(
            "wrong_address",
            "There\u{2019}s no listmonk API at this address. Enter the address at which you open listmonk, without \
             /admin.",
        ),
        (Action::Save, 404 | 405) => Fault::settings(
            "version_too_old",
            "This version of listmonk is too old: updating subscribers needs 6.1 or later. Upgrade it, then re-sync.",
        ),
        (Action::Save, 409) => Fault::passing(
            "conflict",
            "listmonk has a subscriber with this address that the search didn\u{2019}t show. Check that it\u{2019}s \
             version 6.1 or later",
        ),
        (Action::Save, 400) => Fault::refused(
            "invalid_email",
            format!("listmonk didn\u{2019}t accept this subscriber ({}).", answer.message()),
        ),
        // A foreign key of the database names the list that is gone.
        (Action::Join, 400 | 500) if fault.message.contains("list_id") => Fault::settings(
            "list_missing",
            "listmonk couldn\u{2019}t find the list. Choose another one in the connection\u{2019}s settings.",
        ),
        _ if fault.kind == FaultKind::Credentials => {
            Fault::credentials("listmonk, or a proxy in front of it, rejected the API user or its token.")
        }
        _ => fault,
    })
}
