//! Connector for ActiveCampaign, API version 3 (developers.activecampaign.com): saving the contact, joining the list
//! and tagging are three separate calls, without a transaction.

mod descriptor;
mod moving;

use std::time::Duration;

use serde_json::{Value, json};

use crate::{
    Account, Action, Answer, Choice, Connector, ContactName, Descriptor, Fault, FaultKind, Host, Known, Parsed, Person,
    Request, Step, StepContext, StepRequest, Task,
    moving::Mover,
    read::{choice, need, rows, text},
};

pub static CONNECTOR: ActiveCampaign = ActiveCampaign;

#[derive(Debug)]
pub struct ActiveCampaign;

/// Maximum page size of a list.
const PAGE: usize = 100;
/// Set while we search again for a tag that couldn't be created.
const TWIN: &str = "twin";
/// A contact's status on a list: `2` is unsubscribed, `3` bounced.
const UNSUBSCRIBED: [&str; 2] = ["2", "3"];
/// The list asked the contact to confirm, and they haven't yet.
const UNCONFIRMED: &str = "0";
/// Marks the second subscription check, for contacts that were found only by saving them.
const SAVED: &str = "of the saved contact";
/// Set once the contact's lists have been read.
const READ: &str = "lists_read";
/// Set once the contact was looked up, whether or not there is one.
const LOOKED: &str = "looked_up";

