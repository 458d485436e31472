//! Connector for HighLevel, API 2.0 (marketplace.gohighlevel.com/docs, and the OpenAPI descriptions in
//! github.com/GoHighLevel/highlevel-api-docs). There are no lists: workflows start from tags. Writing a contact with
//! `tags` would replace all of them, so tags have their own calls.

mod moving;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Then, Written,
    encode::segment,
    moving::Mover,
    read::{self, choice, need, rows, text},
};

pub static CONNECTOR: HighLevel = HighLevel;

#[derive(Debug)]
pub struct HighLevel;

const HOST: Host = Host::fixed("HIGHLEVEL", "https://services.leadconnectorhq.com");
/// The version that every call names.
const VERSION: &str = "2021-07-28";
/// Known: the contact's tags, in HighLevel's spelling, as they were before this sync.
const HAS: &str = "has";
/// Known: what this sync added and removed.
const ADDED: &str = "added";
const REMOVED: &str = "removed";
const ALONE: &str = "They\u{2019}re set to \u{201c}do not disturb\u{201d} for email in HighLevel, which counts as \
                     unsubscribed. We skipped them.";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "highlevel",
    name: "HighLevel",
    docs: "https://marketplace.gohighlevel.com/docs/",
    fields: &[
        Field {
            name: "locationId",
            label: "Location ID",
            hint: "In the sub-account, go to Settings \u{2192} Business Profile.",
            link: None,
            example: "20 letters and digits",
            secret: false,
            required: true,
            missing: None,
        },
        Field {
            name: "token",
            label: "Private integration token",
            hint: "In the sub-account, go to Settings \u{2192} Private Integrations and create one with the \
                   permissions below. A token of the agency doesn\u{2019}t work.",
            link: None,
            example: "pit- and 36 letters, digits and hyphens",
            secret: true,
            required: true,
            missing: None,
        },
    ],
    scopes: &["contacts.readonly", "contacts.write", "locations.readonly", "locations/tags.readonly"],
    lists: Listing::None(
        "HighLevel has no lists. Start a workflow from the tag `Rekomi affiliate`, or create a smart list with it.",
    ),
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /contacts/{id}"),
    paces: &[Pace { name: "", per_minute: 540, burst: 20, jitter_ms: 0 }],
    limit: "100 requests per 10 seconds and 200,000 per day for each sub-account. We send 9 per second.",
    names: Names::Stay,
    writes: &[
        Written { field: "email", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written { field: "firstName, lastName", value: "the name, split; omitted if empty" },
        Written { field: "source", value: "`Rekomi`, only for new contacts" },
        Written { field: "tags", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
    ],
    calls: &[
        Call { line: "GET /contacts/search/duplicate", why: "checks whether the contact exists" },
        Call { line: "GET /contacts/{id}", why: "checks whether they may be emailed, and which tags they have" },
        Call { line: "POST /contacts/upsert", why: "creates the contact" },
        Call { line: "PUT /contacts/{id}", why: "or updates its name" },
        Call { line: "POST /contacts/{id}/tags", why: "adds the tags; your workflows start here" },
        Call { line: "DELETE /contacts/{id}/tags", why: "removes old tags" },
        Call { line: "GET /contacts/{id}", why: "reads the tags back" },
    ],
    consent: "People set to \u{201c}do not disturb\u{201d} (DND) for everything or for email are skipped: nothing is \
              written. We never send a DND setting. HighLevel has no other consent field: without accepted consent, \
              a new contact gets the same values.",
    success: "We read the contact back and compare its tags with the expected ones.",
    known_issues: &[
        KnownIssue {
            sign: "401 or 403: the token was rejected",
            remedy: "Create a private integration in the sub-account of this location ID, and copy its token. \
                     HighLevel shows it only once.",
        },
        KnownIssue {
            sign: "Tags are in lower case",
            remedy: "HighLevel may change the case of tags. We ignore case when we compare them.",
        },
        KnownIssue {
            sign: "Someone is in HighLevel twice",
            remedy: "The sub-account allows duplicate contacts (Settings \u{2192} Business Profile). Merge them, and \
                     turn that off.",
        },
    ],
};

impl Connector for HighLevel {
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
            Task::Sync(_) => {
                let looks = [Action::Find, Action::Consent].map(Step::new);
                let save = Step::new(Action::Save).depends_on(looks.clone());
                let rest = [Action::Tag, Action::Untag, Action::Confirm].map(Step::new);
                looks.into_iter().chain([save]).chain(rest).collect()
            }
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Lists | Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let location = ctx.account.get("locationId")?;
        let contact = ctx.known.maybe("contact").map(|id| format!("/contacts/{}", segment(&id)));
        let request = match (ctx.step.action, contact) {
            (Action::Check, _) => Request::get(&HOST, format!("/locations/{}", segment(location))),
            (Action::Tags, _) => Request::get(&HOST, format!("/locations/{}/tags", segment(location))),
            (Action::Find, _) => Request::get(&HOST, "/contacts/search/duplicate")
                .query("locationId", location)
                .query("email", ctx.person()?.email.as_str()),
            (Action::Consent, None) => return Ok(StepRequest::Nothing("the contact is new")),
            (Action::Consent | Action::Confirm, Some(path)) => Request::get(&HOST, path),
            // The person may have changed since the plan was made; the next sync handles it.
            (Action::Save, _) if !ctx.person()?.is_approved() => {
                return Ok(StepRequest::Nothing("they left the program: only their tags change"));
            }
            (Action::Save, None) => {
                let mut body = names(ctx.person()?);
                for (name, value) in
                    [("locationId", location), ("email", ctx.person()?.email.as_str()), ("source", "Rekomi")]
                {
                    body.insert(name.to_owned(), json!(value));
                }
                Request::post(&HOST, "/contacts/upsert").json(Value::Object(body))
            }
            (Action::Save, Some(path)) => match names(ctx.person()?) {
                names if names.is_empty() => return Ok(StepRequest::Nothing("there\u{2019}s no name to write")),
                names => Request::put(&HOST, path).json(Value::Object(names)),
            },
            (Action::Tag, Some(path)) => {
                Request::post(&HOST, format!("{path}/tags")).json(json!({"tags": ctx.person()?.tags}))
            }
            (Action::Untag, Some(path)) => match untags(ctx)? {
                tags if tags.is_empty() => return Ok(StepRequest::Nothing("there\u{2019}s no tag to remove")),
                tags => Request::delete(&HOST, format!("{path}/tags")).json(json!({"tags": tags})),
            },
            (Action::Forget, Some(path)) => Request::delete(&HOST, path),
            (Action::Tag | Action::Untag | Action::Confirm | Action::Forget, None) => {
                return Ok(StepRequest::Nothing("they aren\u{2019}t in HighLevel"));
            }
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let token = format!("Bearer {}", ctx.account.get("token")?);
        Ok(request
            .header("Authorization", token)
            .header("Version", VERSION)
            .header("Accept", "application/json")
            .into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        // A contact that is missing is answered with 400 or 404.
        let missing = answer.status == 404 || (answer.status == 400 && answer.message().contains("not found"));
        if missing && matches!(ctx.step.action, Action::Find | Action::Forget) {
            return Ok(Parsed::done());
        }
        let body = read(ctx, answer)?;
        Ok(match ctx.step.action {
            Action::Check => Parsed::learned(Known::new().with("account", need(&body, "/location/name")?)),
            Action::Tags => {
                let found = rows(&body, "/tags").filter_map(|row| choice(row, "/name", "/name"));
                Parsed::learned(Known::new().with_choices(ctx.known, found))
            }
            Action::Find => found(ctx.person()?, &body),
            Action::Consent => consent(ctx, &body)?,
            Action::Save if ctx.known.maybe("contact").is_some() => {
                need(&body, "/contact/id").map(|_| Parsed::done())?
            }
            Action::Save => match consent(ctx, &body)? {
                parsed if parsed.then == Then::Done => {
                    Parsed::learned(parsed.learned.with("contact", need(&body, "/contact/id")?))
                }
                parsed => parsed,
            },
            Action::Tag => changed(&body, ADDED, &ctx.person()?.tags)?,
            Action::Untag => changed(&body, REMOVED, &untags(ctx)?)?,
            Action::Confirm => confirm(ctx, &body)?,
            Action::Forget => Parsed::done(),
            _ => return Err(Fault::unplanned(ctx.step)),
        })
    }
}

/// Unknown values are omitted so that existing ones stay.
fn names(person: &Person) -> Map<String, Value> {
    let names = [("firstName", &person.first_name), ("lastName", &person.last_name)];
    names.into_iter().filter_map(|(field, value)| Some((field.to_owned(), json!(value.as_ref()?)))).collect()
}

/// The contact with this address. Depending on the sub-account's settings, the search may match by other fields, too.
fn found(person: &Person, body: &Value) -> Parsed {
    let email = text(body, "/contact/email").map(|email| email.to_lowercase());
    match text(body, "/contact/id").filter(|_| email.is_none_or(|email| email == person.email.to_lowercase())) {
        Some(id) => Parsed::learned(Known::new().with("contact", id)),
        None => Parsed::done(),
    }
}

/// Whether no one may email the contact: `dnd` is for everything, and a channel's status is `inactive` where it may be
/// used (schema `DndSettingSchema`).
fn is_do_not_disturb(contact: &Value) -> bool {
    let email = text(contact, "/dndSettings/Email/status");
    contact.get("dnd") == Some(&Value::Bool(true)) || email.is_some_and(|status| status != "inactive")
}

fn consent(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let contact = body.get("contact").filter(|contact| contact.is_object());
    let contact = contact.ok_or_else(|| Fault::unreadable("no contact in it"))?;
    if ctx.person()?.is_approved() && is_do_not_disturb(contact) {
        return Ok(Parsed::leave_alone(ALONE));
    }
    let name = ContactName::parts(contact, "/firstName", "/lastName");
    Ok(Parsed::learned(Known::new().with(HAS, tags(contact)).noting_name(ctx.person()?, "", &name)))
}

fn tags(contact: &Value) -> Vec<String> {
    rows(contact, "/tags").filter_map(|tag| tag.as_str().map(str::to_owned)).collect()
}

fn listed(known: &Known, name: &str) -> Vec<String> {
    let found = known.get(name).and_then(Value::as_array).into_iter().flatten();
    found.filter_map(|tag| tag.as_str().map(str::to_owned)).collect()
}

fn has(tags: &[String], tag: &str) -> bool {
    tags.iter().any(|known| known.to_lowercase() == tag.to_lowercase())
}

/// The tags to remove, in HighLevel's own spelling; never one that the person should have in another case.
fn untags(ctx: &StepContext<'_>) -> Result<Vec<String>, Fault> {
    let person = ctx.person()?;
    let old = |tag: &String| has(&person.untags, tag) && !has(&person.tags, tag);
    Ok(listed(ctx.known, HAS).into_iter().filter(old).collect())
}

/// Remembers what was written, so that only that is confirmed.
fn changed(body: &Value, what: &str, tags: &[String]) -> Result<Parsed, Fault> {
    if body.get("tags").is_none() {
        return Err(Fault::unreadable("no tags in it"));
    }
    Ok(Parsed::learned(Known::new().with(what, tags.to_vec())))
}

fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let there = tags(body.get("contact").ok_or_else(|| Fault::unreadable("no contact in it"))?);
    let added = listed(ctx.known, ADDED).iter().all(|tag| has(&there, tag));
    let removed = listed(ctx.known, REMOVED).iter().all(|tag| !has(&there, tag));
    if added && removed {
        return Ok(Parsed::done());
    }
    read::poll(
        ctx.polls,
        "HighLevel accepted the tags, but the contact doesn\u{2019}t have them. Re-sync to try again.",
    )
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = if ctx.step.action == Action::Forget { answer.json_or_nothing() } else { answer.json() };
    body.map_err(|fault| match (fault.kind, ctx.step.action, answer.status) {
        (FaultKind::Credentials, ..) | (FaultKind::Rights, Action::Check, _) => Fault::credentials(
            "HighLevel rejected the token for this location ID. Create a private integration in that sub-account, and \
             copy its token.",
        ),
        (FaultKind::Rights, ..) => Fault::rights(format!(
            "The token lacks a permission ({}). Edit the private integration\u{2019}s scopes in HighLevel.",
            answer.message()
        )),
        (FaultKind::Refused, Action::Check, _) => Fault::settings(
            "location_missing",
            "HighLevel doesn\u{2019}t know this location ID. Copy it from Settings \u{2192} Business Profile.",
        ),
        // Deleted or merged between the look and now: the next attempt looks again.
        (FaultKind::Refused, Action::Save, 404) => {
            Fault::passing("conflict", "the contact was deleted or merged in the meantime")
        }
        (FaultKind::Refused, Action::Save, 400 | 422) => Fault::refused(
            "invalid_email",
            format!("HighLevel didn\u{2019}t accept this contact ({}).", answer.message()),
        ),
        _ => fault,
    })
}
