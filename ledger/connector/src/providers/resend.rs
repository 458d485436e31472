//! Connector for Resend (resend.com/docs/api-reference; github.com/resend/resend-openapi, `resend.yaml`). `POST
//! /contacts` replaces a contact that exists and subscribes them again (seen by
//! github.com/akhileshrangani4/teachanything, pull request 392), so it is only sent for people whom Resend doesn't
//! know; all others are updated by id.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Then, Written,
    encode::segment,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: Resend = Resend;

#[derive(Debug)]
pub struct Resend;

const HOST: Host = Host::fixed("RESEND", "https://api.resend.com");
/// Maximum page size.
const PAGE: &str = "100";
const TAGS: &str = "rekomi_tags";
const STATUS: &str = "rekomi_status";
/// Known: the types of the account's contact properties, by key.
const FIELDS: &str = "fields";
/// Known: the cursor of the next page of properties.
const AFTER: &str = "after";
/// Known: the contact's id.
const CONTACT: &str = "contact";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "resend",
    name: "Resend",
    docs: "https://resend.com/docs/api-reference/contacts/create-contact",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In Resend, go to API Keys and create a key with \u{201c}Full access\u{201d}. A key for sending only \
               can\u{2019}t read or write contacts.",
        link: Some("https://resend.com/api-keys"),
        example: "re_ and letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &["Full access"],
    lists: Listing::Picked { word: "segment", required: false },
    tags: Tagging::Field(TAGS),
    events: Some(
        "Each event is sent with its own name, such as `affiliate_approved`, and starts your automations with that \
         trigger. Resend can\u{2019}t recognize a repetition, so we don\u{2019}t resend an event if its response was \
         lost.",
    ),
    initial_events: &[],
    can_forget: true,
    // resend/resend-openapi, `UpdateContactOptions`: names, `unsubscribed` and properties only.
    new_address: NewAddress::Replaces("Resend\u{2019}s API can\u{2019}t change a contact\u{2019}s address."),
    paces: &[Pace { name: "", per_minute: 108, burst: 2, jitter_ms: 50 }],
    limit: "5 requests per second for the whole team (2 in older accounts), shared with the emails that you send. We \
            send 1.8.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, only for new contacts" },
        Written { field: "first_name, last_name", value: "the name, split; omitted if empty" },
        Written {
            field: "properties.rekomi_tags",
            value: "the tags, comma-separated: `Rekomi affiliate`, your account tags and the program\u{2019}s extra \
                    tags",
        },
        Written { field: "properties.rekomi_status", value: "`approved`, `left`, `banned` or `rejected`" },
        Written { field: "segment", value: "the selected segment, if any, for affiliates who accepted your terms" },
    ],
    calls: &[
        Call { line: "GET /contacts/{email}", why: "checks whether the contact exists and is unsubscribed" },
        Call { line: "GET /contact-properties", why: "checks whether our properties exist" },
        Call { line: "POST /contact-properties", why: "creates a missing property" },
        Call { line: "POST /contacts", why: "creates a contact that Resend doesn\u{2019}t know" },
        Call { line: "PATCH /contacts/{id}", why: "updates a contact that exists" },
        Call { line: "POST /contacts/{id}/segments/{segment}", why: "adds the contact to the segment" },
    ],
    consent: "People who unsubscribed are skipped: nothing is written. `unsubscribed` and topics are never sent. \
              Resend has no unconfirmed state: it counts every new contact as subscribed. So affiliates who accepted \
              no terms aren\u{2019}t added to the segment to which your broadcasts go; they only get their properties.",
    success: "Resend responds to each call once it\u{2019}s done, with the contact\u{2019}s ID.",
    known_issues: &[
        KnownIssue {
            sign: "The key may only send emails",
            remedy: "Create a key with \u{201c}Full access\u{201d} under API Keys, then reconnect.",
        },
        KnownIssue {
            sign: "The segment no longer exists",
            remedy: "It was deleted, or the key belongs to another team. Choose another segment in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "The property rekomi_tags or rekomi_status isn\u{2019}t a text property",
            remedy: "A property\u{2019}s type can\u{2019}t be changed. Delete it in Resend under Audience \u{2192} \
                     Properties, then re-sync: we\u{2019}ll create it again.",
        },
        KnownIssue {
            sign: "Resend has no automation for an event",
            remedy: "Create an automation whose trigger has the event\u{2019}s name, or turn the event off.",
        },
    ],
};

