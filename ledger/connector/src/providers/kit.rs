//! Connector for Kit (formerly ConvertKit), API version 4 (developers.kit.com/api-reference). Kit has no lists: people
//! are added to a form instead, and tags are separate objects with ids.

mod moving;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written,
    moving::Mover,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: Kit = Kit;

#[derive(Debug)]
pub struct Kit;

const HOST: Host = Host::fixed("KIT", "https://api.kit.com");
/// Maximum page size.
const PAGE: &str = "1000";
/// Kit only has a first name; the last name is a custom field, with this key in most accounts.
const LAST_NAME: &str = "last_name";
/// The label from which Kit derives that key.
const LAST_NAME_LABEL: &str = "Last name";
/// The cursor of the next page.
const AFTER: &str = "after";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "kit",
    name: "Kit",
    docs: "https://developers.kit.com/api-reference/overview",
    fields: &[Field {
        name: "apiKey",
        label: "API key (V4)",
        hint: "In Kit, go to Settings \u{2192} Developer, add a V4 key and copy it right away: Kit shows it only once. \
               V3 keys don\u{2019}t work here.",
        link: Some("https://app.kit.com/account_settings/developer_settings"),
        example: "kit_0123456789abcdef",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "form", required: false },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: false,
    new_address: NewAddress::Moves("PUT /v4/subscribers/{id}"),
    paces: &[Pace { name: "", per_minute: 110, burst: 5, jitter_ms: 50 }],
    limit: "120 requests in any 60 seconds per key. We send at most 110.",
    names: Names::StayBut(
        "We only see a last name in the field `last_name`: if yours has another key, the first name alone decides.",
    ),
    writes: &[
        Written { field: "email_address", value: "the affiliate\u{2019}s email address, used to match subscribers" },
        Written { field: "first_name", value: "the first name; omitted if empty" },
        Written {
            field: "fields.last_name",
            value: "the last name, in the custom field \u{201c}Last name\u{201d}. If your account has no such field, \
                    it\u{2019}s created; if Kit can\u{2019}t create it, the last name is omitted",
        },
        Written {
            field: "state",
            value: "only for new subscribers: `active` with the affiliate\u{2019}s consent, `inactive` (unconfirmed) \
                    without",
        },
        Written { field: "form", value: "the selected form, if any" },
        Written { field: "tags", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
    ],
    calls: &[
        Call {
            line: "GET /v4/subscribers?email_address=&status=all",
            why: "checks whether they exist, and their state",
        },
        Call { line: "GET /v4/custom_fields", why: "checks whether there\u{2019}s a field for the last name" },
        Call { line: "POST /v4/custom_fields", why: "creates \u{201c}Last name\u{201d} once, if it\u{2019}s missing" },
        Call { line: "POST /v4/subscribers", why: "creates or updates the subscriber by email" },
        Call { line: "POST /v4/forms/{form}/subscribers", why: "adds the subscriber to the selected form" },
        Call { line: "POST /v4/tags", why: "gets the tag\u{2019}s ID by its name; creates missing tags" },
        Call {
            line: "POST /v4/tags/{tag}/subscribers",
            why: "adds the tag to the subscriber; your automations start here",
        },
        Call { line: "GET /v4/subscribers/{id}/tags", why: "for a tag to remove: finds its ID among their tags" },
        Call { line: "DELETE /v4/tags/{tag}/subscribers/{id}", why: "removes a tag we added before" },
    ],
    consent: "Kit never changes the state of an existing subscriber, and neither do we. People who canceled, bounced \
              or complained are skipped: nothing is written. New people become active only if they accepted your \
              program\u{2019}s terms. Otherwise they\u{2019}re added as unconfirmed, and a form with double opt-in \
              asks them to confirm. When someone leaves the program, only their tags change.",
    success: "Kit responds to each call once it\u{2019}s done: the subscriber is saved, is on the form and has every \
              tag.",
    known_issues: &[
        KnownIssue {
            sign: "401: the key was rejected",
            remedy: "Kit gives this error for wrong keys, V3 keys, and every key of an account whose plan has no API \
                     access. Create a V4 key under Settings \u{2192} Developer, or change your Kit plan.",
        },
        KnownIssue {
            sign: "The last name is missing in Kit",
            remedy: "The custom field couldn\u{2019}t be created, usually because the account has reached Kit\u{2019}s \
                     limit. Delete a field you don\u{2019}t need, or create \u{201c}Last name\u{201d} yourself, then \
                     re-sync.",
        },
        KnownIssue {
            sign: "The form no longer exists",
            remedy: "It was archived or deleted in Kit. Choose another form in the connection\u{2019}s settings, or \
                     none, then re-sync.",
        },
        KnownIssue {
            sign: "Someone got a confirmation email from Kit",
            remedy: "The selected form uses double opt-in, so Kit emails everyone who joins it for the first time. \
                     Turn off that form\u{2019}s incentive email, or choose no form.",
        },
    ],
};

impl Connector for Kit {
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
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(person) => sync(person),
            Task::Event(..) | Task::Forget(_) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (step, known) = (ctx.step, ctx.known);
        if never_was(ctx) {
            return Ok(StepRequest::Nothing("they aren\u{2019}t in Kit"));
        }
        let about = step.about.as_str();
        let request = match step.action {
            Action::Check => get("/account"),
            Action::Lists => page(ctx, get("/forms").query("status", "active")),
            Action::Tags => page(ctx, get("/tags")),
            Action::Find if about == LAST_NAME => page(ctx, get("/custom_fields")),
            Action::Find => get("/subscribers").query("email_address", &ctx.person()?.email).query("status", "all"),
            Action::Save if about == LAST_NAME && known.maybe(LAST_NAME).is_some() => {
                return Ok(StepRequest::Nothing("the field already exists"));
            }
            Action::Save if about == LAST_NAME => post("/custom_fields").json(json!({"label": LAST_NAME_LABEL})),
            Action::Save => post("/subscribers").json(subscriber(ctx.person()?, known)),
            Action::Join => post(&format!("/forms/{about}/subscribers")).json(by_email(ctx.person()?)),
            Action::MakeTag => post("/tags").json(json!({"name": about})),
            Action::Tag => {
                post(&format!("/tags/{}/subscribers", known.text(&tag_key(about))?)).json(by_email(ctx.person()?))
            }
            Action::Untag => untag(ctx)?,
            _ => return Err(Fault::unplanned(step)),
        };
        Ok(request.header("X-Kit-Api-Key", ctx.account.get("apiKey")?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (step, known) = (ctx.step, ctx.known);
        let about = step.about.as_str();
        let refused = answer.is_no_such_call() || step.action == Action::Save && matches!(answer.status, 403 | 422);
        if refused && is_extra(ctx) {
            return Ok(Parsed::done());
        }
        let body = read(ctx, answer)?;
        Ok(match step.action {
            Action::Check => {
                let who = need(&body, "/account/name").or_else(|_| need(&body, "/account/primary_email_address"))?;
                Parsed::learned(Known::new().with("account", who))
            }
            Action::Lists => picked(ctx, &body, "/forms")?,
            Action::Tags => picked(ctx, &body, "/tags")?,
            Action::Find if about == LAST_NAME => match rows(&body, "/custom_fields").find(is_last_name) {
                Some(row) => Parsed::learned(Known::new().with(LAST_NAME, need(row, "/key")?).with(AFTER, "")),
                None => next(&body, Known::new())?,
            },
            Action::Find => found(ctx.person()?, &body)?,
            Action::Save if about == LAST_NAME => {
                Parsed::learned(Known::new().with(LAST_NAME, need(&body, "/custom_field/key")?))
            }
            Action::Save => saved(&body)?,
            Action::Join | Action::Tag => Parsed::done(),
            Action::MakeTag => Parsed::learned(Known::new().with(tag_key(about), need(&body, "/tag/id")?)),
            // The first of its two requests only finds the tag's id.
            Action::Untag if known.maybe(&given_key(about)).is_none() => {
                match rows(&body, "/tags").find(|row| text(row, "/name").as_deref() == Some(about)) {
                    Some(row) => Parsed::again(
                        Duration::ZERO,
                        Known::new().with(given_key(about), need(row, "/id")?).with(AFTER, ""),
                    ),
                    None => next(&body, Known::new())?,
                }
            }
            Action::Untag => Parsed::done(),
            _ => return Err(Fault::unplanned(step)),
        })
    }
}

/// For a person who left, only the tags change.
fn sync(person: &Person) -> Vec<Step> {
    let mut steps = vec![Step::new(Action::Find)];
    if person.is_approved() {
        if person.last_name.is_some() {
            let [find, make] = [Action::Find, Action::Save].map(|action| Step::about(action, LAST_NAME));
            steps.extend([find.clone(), make.creates([find])]);
        }
        steps.push(Step::new(Action::Save).depends_on([Step::new(Action::Find)]));
    }
    let join = |form: &Choice| Step::about(Action::Join, &form.id).depends_on([Step::new(Action::Find)]);
    steps.extend(person.lists.iter().map(join));
    for tag in &person.tags {
        // Kit returns a tag that exists (developers.kit.com, "Create a tag").
        let [make, give] = [Action::MakeTag, Action::Tag].map(|action| Step::about(action, tag));
        steps.extend([make.creates([]), give]);
    }
    steps.extend(person.untags.iter().map(|tag| Step::about(Action::Untag, tag)));
    steps
}

/// A person who left is never created just to be marked as former.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    left && ctx.step.action != Action::Find && ctx.known.maybe("contact").is_none()
}

/// Whether the sync continues if this step fails: the custom field for the last name, and a tag that the person no
/// longer has or that can't be removed.
fn is_extra(ctx: &StepContext<'_>) -> bool {
    ctx.step.action == Action::Untag
        || matches!(ctx.step.action, Action::Find | Action::Save) && ctx.step.about == LAST_NAME
}

/// Matches by key, or by label if someone gave the field another key.
fn is_last_name(row: &&Value) -> bool {
    text(row, "/key").as_deref() == Some(LAST_NAME)
        || text(row, "/label").is_some_and(|label| label.eq_ignore_ascii_case(LAST_NAME_LABEL))
}

/// Unknown values are omitted. The state is sent for new people only: Kit ignores it for others.
fn subscriber(person: &Person, known: &Known) -> Value {
    let mut body = Map::from_iter([("email_address".to_owned(), json!(person.email))]);
    if let Some(name) = &person.first_name {
        body.insert("first_name".to_owned(), json!(name));
    }
    if let (Some(name), Some(field)) = (&person.last_name, known.maybe(LAST_NAME)) {
        body.insert("fields".to_owned(), json!({field: name}));
    }
    if known.maybe("contact").is_none() {
        let state = if person.consent.is_some() { "active" } else { "inactive" };
        body.insert("state".to_owned(), json!(state));
    }
    Value::Object(body)
}

fn by_email(person: &Person) -> Value {
    json!({"email_address": person.email})
}

fn get(path: &str) -> Request {
    Request::get(&HOST, format!("/v4{path}"))
}

fn post(path: &str) -> Request {
    Request::post(&HOST, format!("/v4{path}"))
}

fn page(ctx: &StepContext<'_>, request: Request) -> Request {
    let request = request.query("per_page", PAGE);
    match ctx.known.maybe(AFTER) {
        Some(after) => request.query("after", after),
        None => request,
    }
}

/// Requests the next page, if more follow.
fn next(body: &Value, learned: Known) -> Result<Parsed, Fault> {
    if body.pointer("/pagination/has_next_page").and_then(Value::as_bool) != Some(true) {
        return Ok(Parsed::learned(learned.with(AFTER, "")));
    }
    Ok(Parsed::again(Duration::ZERO, learned.with(AFTER, need(body, "/pagination/end_cursor")?)))
}

fn picked(ctx: &StepContext<'_>, body: &Value, place: &str) -> Result<Parsed, Fault> {
    let found: Vec<Choice> = rows(body, place).filter_map(|row| choice(row, "/id", "/name")).collect();
    next(body, Known::new().with_choices(ctx.known, found))
}

fn tag_key(tag: &str) -> String {
    format!("tag:{tag}")
}

fn given_key(tag: &str) -> String {
    format!("given:{tag}")
}

fn untag(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    let contact = ctx.known.text("contact")?;
    Ok(match ctx.known.maybe(&given_key(&ctx.step.about)) {
        Some(tag) => Request::delete(&HOST, format!("/v4/tags/{tag}/subscribers/{contact}")),
        None => page(ctx, get(&format!("/subscribers/{contact}/tags"))),
    })
}

/// Checks the person's state. No write of ours could change it, but people who unsubscribed are left alone anyway.
fn found(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    // The request filters by email, so a row without one is accepted.
    let theirs =
        |row: &&Value| text(row, "/email_address").is_none_or(|email| email.eq_ignore_ascii_case(&person.email));
    let Some(row) = rows(body, "/subscribers").find(theirs) else { return Ok(Parsed::done()) };
    let why = match text(row, "/state").as_deref() {
        Some("cancelled") => "They unsubscribed in Kit. We skipped them: only they can resubscribe.",
        Some("bounced") => {
            "Their address bounced in Kit, which counts as unsubscribed. We skipped them. Ask for another address."
        }
        Some("complained") => "They reported an email from Kit as spam, which counts as unsubscribed. We skipped them.",
        _ => {
            let name = ContactName::parts(row, "/first_name", "/fields/last_name");
            let learned = Known::new().with("contact", need(row, "/id")?);
            return Ok(Parsed::learned(learned.noting_name(person, "", &name)));
        }
    };
    if person.is_approved() {
        return Ok(Parsed::leave_alone(why));
    }
    Ok(Parsed::learned(Known::new().with("contact", need(row, "/id")?)))
}

/// Kit accepts a request but ignores fields that it doesn't know, and reports them in `warnings`.
fn saved(body: &Value) -> Result<Parsed, Fault> {
    if let Some(warning) = rows(body, "/warnings").find_map(Value::as_str) {
        let message = format!(
            "Kit ignored part of the subscriber: \u{201c}{warning}\u{201d}. Check the custom field \
             \u{201c}{LAST_NAME_LABEL}\u{201d} in Kit, then re-sync."
        );
        return Err(Fault::refused("field_ignored", message));
    }
    Ok(Parsed::learned(Known::new().with("contact", need(body, "/subscriber/id")?)))
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = match ctx.step.action {
        Action::Untag if ctx.known.maybe(&given_key(&ctx.step.about)).is_some() => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| match (fault.kind, ctx.step.action, answer.status) {
        (FaultKind::Credentials, ..) => Fault::credentials(format!(
            "Kit rejected the key ({}). Use a V4 key from Settings \u{2192} Developer. Kit also gives this error if \
             the account\u{2019}s plan has no API access.",
            fault.message
        )),
        (FaultKind::Refused, Action::Join, 404 | 422) => Fault::settings(
            "list_missing",
            format!(
                "The form no longer exists ({}). Choose another one in the connection\u{2019}s settings.",
                fault.message
            ),
        ),
        (FaultKind::Refused, Action::Save, 422) => {
            Fault::refused("invalid_email", format!("Kit didn\u{2019}t accept this subscriber ({}).", fault.message))
        }
        _ => fault,
    })
}
