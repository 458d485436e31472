//! Connector for Keap, REST API version 2 (developer.infusionsoft.com; the facts below are from the OpenAPI description
//! in its SDK). A contact and each of its tags are separate calls. Collections of a contact are replaced as a whole,
//! custom fields too, so `rekomi_status` isn't written: the tags say whether someone is an affiliate.

mod descriptor;

use std::time::Duration;

use serde_json::{Map, Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    encode::segment,
    read::{choice, need, poll, rows, text},
};

pub static CONNECTOR: Keap = Keap;

#[derive(Debug)]
pub struct Keap;

const HOST: Host = Host::fixed("KEAP", "https://api.keap.com");
const PAGE: &str = "1000";
/// The longest first or last name.
const NAME_MAX: usize = 40;
/// The statuses of an address that nothing speaks against. All others are opted out, bounced or complained.
const FINE: [&str; 6] = [
    "UNENGAGED_MARKETABLE",
    "SINGLE_OPT_IN",
    "DOUBLE_OPT_IN",
    "CONFIRMED",
    "UNENGAGED_NON_MARKETABLE",
    "NON_MARKETABLE",
];
/// Known: the ids of everyone with the person's email, oldest first, the oldest one's names, and how many were deleted.
const CONTACTS: &str = "contacts";
const NAMES: [&str; 2] = ["given_name", "family_name"];
const DELETED: &str = "deleted";
/// Set once the address's status was read, and nothing in it speaks against writing.
const CHECKED: &str = "checked";
/// Set while we search again, among all tags, for one that couldn't be created.
const TWIN: &str = "twin";
const TOKEN: &str = "page_token";
/// The header that says how many requests are left today, and how long we wait when none are.
const LEFT_TODAY: &str = "x-keap-product-quota-available";
const TOMORROW: Duration = Duration::from_secs(3_600);

impl Connector for Keap {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
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

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        if let Some(why) = not_needed(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, path("/oauth/connect/userinfo")),
            Action::Lists | Action::Tags => all_tags(known),
            Action::Consent if known.get(CONTACTS).is_some() => {
                Request::get(&HOST, path(&format!("/emailAddresses/{}/status", segment(&ctx.person()?.email))))
            }
            Action::Find | Action::Consent => find(ctx.person()?),
            Action::Save => match (contacts(known).first(), names(ctx.person()?, known)) {
                (Some(_), names) if names.is_empty() => {
                    return Ok(StepRequest::Nothing("the name is up to date"));
                }
                (Some(id), names) => {
                    // Without a mask, everything that isn't sent would be emptied.
                    let update = Request::patch(&HOST, path(&format!("/contacts/{}", segment(id))));
                    let masked = names.keys().fold(update, |update, name| update.query("update_mask", name.as_str()));
                    masked.json(Value::Object(names))
                }
                (None, names) => Request::post(&HOST, path("/contacts"))
                    .query("duplicate_option", "Email")
                    .json(new_contact(ctx.person()?, names)),
            },
            Action::FindTag => {
                Request::get(&HOST, path("/tags")).query("filter", format!("name=={about}")).query("page_size", PAGE)
            }
            Action::MakeTag if known.flag(TWIN) => all_tags(known),
            Action::MakeTag => Request::post(&HOST, path("/tags")).json(json!({"name": about})),
            Action::Join => tagging(known, about, "applyTags")?,
            Action::Tag => tagging(known, &known.text(&tag_key(about))?, "applyTags")?,
            Action::Untag => tagging(known, &known.text(&tag_key(about))?, "removeTags")?,
            Action::Confirm => {
                let tags = path(&format!("/contacts/{}/tags", segment(&contact(known)?)));
                next_page(known, Request::get(&HOST, tags))
            }
            Action::Forget => match contacts(known).get(deleted(known)) {
                Some(id) => Request::delete(&HOST, path(&format!("/contacts/{}", segment(id)))),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            Action::Move | Action::Event => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Authorization", format!("Bearer {}", ctx.account.get("apiKey")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        match (action, answer.status) {
            // Keap has never seen the address.
            (Action::Consent, 404) if ctx.known.get(CONTACTS).is_some() => return Ok(checked()),
            // A name that a filter can't contain: creating it fails if it exists, and then all tags are read.
            (Action::FindTag, 400) => return Ok(Parsed::done()),
            // Someone created it in the meantime, or our own call did and its response was lost.
            (Action::MakeTag, 400 | 409) if !ctx.known.flag(TWIN) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(TWIN, true)));
            }
            (Action::Untag, 404) => return Ok(Parsed::done()),
            (Action::Forget, 404) => return Ok(forgotten(ctx)),
            _ => {}
        }
        let body = read(ctx, answer)?;
        match action {
            Action::Check => {
                let account = need(&body, "/email").or_else(|_| need(&body, "/tenant_id"))?;
                Ok(Parsed::learned(Known::new().with("account", account)))
            }
            Action::Lists | Action::Tags => Ok(paged(&body, Known::new().with_choices(ctx.known, tags(&body)))),
            Action::Consent if ctx.known.get(CONTACTS).is_some() => consent(&body),
            Action::Find | Action::Consent => found(ctx, &body),
            Action::Save => {
                let id = need(&body, "/id")?;
                Ok(Parsed::learned(Known::new().with("contact", id)))
            }
            Action::FindTag => Ok(Parsed::learned(found_tag(about, &body).unwrap_or_default())),
            Action::MakeTag if ctx.known.flag(TWIN) => made(ctx, &body),
            Action::MakeTag => Ok(Parsed::learned(Known::new().with(tag_key(about), need(&body, "/id")?))),
            Action::Confirm => confirm(ctx, &body),
            Action::Forget => Ok(forgotten(ctx)),
            Action::Join => Ok(Parsed::learned(Known::new().with(given_key(about), true))),
            Action::Tag | Action::Untag => {
                let tag = ctx.known.text(&tag_key(about))?;
                Ok(Parsed::learned(Known::new().with(given_key(&tag), action == Action::Tag)))
            }
            Action::Move | Action::Event => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let look = Step::new(Action::Consent);
    let mut steps = vec![look.clone(), Step::new(Action::Save).depends_on([look.clone()])];
    steps.extend(person.lists.iter().map(|list| Step::about(Action::Join, &list.id).depends_on([look.clone()])));
    for tag in &person.tags {
        let [find, make, give] = [Action::FindTag, Action::MakeTag, Action::Tag].map(|act| Step::about(act, tag));
        steps.extend([find.clone(), make.creates([find]), give]);
    }
    for tag in &person.untags {
        steps.extend([Action::FindTag, Action::Untag].map(|action| Step::about(action, tag)));
    }
    steps.push(Step::new(Action::Confirm));
    steps
}