impl Connector for Resend {
    fn descriptor(&self) -> &'static Descriptor {
        &DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => Vec::new(),
            Task::Sync(person) => sync(person),
            Task::Event(..) => vec![Step::new(Action::Event)],
            Task::Forget(_) => vec![Step::new(Action::Forget)],
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/domains"),
            Action::Lists => {
                let after = known.choices().last().map(|last| last.id.clone());
                page(Request::get(&HOST, "/segments"), after)
            }
            Action::Consent => Request::get(&HOST, path(&ctx.person()?.email)),
            Action::Forget => Request::delete(&HOST, path(&ctx.person()?.email)),
            Action::Event => Request::post(&HOST, "/events/send").json(event(ctx)?),
            _ if never_was(ctx) => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            Action::Find => properties(known),
            Action::Save if !about.is_empty() && has_field(known, about) => {
                return Ok(StepRequest::Nothing("the property already exists"));
            }
            Action::Save if !about.is_empty() && known.flag(&twin(about)) => properties(known),
            Action::Save if !about.is_empty() => {
                Request::post(&HOST, "/contact-properties").json(json!({"key": about, "type": "string"}))
            }
            Action::Save => match known.maybe(CONTACT) {
                Some(id) => Request::patch(&HOST, path(&id)).json(contact(ctx.person()?)),
                None => {
                    let mut contact = contact(ctx.person()?);
                    contact["email"] = json!(ctx.person()?.email);
                    Request::post(&HOST, "/contacts").json(contact)
                }
            },
            // The person may have changed since the plan was made; the next sync handles it.
            Action::Join if ctx.person()?.lists.iter().all(|requested| requested.id != about) => {
                return Ok(StepRequest::Nothing("they should no longer be in the segment"));
            }
            Action::Join if ctx.person()?.consent.is_none() => {
                return Ok(StepRequest::Nothing("they accepted no terms"));
            }
            Action::Join => {
                Request::post(&HOST, format!("{}/segments/{}", path(&known.text(CONTACT)?), segment(about)))
            }
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("apiKey")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        match (action, answer.status) {
            (Action::Consent | Action::Forget, 404) => return Ok(Parsed::done()),
            // It already exists, perhaps because of our own call whose response was lost: read once more.
            (Action::Save, 400 | 409 | 422) if !about.is_empty() && !ctx.known.flag(&twin(about)) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(twin(about), true).with(AFTER, "")));
            }
            _ => {}
        }
        let body = answer.json().map_err(|fault| explained(ctx, answer, fault))?;
        match action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", account(&body)))),
            Action::Lists => lists(ctx, &body),
            Action::Consent => consent(ctx.person()?, &body),
            Action::Find => fields(ctx, &body),
            Action::Save if ctx.known.flag(&twin(about)) => made(ctx, &body),
            Action::Save if !about.is_empty() => need(&body, "/id").map(|_| Parsed::done()),
            Action::Save => Ok(Parsed::learned(Known::new().with(CONTACT, need(&body, "/id")?))),
            // The specification names both ids, the vendor's own client reads `id`.
            Action::Join => need(&body, "/contact_id").or_else(|_| need(&body, "/id")).map(|_| Parsed::done()),
            Action::Event => need(&body, "/event").or_else(|_| need(&body, "/object")).map(|_| Parsed::done()),
            Action::Forget if body.get("deleted").and_then(Value::as_bool) == Some(true) => Ok(Parsed::done()),
            Action::Forget => Err(Fault::unreadable("no deletion in it")),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }

    /// An event has no id of ours: Resend counts each one.
    fn is_idempotent(&self, action: Action) -> bool {
        action != Action::Event
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let look = Step::new(Action::Consent);
    let find = Step::about(Action::Find, TAGS);
    let mut steps = vec![look.clone(), find.clone()];
    steps.extend([TAGS, STATUS].map(|field| Step::about(Action::Save, field).creates([find.clone()])));
    steps.push(Step::new(Action::Save).depends_on([look.clone()]));
    let join = |list: &Choice| Step::about(Action::Join, &list.id).depends_on([look.clone()]);
    steps.extend(person.lists.iter().map(join));
    steps
}

/// No one is added just to be marked as gone.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.known.maybe(CONTACT).is_none()
}

/// A contact by id or email: Resend accepts both.
fn path(id: &str) -> String {
    format!("/contacts/{}", segment(id))
}

fn page(request: Request, after: Option<String>) -> Request {
    let request = request.query("limit", PAGE);
    match after {
        Some(after) => request.query("after", after),
        None => request,
    }
}

fn properties(known: &Known) -> Request {
    page(Request::get(&HOST, "/contact-properties"), known.maybe(AFTER))
}

fn twin(about: &str) -> String {
    format!("twin:{about}")
}

fn has_field(known: &Known, field: &str) -> bool {
    known.get(FIELDS).and_then(|fields| fields.get(field)).is_some()
}

/// Unknown values are omitted so that existing ones stay; for a person who left, only our own properties change.
fn contact(person: &Person) -> Value {
    let mut contact = json!({"properties": {TAGS: person.tags_joined(), STATUS: person.affiliate_status.as_str()}});
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value.as_ref().filter(|_| person.is_approved()) {
            contact[field] = json!(value);
        }
    }
    contact
}

fn event(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let event = ctx.event()?;
    let mut body = json!({"event": event.name, "email": ctx.person()?.email});
    if !event.properties.is_empty() {
        body["payload"] = json!(event.properties);
    }
    Ok(body)
}

