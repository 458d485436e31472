//! Connector for EmailOctopus, API version 2 (emailoctopus.com/api-documentation/v2): one call writes a contact, its
//! tags and its list membership. Contacts belong to lists, and the account has no search across them: a person who
//! leaves is looked up on the lists that we used, a person to be deleted on every list.

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Call, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Field, Host, Known,
    KnownIssue, Listing, Names, NewAddress, Pace, Parsed, Person, Request, Step, StepContext, StepRequest, Tagging,
    Task, Written,
    encode::{md5_of_lower, segment},
    moving::Mover,
    read::{choice, rows, text},
};

mod moving;

pub static CONNECTOR: EmailOctopus = EmailOctopus;

#[derive(Debug)]
pub struct EmailOctopus;

const HOST: Host = Host::fixed("EMAILOCTOPUS", "https://api.emailoctopus.com");
/// Maximum page size.
const PAGE: &str = "100";
/// Fields that every new list has; a brand may have removed them.
const FIRST_NAME: &str = "FirstName";
const LAST_NAME: &str = "LastName";

static DESCRIPTOR: Descriptor = Descriptor {
    slug: "emailoctopus",
    name: "EmailOctopus",
    docs: "https://emailoctopus.com/api-documentation/v2",
    fields: &[Field {
        name: "apiKey",
        label: "API key",
        hint: "In EmailOctopus, go to Account settings \u{2192} API and create a key. Keys labeled \
               \u{201c}legacy\u{201d} don\u{2019}t work.",
        link: Some("https://emailoctopus.com/developer/api-keys"),
        example: "eo_ and many letters and digits",
        secret: true,
        required: true,
        missing: None,
    }],
    scopes: &[],
    lists: Listing::Picked { word: "list", required: true },
    tags: Tagging::Tags { listed: true },
    events: None,
    initial_events: &[],
    can_forget: true,
    new_address: NewAddress::Moves("PUT /lists/{list}/contacts/{id}"),
    paces: &[Pace { name: "", per_minute: 540, burst: 20, jitter_ms: 0 }],
    limit: "10 requests per second for the whole account, up to 100 at once after a pause.",
    names: Names::Stay,
    writes: &[
        Written { field: "email_address", value: "the affiliate\u{2019}s email address, used to match contacts" },
        Written {
            field: "fields.FirstName, fields.LastName",
            value: "the name, split; omitted if empty, or if your list has no such field",
        },
        Written {
            field: "status",
            value: "only for new contacts: `subscribed` if the affiliate accepted your terms, otherwise `pending`",
        },
        Written { field: "tags", value: "`Rekomi affiliate`, your account tags and the program\u{2019}s extra tags" },
    ],
    calls: &[
        Call { line: "GET /lists/{list}", why: "checks which name fields the list has" },
        Call {
            line: "GET /lists/{list}/contacts/{md5}",
            why: "checks whether they\u{2019}re on the list or unsubscribed from it",
        },
        Call {
            line: "PUT /lists/{list}/contacts",
            why: "creates or updates the contact with name and tags; when they leave, on every list we used where they \
                  have our tags",
        },
    ],
    consent: "People who unsubscribed from the list are skipped: nothing is written. `status` is only sent for new \
              contacts, so people already on the list keep theirs. Without accepted consent, a new contact is \
              `pending`, and EmailOctopus asks them to confirm if your list uses double opt-in.",
    success: "EmailOctopus returns the updated contact: it\u{2019}s on the list, and we compare its tags with the \
              expected ones. A response without the contact doesn\u{2019}t count as a success. The same response shows \
              whether the list still exists.",
    known_issues: &[
        KnownIssue {
            sign: "401, or \u{201c}Invalid key\u{201d}",
            remedy: "Keys labeled \u{201c}legacy\u{201d} are for version 1. Create a new one under Account settings \
                     \u{2192} API.",
        },
        KnownIssue {
            sign: "The list no longer exists",
            remedy: "It was deleted, or the key belongs to another account. Choose another list in the \
                     connection\u{2019}s settings.",
        },
        KnownIssue {
            sign: "You\u{2019}ve reached your plan\u{2019}s limit",
            remedy: "EmailOctopus plans limit the number of contacts. Make room or upgrade there, then re-sync.",
        },
        KnownIssue {
            sign: "The name is missing in EmailOctopus",
            remedy: "The list has no field with the tag `FirstName` or `LastName`. Add it in the list\u{2019}s \
                     settings, then re-sync.",
        },
    ],
};