/// Why a step can be skipped. The person may have changed since the plan was made; another sync follows then.
fn not_needed(ctx: &StepContext<'_>) -> Option<&'static str> {
    let Task::Sync(person) = ctx.task else { return None };
    let (about, known) = (&ctx.step.about, ctx.known);
    let tag = known.maybe(&tag_key(about));
    let is_selected = person.lists.iter().any(|list| tag.as_ref() == Some(&list.id));
    let (given, taken) = (person.tags.contains(about), person.untags.contains(about));
    match ctx.step.action {
        // The second request of this step: what they agreed to doesn't matter once they left.
        Action::Consent if known.get(CONTACTS).is_some() && !person.is_approved() => Some("they left"),
        Action::Consent => None,
        // No one is added just to be marked as former.
        _ if !person.is_approved() && contact(known).is_err() => Some("the contact doesn\u{2019}t exist"),
        Action::Save if !person.is_approved() => Some("they left, so only their tags change"),
        Action::Save | Action::Join if !known.flag(CHECKED) => Some("they came back, and the next sync adds them"),
        Action::Join if person.lists.iter().all(|list| list.id != *about) => Some("they should no longer have the tag"),
        Action::FindTag if !given && !taken => Some("the tag is no longer needed"),
        Action::MakeTag | Action::Tag if !given => Some("the tag is no longer needed"),
        Action::MakeTag if tag.is_some() => Some("the tag already exists"),
        Action::Untag if !taken || is_selected => Some("they should keep this tag"),
        Action::Untag if tag.is_none() => Some("the tag doesn\u{2019}t exist"),
        _ => None,
    }
}

fn path(below: &str) -> String {
    format!("/crm/rest/v2{below}")
}

fn tag_key(tag: &str) -> String {
    format!("tag:{tag}")
}

/// Whether this sync added the tag with that id, or removed it.
fn given_key(id: &str) -> String {
    format!("given:{id}")
}

fn contacts(known: &Known) -> Vec<String> {
    let all = known.get(CONTACTS).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// The contact that was found, or else created.
fn contact(known: &Known) -> Result<String, Fault> {
    contacts(known).into_iter().next().map_or_else(|| known.text("contact"), Ok)
}

/// A filter finds the address in each of a contact's three fields.
fn find(person: &Person) -> Request {
    Request::get(&HOST, path("/contacts"))
        .query("filter", format!("email=={}", person.email))
        .query("fields", "id,given_name,family_name,email_addresses")
        .query("page_size", PAGE)
}

fn next_page(known: &Known, request: Request) -> Request {
    let request = request.query("page_size", PAGE);
    match known.maybe(TOKEN) {
        Some(token) => request.query(TOKEN, token),
        None => request,
    }
}

fn all_tags(known: &Known) -> Request {
    next_page(known, Request::get(&HOST, path("/tags")))
}

/// Requests the next page, if more follow.
fn paged(body: &Value, learned: Known) -> Parsed {
    match text(body, "/next_page_token") {
        Some(token) => Parsed::again(Duration::ZERO, learned.with(TOKEN, token)),
        None => Parsed::learned(learned.with(TOKEN, Value::Null)),
    }
}

fn tags(body: &Value) -> impl Iterator<Item = Choice> {
    rows(body, "/tags").filter_map(|row| choice(row, "/id", "/name"))
}

/// The exact name; a filter may compare more loosely.
fn found_tag(name: &str, body: &Value) -> Option<Known> {
    tags(body).find(|tag| tag.name == name).map(|tag| Known::new().with(tag_key(name), tag.id))
}

/// Looks for a tag that couldn't be created among all tags, in any case: its name is taken.
fn made(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let name = &ctx.step.about;
    if let Some(tag) = tags(body).find(|tag| tag.name.to_lowercase() == name.to_lowercase()) {
        let found = Known::new().with(tag_key(name), tag.id);
        return Ok(Parsed::learned(found.with(TWIN, false).with(TOKEN, Value::Null)));
    }
    if text(body, "/next_page_token").is_some() {
        return Ok(paged(body, Known::new()));
    }
    let message = format!("Keap couldn\u{2019}t create the tag {name}. Create it there, then re-sync.");
    Err(Fault::refused("tag_refused", message))
}

fn tagging(known: &Known, tag: &str, what: &str) -> Result<Request, Fault> {
    let path = path(&format!("/tags/{}/contacts:{what}", segment(tag)));
    Ok(Request::post(&HOST, path).json(json!({"contact_ids": [contact(known)?]})))
}

/// The ids of everyone with exactly this email. They increase, and are numbers of different lengths.
fn found(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    if !body.get("contacts").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no contacts in it"));
    }
    let email = &ctx.person()?.email;
    let is = |row: &&Value| {
        rows(row, "/email_addresses").filter_map(|one| text(one, "/email")).any(|one| one.to_lowercase() == *email)
    };
    let mut theirs: Vec<(String, &Value)> =
        rows(body, "/contacts").filter(is).filter_map(|row| Some((text(row, "/id")?, row))).collect();
    theirs.sort_by_key(|(id, _)| (id.len(), id.clone()));
    let mut learned = Known::new();
    if let Some((_, oldest)) = theirs.first() {
        let name = ContactName::parts(oldest, "/given_name", "/family_name");
        learned = learned.noting_name(ctx.person()?, "", &name);
        for name in NAMES {
            learned = learned.with(name, text(oldest, &format!("/{name}")));
        }
    }
    let learned = learned.with(CONTACTS, theirs.into_iter().map(|(id, _)| id).collect::<Vec<_>>());
    let looks_on = ctx.step.action == Action::Consent && ctx.person()?.is_approved();
    Ok(if looks_on { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) })
}