/// The account's display name: the API doesn't reveal the team's name, so its domains identify it.
fn account(body: &Value) -> String {
    let names: Vec<String> = rows(body, "/data").filter_map(|row| text(row, "/name")).take(3).collect();
    if names.is_empty() { "Resend team without a domain".to_owned() } else { names.join(", ") }
}

fn has_more(body: &Value) -> bool {
    body.get("has_more").and_then(Value::as_bool).unwrap_or_default()
}

fn lists(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if body.get("data").is_none() {
        return Err(Fault::unreadable("no data in it"));
    }
    let found: Vec<Choice> = rows(body, "/data").filter_map(|row| choice(row, "/id", "/name")).collect();
    let more = has_more(body) && !found.is_empty();
    let learned = Known::new().with_choices(ctx.known, found);
    Ok(if more { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) })
}

fn consent(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    let id = need(body, "/id")?;
    let Some(unsubscribed) = body.get("unsubscribed").and_then(Value::as_bool) else {
        return Err(Fault::unreadable("no subscription in it"));
    };
    if unsubscribed && person.is_approved() {
        return Ok(Parsed::leave_alone("They unsubscribed in Resend. We skipped them: only they can resubscribe."));
    }
    let name = ContactName::parts(body, "/first_name", "/last_name");
    Ok(Parsed::learned(Known::new().with(CONTACT, id).noting_name(person, "", &name)))
}

/// Reads one page of the account's properties. Ours hold text, so they must be of that type.
fn fields(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if body.get("data").is_none() {
        return Err(Fault::unreadable("no data in it"));
    }
    let mut fields = ctx.known.get(FIELDS).and_then(Value::as_object).cloned().unwrap_or_default();
    let page = rows(body, "/data").filter_map(|row| Some((text(row, "/key")?, json!(text(row, "/type")))));
    fields.extend(page.filter(|(key, _)| key == TAGS || key == STATUS).collect::<Map<String, Value>>());
    for (field, kind) in &fields {
        if kind.as_str().is_some_and(|kind| kind != "string") {
            return Err(Fault::settings(
                "field_type",
                format!(
                    "The property {field} in Resend isn\u{2019}t a text property. Delete it under Audience \u{2192} \
                     Properties, then re-sync: we\u{2019}ll create it again."
                ),
            ));
        }
    }
    let learned = Known::new().with(FIELDS, fields);
    Ok(match rows(body, "/data").last().and_then(|row| text(row, "/id")).filter(|_| has_more(body)) {
        Some(after) => Parsed::again(Duration::ZERO, learned.with(AFTER, after)),
        None => Parsed::learned(learned),
    })
}

/// Looks for a property that couldn't be created.
fn made(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let parsed = fields(ctx, body)?;
    let about = &ctx.step.about;
    if parsed.then == Then::Done && !has_field(&parsed.learned, about) {
        return Err(Fault::settings(
            "field_refused",
            format!(
                "Resend couldn\u{2019}t create the property {about}. Create it as text under Audience \u{2192} \
                 Properties, then re-sync."
            ),
        ));
    }
    Ok(parsed)
}

/// Explains a failure by its name: the statuses of a bad key differ (resend.com/docs/api-reference/errors has 401 for
/// a missing or restricted key and 403 for an invalid one; 400 was reported for the latter).
fn explained(ctx: &StepContext<'_>, answer: &Answer, fault: Fault) -> Fault {
    let name = text(&answer.any_json(), "/name").unwrap_or_default();
    let message = answer.message().to_lowercase();
    match (name.as_str(), ctx.step.action) {
        ("restricted_api_key", _) => Fault::rights(
            "The Resend key may only send emails. Create a key with \u{201c}Full access\u{201d}, then reconnect.",
        ),
        ("missing_api_key" | "invalid_api_key", _) => bad_key(),
        _ if answer.status == 400 && message.contains("api key is invalid") => bad_key(),
        (_, Action::Join) if matches!(answer.status, 404 | 422) && !message.contains("contact not found") => {
            Fault::settings(
                "list_missing",
                "The segment no longer exists in Resend. Choose another one in the connection\u{2019}s settings.",
            )
        }
        // It was deleted after the check. The next attempt checks again and creates it.
        (_, Action::Join | Action::Save) if answer.status == 404 => {
            Fault::passing("conflict", "the contact was deleted in the meantime")
        }
        (_, Action::Event) if answer.status == 404 => Fault::refused(
            "event_missing",
            format!("Resend has no automation for this event ({}). Create one, or turn the event off.", fault.message),
        ),
        (_, Action::Save | Action::Consent) if fault.kind == FaultKind::Refused => {
            let message = format!("Resend didn\u{2019}t accept this contact ({}).", fault.message);
            Fault::refused("invalid_email", message)
        }
        _ => fault,
    }
}

fn bad_key() -> Fault {
    Fault::credentials(
        "Resend rejected the API key. Create a new one with \u{201c}Full access\u{201d}, then reconnect.",
    )
}