impl Connector for EmailOctopus {
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
            Task::Sync(person) if person.is_approved() => {
                let of = |action: Action| person.lists.iter().map(move |list| Step::about(action, &list.id));
                let joins = of(Action::Join).zip(of(Action::Consent)).map(|(join, look)| join.depends_on([look]));
                of(Action::Lists).chain(of(Action::Consent)).chain(joins).collect()
            }
            Task::Sync(person) => {
                let of = |action: Action| person.used_lists.iter().map(move |list| Step::about(action, list));
                // Without this check, the call would create and subscribe a contact that was deleted in the meantime.
                let saves = of(Action::Save).zip(of(Action::Find)).map(|(save, look)| save.depends_on([look]));
                of(Action::Find).chain(saves).collect()
            }
            Task::Forget(_) => [Action::Lists, Action::Find, Action::Forget].map(Step::new).to_vec(),
            Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let list = ctx.step.about.as_str();
        let request = match ctx.step.action {
            Action::Lists if !list.is_empty() => Request::get(&HOST, format!("/lists/{}", segment(list))),
            Action::Check | Action::Lists | Action::Tags => {
                let request = Request::get(&HOST, "/lists").query("limit", PAGE);
                match ctx.known.maybe("cursor") {
                    Some(cursor) => request.query("starting_after", cursor),
                    None => request,
                }
            }
            Action::Consent => Request::get(&HOST, contact_path(list, ctx.person()?)),
            Action::Find if !list.is_empty() => Request::get(&HOST, contact_path(list, ctx.person()?)),
            // The person may have changed since the plan was made; the next sync handles it.
            Action::Join if ctx.person()?.lists.iter().all(|requested| requested.id != list) => {
                return Ok(StepRequest::Nothing("they should no longer be on the list"));
            }
            Action::Save if ctx.person()?.is_approved() => return Ok(StepRequest::Nothing("approved again")),
            Action::Join => Request::put(&HOST, contacts_path(list)).json(joining(ctx.person()?, ctx.known, list)),
            Action::Find => match ctx.known.choices().get(count(ctx.known, "looked")) {
                Some(list) => Request::get(&HOST, contact_path(&list.id, ctx.person()?)),
                None => return Ok(StepRequest::Nothing("there\u{2019}s no list")),
            },
            Action::Save if !ctx.known.flag(&there_key(list)) => {
                return Ok(StepRequest::Nothing("they have none of our tags on this list"));
            }
            Action::Save => Request::put(&HOST, contacts_path(list)).json(leaving(ctx.person()?)),
            Action::Forget => match on(ctx.known).get(count(ctx.known, "written")) {
                Some(list) => Request::delete(&HOST, contact_path(list, ctx.person()?)),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        let key = ctx.account.get("apiKey")?;
        Ok(request.header("Authorization", format!("Bearer {key}")).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, list) = (ctx.step.action, ctx.step.about.as_str());
        // The list itself may not be readable. The write shows whether it exists.
        let hidden = action == Action::Lists && !list.is_empty() && matches!(answer.status, 404 | 405);
        let gone =
            answer.status == 404 && matches!(action, Action::Consent | Action::Find | Action::Save | Action::Forget);
        let absent = hidden || gone;
        let body = if absent { Value::Null } else { read(ctx, answer)? };
        match action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", account(&body)))),
            Action::Lists if !list.is_empty() => Ok(Parsed::learned(name_fields(&body, list))),
            Action::Lists => Ok(page(ctx, &body, rows(&body, "/data").filter_map(|row| choice(row, "/id", "/name")))),
            Action::Tags => Ok(page(ctx, &body, tags(ctx, &body).into_iter())),
            Action::Consent if absent => Ok(Parsed::done()),
            Action::Consent => Ok(consent(ctx.person()?, &body, list)),
            Action::Join => confirm(ctx.person()?, &body),
            Action::Find if list.is_empty() => Ok(looked(ctx, !absent)),
            Action::Find => {
                Ok(Parsed::learned(Known::new().with(there_key(list), !absent && is_ours(ctx.person()?, &body))))
            }
            Action::Save if absent => Ok(Parsed::done()),
            Action::Save => confirm(ctx.person()?, &body),
            Action::Forget => Ok(written(ctx)),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn contacts_path(list: &str) -> String {
    format!("/lists/{}/contacts", segment(list))
}

fn contact_path(list: &str, person: &Person) -> String {
    format!("{}/{}", contacts_path(list), md5_of_lower(&person.email))
}

fn count(known: &Known, name: &str) -> usize {
    known.number(name).and_then(|number| usize::try_from(number).ok()).unwrap_or_default()
}

/// The lists on which the person was found.
fn on(known: &Known) -> Vec<String> {
    let found = known.get("on").and_then(Value::as_array).into_iter().flatten();
    found.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

fn joining(person: &Person, known: &Known, list: &str) -> Value {
    let mut contact = json!({"email_address": person.email});
    let mut fields = Map::new();
    for (field, value) in [(FIRST_NAME, &person.first_name), (LAST_NAME, &person.last_name)] {
        if let Some(value) = value
            && known.flag(&format!("{field}:{list}"))
        {
            fields.insert(field.to_owned(), json!(value));
        }
    }
    if !fields.is_empty() {
        contact["fields"] = Value::Object(fields);
    }
    let is_there = known.flag(&there_key(list));
    contact["tags"] = tagging(person, is_there);
    if !is_there {
        contact["status"] = json!(if person.consent.is_some() { "subscribed" } else { "pending" });
    }
    contact
}

fn leaving(person: &Person) -> Value {
    json!({"email_address": person.email, "tags": tagging(person, true)})
}

/// Tags that aren't named stay as they are.
fn tagging(person: &Person, is_there: bool) -> Value {
    let given = person.tags.iter().map(|tag| (tag.clone(), json!(true)));
    let taken = person.untags.iter().filter(|_| is_there).map(|tag| (tag.clone(), json!(false)));
    Value::Object(taken.chain(given).collect())
}

fn there_key(list: &str) -> String {
    format!("there:{list}")
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = if ctx.step.action == Action::Forget { answer.json_or_nothing() } else { answer.json() };
    body.map_err(|fault| {
        let kind = text(&answer.any_json(), "/type").unwrap_or_default();
        let about_list = !ctx.step.about.is_empty() || matches!(ctx.step.action, Action::Find | Action::Save);
        match answer.status {
            401 => Fault::credentials(
                "EmailOctopus rejected the API key. Create a new one under Account settings \u{2192} API. Keys labeled \
                 \u{201c}legacy\u{201d} don\u{2019}t work.",
            ),
            _ if kind.ends_with("#out-of-limits") => Fault::refused(
                "plan_limit",
                "You\u{2019}ve reached the limit of your EmailOctopus plan. Make room or upgrade there, then re-sync.",
            ),
            403 | 404 if about_list => Fault::settings(
                "list_missing",
                "The list no longer exists, or the key belongs to another account. Choose another list in the \
                 connection\u{2019}s settings.",
            ),
            422 if fault.kind == FaultKind::Refused => {
                let message = format!("EmailOctopus didn\u{2019}t accept this contact ({}).", fault.message);
                Fault::refused("invalid_email", message)
            }
            _ => fault,
        }
    })
}

/// The account's display name: the API has no account name, so list names identify it.
fn account(body: &Value) -> String {
    let names: Vec<String> = rows(body, "/data").filter_map(|row| text(row, "/name")).take(3).collect();
    if names.is_empty() { "no lists yet".to_owned() } else { format!("lists: {}", names.join(", ")) }
}

/// Which name fields the list has. A list that can't be read is assumed to have the default fields.
fn name_fields(body: &Value, list: &str) -> Known {
    let shown = body.get("fields").is_some();
    let has = |field: &str| !shown || rows(body, "/fields").any(|row| text(row, "/tag").as_deref() == Some(field));
    let note = |known: Known, field: &str| known.with(format!("{field}:{list}"), has(field));
    note(note(Known::new(), FIRST_NAME), LAST_NAME)
}

/// Tags belong to one list; the same name on two lists is one choice here.
fn tags(ctx: &StepContext<'_>, body: &Value) -> Vec<Choice> {
    let mut found: Vec<Choice> = Vec::new();
    for name in rows(body, "/data").flat_map(|list| rows(list, "/tags")).filter_map(Value::as_str) {
        let tag = Choice { id: name.to_owned(), name: name.to_owned() };
        if !found.contains(&tag) && !ctx.known.choices().contains(&tag) {
            found.push(tag);
        }
    }
    found
}

fn page(ctx: &StepContext<'_>, body: &Value, found: impl Iterator<Item = Choice>) -> Parsed {
    let learned = Known::new().with_choices(ctx.known, found);
    match text(body, "/paging/next/starting_after") {
        Some(cursor) => Parsed::again(Duration::ZERO, learned.with("cursor", cursor)),
        None => Parsed::learned(learned),
    }
}

fn consent(person: &Person, body: &Value, list: &str) -> Parsed {
    match text(body, "/status").as_deref() {
        Some("unsubscribed") => Parsed::leave_alone(
            "They unsubscribed from the list in EmailOctopus. We skipped them: only they can resubscribe.",
        ),
        _ => {
            let name = ContactName::parts(body, "/fields/FirstName", "/fields/LastName");
            Parsed::learned(Known::new().with(there_key(list), true).noting_name(person, list, &name))
        }
    }
}

/// Checks that the response contains the contact, without which nothing was written. If it omits tags, they can't be
/// checked.
fn confirm(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    if text(body, "/id").or_else(|| text(body, "/email_address")).is_none() {
        return Err(Fault::unreadable("no contact in it"));
    }
    if body.get("tags").is_none() {
        return Ok(Parsed::done());
    }
    let has: Vec<&str> = rows(body, "/tags").filter_map(Value::as_str).collect();
    // A list that already has the tag in another case may keep its own spelling.
    let given = |tag: &String| has.iter().any(|known| known.to_lowercase() == tag.to_lowercase());
    if let Some(tag) = person.tags.iter().find(|tag| !given(tag)) {
        let message = format!(
            "EmailOctopus didn\u{2019}t add the tag {tag}. Create it in the list\u{2019}s tags there, then re-sync."
        );
        return Err(Fault::refused("tag_refused", message));
    }
    if let Some(tag) = person.untags.iter().find(|tag| has.contains(&tag.as_str())) {
        return Err(Fault::refused("tag_refused", format!("EmailOctopus didn\u{2019}t remove the tag {tag}.")));
    }
    Ok(Parsed::done())
}

/// Whether the contact has tags of ours, as far as tags are shown: a person who leaves loses only those, and only
/// there.
fn is_ours(person: &Person, body: &Value) -> bool {
    let ours = |tag: &str| person.untags.iter().chain(&person.tags).any(|known| known == tag);
    body.get("tags").is_none() || rows(body, "/tags").filter_map(Value::as_str).any(ours)
}

/// Records that one more list was searched for a person who is to be deleted.
fn looked(ctx: &StepContext<'_>, is_there: bool) -> Parsed {
    let (looked, lists) = (count(ctx.known, "looked"), ctx.known.choices());
    let mut found = on(ctx.known);
    if is_there {
        found.extend(lists.get(looked).map(|list| list.id.clone()));
    }
    let learned = Known::new().with("looked", looked + 1).with("on", found);
    if looked + 1 < lists.len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

fn written(ctx: &StepContext<'_>) -> Parsed {
    let written = count(ctx.known, "written") + 1;
    let learned = Known::new().with("written", written);
    if written < on(ctx.known).len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}