fn checked() -> Parsed {
    Parsed::learned(Known::new().with(CHECKED, true))
}

fn consent(body: &Value) -> Result<Parsed, Fault> {
    if FINE.contains(&need(body, "/status")?.as_str()) {
        return Ok(checked());
    }
    Ok(Parsed::leave_alone(
        "They unsubscribed in Keap, or their address bounced. We skipped them: only they can resubscribe.",
    ))
}

/// The names to write: those that are known, and differ from what is there.
fn names(person: &Person, known: &Known) -> Map<String, Value> {
    let given = NAMES.into_iter().zip([&person.first_name, &person.last_name]);
    let fits = |name: &String| name.chars().take(NAME_MAX).collect::<String>();
    let named = given.filter_map(|(field, name)| Some((field, fits(name.as_ref()?))));
    let new = named.filter(|(field, name)| known.maybe(field).as_ref() != Some(name));
    new.map(|(field, name)| (field.to_owned(), json!(name))).collect()
}

/// A new contact. Without a reason to opt in, the address isn't marketable.
fn new_contact(person: &Person, mut contact: Map<String, Value>) -> Value {
    let mut address = json!({"email": person.email, "field": "EMAIL1"});
    if let Some(consent) = &person.consent {
        let version = consent.version.as_ref().map(|version| format!(", version {version}")).unwrap_or_default();
        let reason = format!("Accepted the affiliate program\u{2019}s terms{version}, at {}", consent.at);
        address["opt_in_reason"] = json!(reason);
    }
    contact.insert("email_addresses".to_owned(), json!([address]));
    Value::Object(contact)
}

