//! Connector for Ontraport, REST API version 1 (api.ontraport.com/doc; methods and encodings as in the vendor's own
//! SDK-PHP, Objects.php and Tags.php): contact and tags are two calls without a transaction, and Ontraport applies a
//! tag some time later.

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    moving::Mover,
    read::{choice, poll, rows, text},
};

mod descriptor;
mod moving;
mod tag;

pub static CONNECTOR: Ontraport = Ontraport;

#[derive(Debug)]
pub struct Ontraport;

const HOST: Host = Host::fixed("ONTRAPORT", "https://api.ontraport.com");
/// The object type of contacts, and of tags for contacts.
const CONTACTS: &str = "0";
/// Maximum page size; Ontraport silently truncates a longer one.
const PAGE: usize = 50;
/// The offset of the picker's next page.
const START: &str = "start";
/// Set while we search again for a tag that was created, or couldn't be.
const TWIN: &str = "twin";
/// Whether tags are added by POST, once the method that was tried first was refused in this step.
const BY_POST: &str = "by_post";
/// Found: whether the account wants tags to be added by POST, and not by PUT as in the vendor's SDK.
const WANTS_POST: &str = "wants_post";
/// Set once a tag couldn't be created separately: tagging the contact by name creates it (SDK-PHP, `addTagByName`).
const BY_NAME: &str = "by_name";
/// Set once tags can't be removed.
const STAY: &str = "stay";