impl Connector for ActiveCampaign {
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

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        if never_was(ctx) {
            return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist"));
        }
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let path = |path: &str| format!("/api/3{path}");
        let host = Host::given("ACTIVECAMPAIGN", ctx.account.get("apiUrl")?);
        let page = |request: Request| {
            let offset = known.choices().len();
            request.query("limit", PAGE.to_string()).query("offset", offset.to_string())
        };
        let request = match ctx.step.action {
            Action::Check => Request::get(&host, path("/users/me")),
            Action::Lists => page(Request::get(&host, path("/lists"))),
            Action::Tags => page(Request::get(&host, path("/tags"))),
            Action::Find => Request::get(&host, path("/contacts")).query("email", ctx.person()?.email.as_str()),
            Action::Consent if known.flag(READ) => return Ok(StepRequest::Nothing("already checked")),
            Action::Consent if about == SAVED && !ctx.person()?.is_approved() => {
                return Ok(StepRequest::Nothing("they shouldn\u{2019}t be on any list"));
            }
            Action::Consent => match known.maybe("contact") {
                Some(contact) => Request::get(&host, path(&format!("/contacts/{contact}/contactLists"))),
                None => return Ok(StepRequest::Nothing("the contact is new")),
            },
            Action::Save => {
                Request::post(&host, path("/contact/sync")).json(json!({"contact": contact(ctx.person()?)}))
            }
            // The person may have changed since the plan was made; the next sync handles it.
            Action::Join if ctx.person()?.lists.iter().all(|requested| requested.id != about) => {
                return Ok(StepRequest::Nothing("they should no longer be on the list"));
            }
            Action::Join if known.flag(&unconfirmed_key(about)) => {
                return Ok(StepRequest::Nothing("they were asked to confirm, and only they can do that"));
            }
            Action::Join => {
                let entry = json!({"list": about, "contact": known.text("contact")?, "status": 1});
                Request::post(&host, path("/contactLists")).json(json!({"contactList": entry}))
            }
            Action::MakeTag if known.maybe(&tag_key(about)).is_some() => {
                return Ok(StepRequest::Nothing("the tag already exists"));
            }
            Action::FindTag => find_tag(&host, about),
            Action::MakeTag if known.flag(TWIN) => find_tag(&host, about),
            Action::MakeTag => Request::post(&host, path("/tags"))
                .json(json!({"tag": {"tag": about, "tagType": "contact", "description": ""}})),
            Action::Tag => {
                let entry = json!({"contact": known.text("contact")?, "tag": known.text(&tag_key(about))?});
                Request::post(&host, path("/contactTags")).json(json!({"contactTag": entry}))
            }
            Action::Untag => return untag(ctx, &host),
            Action::Forget => match known.maybe("contact") {
                Some(contact) => Request::delete(&host, path(&format!("/contacts/{contact}"))),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            Action::Move | Action::Confirm | Action::Event => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(with_key(ctx, request)?.into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let about = ctx.step.about.as_str();
        // A missing contact counts as deleted and a missing tag as removed. If contacts can't be looked up, their lists
        // are read after the save.
        let unneeded = match ctx.step.action {
            Action::Forget => answer.status == 404,
            Action::Untag => matches!(answer.status, 404 | 405),
            Action::Find => matches!(answer.status, 404 | 405) && matches!(ctx.task, Task::Sync(_)),
            Action::Consent => matches!(answer.status, 404 | 405) && about.is_empty(),
            _ => false,
        };
        if unneeded {
            return Ok(Parsed::done());
        }
        if ctx.step.action == Action::MakeTag && answer.status == 422 && !ctx.known.flag(TWIN) {
            // Someone else created it in the meantime, or our own call did and its response was lost.
            return Ok(Parsed::again(Duration::ZERO, Known::new().with(TWIN, true)));
        }
        let body = read(ctx, answer)?;
        Ok(match ctx.step.action {
            Action::Check => {
                let who = need(&body, "/user/email").or_else(|_| need(&body, "/user/username"))?;
                Parsed::learned(Known::new().with("account", who))
            }
            Action::Lists => page(ctx, &body, "/lists", "/name")?,
            Action::Tags => page(ctx, &body, "/tags", "/tag")?,
            Action::Find => found_contact(ctx.person()?, &body),
            Action::Consent => consent(ctx.person()?, &body),
            Action::Save => Parsed::learned(Known::new().with("contact", need(&body, "/contact/id")?)),
            Action::FindTag => Parsed::learned(found_tag(&body, about).unwrap_or_default()),
            Action::MakeTag if ctx.known.flag(TWIN) => match found_tag(&body, about) {
                Some(found) => Parsed::learned(found.with(TWIN, false)),
                None => {
                    return Err(Fault::refused(
                        "tag_refused",
                        format!("ActiveCampaign couldn\u{2019}t create the tag {about}."),
                    ));
                }
            },
            Action::MakeTag => Parsed::learned(Known::new().with(tag_key(about), need(&body, "/tag/id")?)),
            // The first of its two requests only finds the id to remove.
            Action::Untag if ctx.known.maybe(&tagging_key(about)).is_none() => tagging(ctx, &body),
            Action::Join | Action::Tag | Action::Untag | Action::Forget => Parsed::done(),
            Action::Move | Action::Confirm | Action::Event => return Err(Fault::unplanned(ctx.step)),
        })
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let mut steps = vec![Step::new(Action::Find), Step::new(Action::Consent), Step::new(Action::Save)];
    if !person.lists.is_empty() {
        steps.push(Step::about(Action::Consent, SAVED));
    }
    let looks = [Step::new(Action::Consent), Step::about(Action::Consent, SAVED)];
    steps.extend(person.lists.iter().map(|list| Step::about(Action::Join, &list.id).depends_on(looks.clone())));
    for tag in &person.tags {
        let [find, make, give] = [Action::FindTag, Action::MakeTag, Action::Tag].map(|act| Step::about(act, tag));
        steps.extend([find.clone(), make.creates([find]), give]);
    }
    for tag in &person.untags {
        steps.extend([Action::FindTag, Action::Untag].map(|action| Step::about(action, tag)));
    }
    steps
}

/// No one is added just to be marked as former. If contacts can't be looked up, only saving one tells its id.
fn never_was(ctx: &StepContext<'_>) -> bool {
    let left = matches!(ctx.task, Task::Sync(person) if !person.is_approved());
    let is_missing = ctx.known.flag(LOOKED) && ctx.known.maybe("contact").is_none();
    left && is_missing && ctx.step.action != Action::Find
}

/// Unknown values are omitted so that existing ones stay.
fn contact(person: &Person) -> Value {
    let mut contact = json!({"email": person.email});
    for (field, value) in [("firstName", &person.first_name), ("lastName", &person.last_name)] {
        if let Some(value) = value {
            contact[field] = json!(value);
        }
    }
    contact
}

/// Ignores a row with a different email, in case the vendor ignored the filter.
fn found_contact(person: &Person, body: &Value) -> Parsed {
    let email = person.email.to_lowercase();
    let theirs = |row: &&Value| text(row, "/email").is_none_or(|here| here.to_lowercase() == email);
    let looked = Known::new().with(LOOKED, true);
    let Some(row) = rows(body, "/contacts").find(theirs) else { return Parsed::learned(looked) };
    let Some(id) = text(row, "/id") else { return Parsed::done() };
    let name = ContactName::parts(row, "/firstName", "/lastName");
    Parsed::learned(looked.with("contact", id).noting_name(person, "", &name))
}

/// The search matches substrings. By weight, exact matches come first, however many tags contain the name.
fn find_tag(host: &Host, tag: &str) -> Request {
    let find = Request::get(host, "/api/3/tags").query("search", tag).query("orders[search]", "weight");
    find.query("limit", PAGE.to_string())
}

/// The tag with that name, in the same case or else in another one: tags are case-insensitive
/// (developers.activecampaign.com, \u{201c}Create a new tag\u{201d}).
fn found_tag(body: &Value, name: &str) -> Option<Known> {
    let twin = || tags(body).find(|tag| tag.name.to_lowercase() == name.to_lowercase());
    let found = tags(body).find(|tag| tag.name == name).or_else(twin);
    found.map(|tag| Known::new().with(tag_key(name), tag.id))
}

fn tag_key(tag: &str) -> String {
    format!("tag:{tag}")
}

fn tagging_key(tag: &str) -> String {
    format!("tagging:{tag}")
}

fn with_key(ctx: &StepContext<'_>, request: Request) -> Result<Request, Fault> {
    Ok(request.header("Api-Token", ctx.account.get("apiKey")?))
}

/// Removes a tag by the id of its assignment, which is read first.
fn untag(ctx: &StepContext<'_>, host: &Host) -> Result<StepRequest, Fault> {
    let about = &ctx.step.about;
    if ctx.known.maybe(&tag_key(about)).is_none() {
        return Ok(StepRequest::Nothing("the tag doesn\u{2019}t exist"));
    }
    let request = match ctx.known.maybe(&tagging_key(about)) {
        Some(tagging) => Request::delete(host, format!("/api/3/contactTags/{tagging}")),
        None => Request::get(host, format!("/api/3/contacts/{}/contactTags", ctx.known.text("contact")?)),
    };
    Ok(with_key(ctx, request)?.into())
}

fn tagging(ctx: &StepContext<'_>, body: &Value) -> Parsed {
    let about = &ctx.step.about;
    let tag = ctx.known.maybe(&tag_key(about));
    let found = rows(body, "/contactTags").find(|row| text(row, "/tag") == tag);
    match found.and_then(|row| text(row, "/id")) {
        Some(id) => Parsed::again(Duration::ZERO, Known::new().with(tagging_key(about), id)),
        None => Parsed::done(),
    }
}

/// Explains a failure. ActiveCampaign answers a bad key with 403, sometimes with 401. Since temporary single 403s were
/// observed, the runner counts [`FaultKind::Rights`] and believes only repeated ones.
fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let body = match ctx.step.action {
        Action::Untag if ctx.known.maybe(&tagging_key(&ctx.step.about)).is_some() => answer.json_or_nothing(),
        Action::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| match (fault.kind, ctx.step.action) {
        (FaultKind::Rights, Action::Check) => Fault::credentials(
            "ActiveCampaign rejected the key. Copy it again from Settings \u{2192} Developer, and check that the URL \
             belongs to the same account.",
        ),
        (FaultKind::Refused, Action::Join) if answer.status == 404 || answer.status == 422 => Fault::settings(
            "list_missing",
            format!(
                "The list no longer exists ({}). Choose another one in the connection\u{2019}s settings.",
                fault.message
            ),
        ),
        (FaultKind::Refused, Action::Save) if answer.status == 422 => {
            let message = format!("ActiveCampaign didn\u{2019}t accept this contact ({}).", fault.message);
            Fault::refused("invalid_email", message)
        }
        _ => fault,
    })
}

fn tags(body: &Value) -> impl Iterator<Item = Choice> {
    let contact = |row: &&Value| row.get("tagType").is_none_or(|kind| kind == "contact");
    rows(body, "/tags").filter(contact).filter_map(|row| choice(row, "/id", "/tag"))
}

fn page(ctx: &StepContext<'_>, body: &Value, what: &str, name: &str) -> Result<Parsed, Fault> {
    let found: Vec<Choice> = rows(body, what).filter_map(|row| choice(row, "/id", name)).collect();
    let known = ctx.known.choices().len();
    let more = match text(body, "/meta/total").and_then(|total| total.parse::<usize>().ok()) {
        Some(total) => !found.is_empty() && known + found.len() < total,
        None => found.len() >= PAGE,
    };
    let learned = Known::new().with_choices(ctx.known, found);
    Ok(if more { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) })
}

fn unconfirmed_key(list: &str) -> String {
    format!("unconfirmed:{list}")
}

/// `status: 1` would also confirm for contacts whom the list's form asked to confirm. Neither the affiliate's consent
/// nor the program's terms answer that question, so the contact stays unconfirmed.
fn consent(person: &Person, body: &Value) -> Parsed {
    let mut known = Known::new().with(READ, true);
    for row in rows(body, "/contactLists") {
        let Some(list) = text(row, "/list").filter(|list| person.lists.iter().any(|requested| requested.id == *list))
        else {
            continue;
        };
        let status = text(row, "/status").unwrap_or_default();
        if UNSUBSCRIBED.contains(&status.as_str()) {
            return Parsed::leave_alone(
                "They unsubscribed from the list in ActiveCampaign. We skipped them: only they can resubscribe.",
            );
        }
        if status == UNCONFIRMED {
            known = known.with(unconfirmed_key(&list), true);
        }
    }
    Parsed::learned(known)
}