/// Reads back, page by page, the tags that this sync added or removed, even if the person has changed since. The
/// responses to the single calls map contacts to outcomes whose names aren't documented.
fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let person = ctx.person()?;
    if body.get("tags").is_none() {
        return Err(Fault::unreadable("no tags in it"));
    }
    let mut has: Vec<Value> = ctx.known.get("has").and_then(Value::as_array).cloned().unwrap_or_default();
    let id = |row: &Value| text(row, "/tag/id").or_else(|| text(row, "/id"));
    has.extend(rows(body, "/tags").filter_map(id).map(Value::from));
    if text(body, "/next_page_token").is_some() {
        return Ok(paged(body, Known::new().with("has", has)));
    }
    let ids = person.tags.iter().chain(&person.untags).filter_map(|tag| ctx.known.maybe(&tag_key(tag)));
    let is_so = |id: String| {
        let expected = ctx.known.get(&given_key(&id)).and_then(Value::as_bool);
        expected.is_none_or(|expected| has.contains(&json!(id)) == expected)
    };
    if person.lists.iter().map(|list| list.id.clone()).chain(ids).all(is_so) {
        return Ok(Parsed::done());
    }
    let parsed =
        poll(ctx.polls, "Keap accepted the tags, but the contact doesn\u{2019}t have them. Check it, then re-sync.")?;
    Ok(Parsed { learned: Known::new().with("has", json!([])).with(TOKEN, Value::Null), ..parsed })
}

fn deleted(known: &Known) -> usize {
    known.number(DELETED).and_then(|deleted| usize::try_from(deleted).ok()).unwrap_or_default()
}

fn forgotten(ctx: &StepContext<'_>) -> Parsed {
    let deleted = deleted(ctx.known) + 1;
    let learned = Known::new().with(DELETED, deleted);
    if deleted < contacts(ctx.known).len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    if answer.status == 429 && answer.header(LEFT_TODAY).is_some_and(|left| left.trim() == "0") {
        return Err(Fault::busy(Some(TOMORROW), "the key\u{2019}s requests for today are used up"));
    }
    let body = match ctx.step.action {
        Action::Untag | Action::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| match (fault.kind, ctx.step.action) {
        (FaultKind::Credentials, _) => {
            Fault::credentials("Keap rejected the token or key. Create a new one, and connect again.")
        }
        (FaultKind::Rights, _) => Fault::rights(format!(
            "The token\u{2019}s user isn\u{2019}t allowed to do this ({}). Use a service account key, or let them see \
             and edit all contacts and tags.",
            fault.message
        )),
        (FaultKind::Refused, Action::Join) if matches!(answer.status, 400 | 404) => Fault::settings(
            "list_missing",
            "The selected tag no longer exists. Choose another one in the connection\u{2019}s settings.",
        ),
        // The contact was deleted or merged: the next attempt looks for it again.
        (FaultKind::Refused, Action::Save | Action::Confirm) if answer.status == 404 => {
            Fault::passing("contact_gone", "The contact no longer exists")
        }
        (FaultKind::Refused, Action::Save) => {
            Fault::refused("invalid_email", format!("Keap didn\u{2019}t accept this contact ({}).", fault.message))
        }
        _ => fault,
    })
}