impl Connector for Ontraport {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
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
            Task::Forget(_) => vec![Step::new(Action::Find), Step::new(Action::Forget)],
            Task::Event(..) => Vec::new(),
        }
    }

    fn remembers(&self) -> &'static [&'static str] {
        &[WANTS_POST]
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        if let Some(why) = not_needed(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let tag_is_known = known.maybe(&tag_key(about)).is_some();
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/1/Contacts").query("range", "1").query("listFields", "id"),
            Action::Lists | Action::Tags => Request::get(&HOST, "/1/Tags")
                .query("start", known.number(START).unwrap_or_default().to_string())
                .query("range", PAGE.to_string())
                .query("sort", "tag_id")
                .query("listFields", "tag_id,tag_name,object_type_id"),
            Action::Find | Action::Consent => Request::get(&HOST, "/1/Contacts")
                .query("condition", equal("email", &ctx.person()?.email))
                .query("listFields", "id,email,bulk_mail,firstname,lastname"),
            Action::Save => Request::post(&HOST, "/1/objects/saveorupdate").json(contact(ctx.person()?, known)),
            Action::MakeTag if tag_is_known => return Ok(StepRequest::Nothing("the tag already exists")),
            Action::FindTag => tag::find(ctx)?,
            Action::MakeTag if known.flag(TWIN) => tag::find(ctx)?,
            Action::MakeTag if known.flag(BY_NAME) => Request::put(&HOST, "/1/objects/tagByName")
                .json(json!({"objectID": 0, "ids": [known.text("contact")?], "add_names": [about]})),
            Action::MakeTag => Request::post(&HOST, "/1/Tags")
                .form([("tag_name", about.to_owned()), ("object_type_id", CONTACTS.to_owned())]),
            Action::Tag => match tag_ids(ctx, requested(ctx.person()?)) {
                Some(ids) => {
                    let by = if by_post(ctx) { Request::post } else { Request::put };
                    by(&HOST, "/1/objects/tag".to_owned()).form([
                        ("objectID", CONTACTS.to_owned()),
                        ("ids", known.text("contact")?),
                        ("add_list", ids),
                    ])
                }
                None => return Ok(StepRequest::Nothing("no tags left to add")),
            },
            Action::Untag => match tag_ids(ctx, removed(ctx)?.into_iter()) {
                Some(ids) => Request::delete(&HOST, "/1/objects/tag")
                    .query("objectID", CONTACTS)
                    .query("ids", known.text("contact")?)
                    .query("remove_list", ids),
                None => return Ok(StepRequest::Nothing("none of the tags exist")),
            },
            Action::Confirm if !tag_is_known => return Ok(StepRequest::Nothing("the tag has no ID yet")),
            Action::Confirm if known.flag(STAY) && !requested(ctx.person()?).any(|tag| tag == about) => {
                return Ok(StepRequest::Nothing("the tag can\u{2019}t be removed"));
            }
            Action::Confirm => Request::get(&HOST, "/1/objects/tag")
                .query("objectID", CONTACTS)
                .query("tag_id", known.text(&tag_key(about))?)
                .query("condition", equal("id", &known.text("contact")?))
                .query("listFields", "id"),
            Action::Forget => match known.maybe("contact") {
                Some(contact) => Request::delete(&HOST, "/1/Contact").query("id", contact),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            Action::Move | Action::Join | Action::Event => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(with_keys(ctx, request)?.into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        let making = ctx.step.action == Action::MakeTag && !ctx.known.flag(TWIN) && !ctx.known.flag(BY_NAME);
        if making && matches!(answer.status, 400 | 409 | 422) {
            // Someone created it in the meantime, or our own call did and its response was lost.
            return Ok(look_again());
        }
        if matches!(answer.status, 404 | 405)
            && let Some(parsed) = without(ctx, making)
        {
            return Ok(parsed);
        }
        let body = body(ctx, answer)?;
        Ok(match ctx.step.action {
            Action::Check => {
                let account = match text(&body, "/account_id") {
                    Some(account) => format!("Ontraport account {account}"),
                    None => format!("Ontraport, App ID {}", ctx.account.get("appId")?),
                };
                Parsed::learned(Known::new().with("account", account))
            }
            Action::Lists | Action::Tags => page(ctx, &body),
            Action::Find => found_contact(ctx.person()?, &body),
            Action::Consent => consent(ctx.person()?, &body),
            Action::Save => {
                // For an existing contact, the response has the id below `attrs`.
                let id = text(&body, "/data/id").or_else(|| text(&body, "/data/attrs/id"));
                Parsed::learned(Known::new().with("contact", id.map_or_else(|| ctx.known.text("contact"), Ok)?))
            }
            Action::FindTag => Parsed::learned(tag::found(ctx, &body)?.unwrap_or_default()),
            Action::MakeTag if making => match text(&body, "/data/tag_id").or_else(|| text(&body, "/data/id")) {
                Some(id) => Parsed::learned(Known::new().with(tag_key(about), id)),
                None => look_again(),
            },
            Action::MakeTag if !ctx.known.flag(TWIN) => Parsed::done(),
            Action::MakeTag => {
                let refused =
                    format!("Ontraport couldn\u{2019}t create the tag {about}. Create it there, then re-sync.");
                let found = tag::found(ctx, &body)?.ok_or_else(|| Fault::refused("tag_refused", refused))?;
                Parsed::learned(found.with(TWIN, false))
            }
            Action::Confirm => confirm(ctx, &body)?,
            // The other method was refused, and this one works.
            Action::Tag if ctx.known.get(BY_POST).is_some() => {
                Parsed::learned(Known::new().with(WANTS_POST, by_post(ctx)))
            }
            Action::Tag | Action::Untag | Action::Forget => Parsed::done(),
            Action::Move | Action::Join | Action::Event => return Err(Fault::unplanned(ctx.step)),
        })
    }
}

/// Why a step can be skipped. A person who left is never created just to be marked as former, and only their tags
/// change. The person may also have changed since the plan was made; another sync follows then.
fn not_needed(ctx: &StepContext<'_>) -> Option<&'static str> {
    let Task::Sync(person) = ctx.task else { return None };
    let (action, about) = (ctx.step.action, &ctx.step.about);
    let of_a_tag = matches!(action, Action::FindTag | Action::MakeTag | Action::Confirm);
    if !person.is_approved() && action != Action::Consent {
        if ctx.known.maybe("contact").is_none() {
            return Some("the contact doesn\u{2019}t exist");
        }
        if action == Action::Save {
            return Some("they left, so only their tags change");
        }
    }
    let still = requested(person).chain(person.untags.iter().cloned()).any(|tag| tag == *about);
    (of_a_tag && !still).then_some("the tag is no longer needed")
}

/// The picked tags and the named ones.
fn requested(person: &Person) -> impl Iterator<Item = String> {
    person.lists.iter().map(list_key).chain(person.tags.iter().cloned())
}

/// The tags to remove. One that is a picked tag by now stays.
fn removed(ctx: &StepContext<'_>) -> Result<Vec<String>, Fault> {
    let person = ctx.person()?;
    let is_picked = |tag: &&String| {
        let id = ctx.known.maybe(&tag_key(tag));
        person.lists.iter().any(|list| id.as_ref() == Some(&list.id))
    };
    Ok(person.untags.iter().filter(|tag| !is_picked(tag)).cloned().collect())
}

/// Plans the contact first, because tagging needs its id.
fn sync(person: &Person) -> Vec<Step> {
    let look = Step::new(Action::Consent);
    let mut steps = vec![look.clone(), Step::new(Action::Save).depends_on([look])];
    steps.extend(person.lists.iter().map(|list| Step::about(Action::FindTag, list_key(list))));
    for tag in &person.tags {
        let [find, make] = [Action::FindTag, Action::MakeTag].map(|action| Step::about(action, tag));
        steps.extend([find.clone(), make.creates([find])]);
    }
    steps.push(Step::new(Action::Tag));
    steps.extend(person.untags.iter().map(|tag| Step::about(Action::FindTag, tag)));
    if !person.untags.is_empty() {
        steps.push(Step::new(Action::Untag));
    }
    let all = requested(person).chain(person.untags.iter().cloned());
    steps.extend(all.map(|tag| Step::about(Action::Confirm, tag)));
    steps
}

/// The contact to write. Unknown values are omitted and blanks ignored, so existing values stay.
fn contact(person: &Person, known: &Known) -> Value {
    let mut contact = json!({"objectID": 0, "email": person.email, "ignore_blanks": true});
    for (field, value) in [("firstname", &person.first_name), ("lastname", &person.last_name)] {
        if let Some(value) = value {
            contact[field] = json!(value);
        }
    }
    if person.consent.is_none() && known.maybe("contact").is_none() {
        contact["bulk_mail"] = json!(0);
    }
    contact
}

/// A condition in the API's format (api.ontraport.com/doc, \u{201c}Criteria\u{201d}).
fn equal(field: &str, value: &str) -> String {
    json!([{"field": {"field": field}, "op": "=", "value": {"value": value}}]).to_string()
}

/// The key of a picked tag. It is found by id, every other tag by name.
fn list_key(list: &Choice) -> String {
    format!("list:{}", list.id)
}

fn tag_key(tag: &str) -> String {
    format!("tag:{tag}")
}

/// How the step continues if Ontraport doesn't offer its path or method.
fn without(ctx: &StepContext<'_>, making: bool) -> Option<Parsed> {
    let again = |name: &str, value: bool| Parsed::again(Duration::ZERO, Known::new().with(name, value));
    match ctx.step.action {
        Action::Tag if ctx.known.get(BY_POST).is_none() => Some(again(BY_POST, !by_post(ctx))),
        Action::MakeTag if making => Some(again(BY_NAME, true)),
        Action::Untag => Some(Parsed::learned(Known::new().with(STAY, true))),
        // A contact that doesn't exist counts as deleted. A read that isn't offered doesn't contradict the writes.
        Action::Consent | Action::Confirm | Action::Forget => Some(Parsed::done()),
        _ => None,
    }
}

fn by_post(ctx: &StepContext<'_>) -> bool {
    ctx.known.get(BY_POST).and_then(Value::as_bool).unwrap_or_else(|| ctx.account.found.flag(WANTS_POST))
}

fn look_again() -> Parsed {
    Parsed::again(Duration::ZERO, Known::new().with(TWIN, true))
}

/// The ids of the known tags without duplicates, joined by commas; None if there are none.
fn tag_ids(ctx: &StepContext<'_>, tags: impl Iterator<Item = String>) -> Option<String> {
    let mut ids: Vec<String> = Vec::new();
    for id in tags.filter_map(|tag| ctx.known.maybe(&tag_key(&tag))) {
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    (!ids.is_empty()).then(|| ids.join(","))
}

fn with_keys(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    let field = |name: &str| {
        ctx.account.get(name).map_err(|fault| {
            let missing = descriptor::DESCRIPTOR.field(name).and_then(|field| field.missing).unwrap_or_default();
            Fault::credentials(format!("{missing}: {}", fault.message))
        })
    };
    Ok(request.header("Api-Appid", field("appId")?).header("Api-Key", field("apiKey")?))
}

/// The body of a successful response: if it has a `code`, that must be 0.
fn body(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = answer.json().map_err(|fault| match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => Fault::credentials(
            "Ontraport rejected the App ID and the API key. Copy both again from Administration \u{2192} Integrations \
             \u{2192} API keys: they must belong to the same key.",
        ),
        (FaultKind::Rights, action) => {
            let right = match action {
                Action::Save => "add and edit contacts",
                Action::MakeTag => "create tags",
                Action::Tag | Action::Untag => "add and remove contacts\u{2019} tags",
                Action::Forget => "delete contacts",
                Action::Lists | Action::Tags | Action::FindTag => "see tags",
                _ => "see contacts",
            };
            Fault::rights(format!(
                "The key\u{2019}s Ontraport user isn\u{2019}t allowed to {right}. Allow it in Ontraport ({}).",
                fault.message
            ))
        }
        (FaultKind::Refused, Action::Save) if answer.status == 422 => {
            Fault::refused("invalid_email", format!("Ontraport didn\u{2019}t accept this address ({}).", fault.message))
        }
        _ => fault,
    })?;
    match text(&body, "/code").as_deref() {
        None | Some("0") => Ok(body),
        Some(code) => Err(Fault::refused("refused", format!("Ontraport responded with error code {code}."))),
    }
}

/// Tags for contacts; other objects have their own tags.
fn tags(body: &Value) -> impl Iterator<Item = Choice> {
    let of_contacts = |row: &&Value| text(row, "/object_type_id").is_none_or(|kind| kind == CONTACTS);
    rows(body, "/data").filter(of_contacts).filter_map(|row| choice(row, "/tag_id", "/tag_name"))
}

fn page(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let learned = Known::new().with_choices(ctx.known, tags(body));
    let count = rows(body, "/data").count();
    if count < PAGE {
        return Parsed::learned(learned);
    }
    let start = ctx.known.number(START).unwrap_or_default().saturating_add(u64::try_from(count).unwrap_or_default());
    Parsed::again(Duration::ZERO, learned.with(START, start))
}

/// Only rows with exactly this email belong to the person.
fn theirs<'a>(person: &Person, body: &'a Value) -> impl Iterator<Item = &'a Value> {
    let email = person.email.to_lowercase();
    rows(body, "/data").filter(move |row| text(row, "/email").is_some_and(|here| here.to_lowercase() == email))
}

fn found_contact(person: &Person, body: &Value) -> Parsed {
    let Some((row, id)) = theirs(person, body).find_map(|row| Some((row, text(row, "/id")?))) else {
        return Parsed::done();
    };
    let name = ContactName::parts(row, "/firstname", "/lastname");
    Parsed::learned(Known::new().with("contact", id).noting_name(person, "", &name))
}

/// Reads `bulk_mail`. Below zero means opted out, bounced or complained, and the API can't raise it. Zero means
/// transactional email only.
fn consent(person: &Person, body: &Value) -> Parsed {
    let out = |row: &Value| text(row, "/bulk_mail").is_some_and(|status| status.starts_with('-'));
    if theirs(person, body).any(out) {
        return Parsed::leave_alone(
            "They unsubscribed in Ontraport, or their address bounced. We skipped them: only they can resubscribe.",
        );
    }
    found_contact(person, body)
}

fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let requested = !removed(ctx)?.contains(&ctx.step.about);
    let contact = ctx.known.maybe("contact");
    if rows(body, "/data").any(|row| text(row, "/id") == contact) == requested {
        return Ok(Parsed::done());
    }
    poll(
        ctx.polls,
        "Ontraport accepted the tags, but the contact doesn\u{2019}t have them yet. Check the contact in Ontraport, \
         then re-sync.",
    )
}
