//! Connector for GetResponse, API version 3 (apireference.getresponse.com; the facts below are from its OpenAPI
//! description, version 3.2026-07-28). What people call a list is a campaign in the API. Contacts belong to one list
//! each; someone on two lists is two contacts. A new contact is only queued, and someone who unsubscribed is found only
//! by searching the list's removed contacts.

mod descriptor;
mod forget;
mod wire;
mod write;

use std::time::Duration;

use serde_json::{Value, json};

use self::{
    wire::{
        attempt, contact_id, contact_path, contacts, deleted, find, find_field, find_tag, first_page, forgotten,
        found_field, found_tag, has_no_list, key, look, looked, make_field, page, paged, read, search, spelled, stage,
        tag_key, tag_refused, theirs,
    },
    write::{confirm, joining, next_write, written},
};
use crate::{
    Account, Action, Answer, Connector, Descriptor, Fault, Host, Known, Parsed, Person, Request, Step, StepContext,
    StepRequest, Task, read::need,
};

pub static CONNECTOR: GetResponse = GetResponse;

#[derive(Debug)]
pub struct GetResponse;

const HOST: Host = Host::fixed("GETRESPONSE", "https://api.getresponse.com");
/// The default page size.
const PAGE: usize = 100;
/// The custom field that we create.
const STATUS: &str = "rekomi_status";
/// The id of that field, and how far creating it has come.
const FIELD: &str = "field";
const ATTEMPT: &str = "field_attempt";
/// Set while we search again for a tag that couldn't be created.
const TWIN: &str = "twin";
/// Known per list: the contact's id, tags, name and status, and what the check of the subscription reads next.
const CONTACT: &str = "contact";
const TAGS: &str = "tags";
const NAME: &str = "name";
const VALUE: &str = "status";
const LOOK: &str = "look";
/// Known per list: the contact has yet to confirm, was added by this sync, and has been found since.
const PENDING: &str = "pending";
const JOINED: &str = "joined";
const FOUND: &str = "found";
/// Set per list while the confirmation searches those who haven't confirmed.
const SEEK: &str = "seek";
/// What an update of an existing contact consists of. Each is set per list once it's written.
const WRITES: [&str; 3] = ["details_saved", "tags_saved", "status_saved"];

impl Connector for GetResponse {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn plan(&self, _: &Account, task: &Task) -> Vec<Step> {
        match task {
            Task::Check => vec![Step::new(Action::Check)],
            Task::Lists => vec![Step::new(Action::Lists)],
            Task::Tags => vec![Step::new(Action::Tags)],
            Task::Sync(person) => sync(person),
            Task::Forget(person) => forget::steps(person),
            Task::Event(..) => Vec::new(),
        }
    }

    fn request(&self, ctx: &StepContext<'_>) -> Result<StepRequest, Fault> {
        if let Some(why) = not_needed(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let (about, known) = (ctx.step.about.as_str(), ctx.known);
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/v3/accounts"),
            Action::Lists => page(ctx, "/v3/campaigns"),
            Action::Tags => page(ctx, "/v3/tags"),
            Action::Consent if forget::is_task(ctx) => search(ctx.person()?, about, "unconfirmed"),
            Action::Consent => look(ctx)?,
            Action::Find if about == STATUS => find_field(),
            Action::Find => find(ctx.person()?),
            Action::Save if about == STATUS => make_field(known),
            Action::FindTag => find_tag(ctx)?,
            Action::MakeTag if known.flag(TWIN) => find_tag(ctx)?,
            Action::MakeTag => Request::post(&HOST, "/v3/tags").json(json!({"name": spelled(about)?})),
            Action::Join => Request::post(&HOST, "/v3/contacts").json(joining(ctx)?),
            Action::Save => match next_write(ctx, known)? {
                Some(write) => write.request(),
                None => return Ok(StepRequest::Nothing("the contact is up to date")),
            },
            Action::Confirm if forget::is_task(ctx) && !known.flag(&key(PENDING, about)) => {
                return Ok(StepRequest::Nothing("they had nothing to confirm"));
            }
            Action::Confirm if forget::is_task(ctx) => search(ctx.person()?, about, "unconfirmed"),
            Action::Confirm => match known.maybe(&key(FOUND, about)) {
                Some(contact) => Request::get(&HOST, contact_path(&contact)),
                None if known.flag(&key(SEEK, about)) => search(ctx.person()?, about, "unconfirmed"),
                None => find(ctx.person()?).query("query[campaignId]", about),
            },
            Action::Forget => match contacts(known).get(deleted(known)) {
                Some(contact) => Request::delete(&HOST, contact_path(contact)),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            Action::Move | Action::Tag | Action::Untag | Action::Event => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("X-Auth-Token", format!("api-key {}", ctx.account.get("apiKey")?)).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, about) = (ctx.step.action, ctx.step.about.as_str());
        match (action, answer.status) {
            // They unsubscribed a moment ago, so they're looked up among those who were removed.
            (Action::Consent, 404) if stage(ctx) == "details" => {
                let learned = Known::new().with(key(CONTACT, about), Value::Null).with(key(LOOK, about), "removed");
                return Ok(Parsed::again(Duration::ZERO, learned));
            }
            // Someone created it in the meantime, or our own call did and its response was lost.
            (Action::MakeTag, 400 | 409) if !ctx.known.flag(TWIN) => {
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(TWIN, true)));
            }
            (Action::Save, 400 | 409) if about == STATUS && attempt(ctx.known) < 2 => {
                let next = if answer.status == 409 { 2 } else { attempt(ctx.known) + 1 };
                return Ok(Parsed::again(Duration::ZERO, Known::new().with(ATTEMPT, next)));
            }
            // Already there: our own call was queued and its response lost.
            (Action::Join, 409) => return Ok(Parsed::learned(Known::new().with(key(JOINED, about), true))),
            (Action::Forget, 404) => return Ok(forgotten(ctx)),
            (Action::Consent | Action::Confirm, _) if forget::is_task(ctx) && has_no_list(answer) => {
                return Ok(Parsed::done());
            }
            _ => {}
        }
        let body = read(ctx, answer)?;
        match action {
            Action::Check => {
                let account = need(&body, "/email").or_else(|_| need(&body, "/accountId"))?;
                Ok(Parsed::learned(Known::new().with("account", account)))
            }
            Action::Lists => Ok(paged(ctx, &body, "/campaignId")),
            Action::Tags => Ok(paged(ctx, &body, "/tagId")),
            Action::Consent if forget::is_task(ctx) => forget::found(ctx, &body),
            Action::Consent => looked(ctx, &body),
            Action::Find if about == STATUS => Ok(Parsed::learned(found_field(&body))),
            Action::Find => {
                let found: Vec<String> = theirs(ctx.person()?, "", &body).filter_map(contact_id).collect();
                Ok(Parsed::learned(Known::new().with("contacts", found)))
            }
            Action::Save if about == STATUS && attempt(ctx.known) == 2 => Ok(Parsed::learned(found_field(&body))),
            Action::Save if about == STATUS => {
                Ok(Parsed::learned(Known::new().with(FIELD, need(&body, "/customFieldId")?)))
            }
            Action::FindTag => Ok(found_tag(ctx, &body)?.unwrap_or_else(|| Parsed::learned(first_page()))),
            Action::MakeTag if ctx.known.flag(TWIN) => found_tag(ctx, &body)?.ok_or_else(|| tag_refused(about)),
            Action::MakeTag => Ok(Parsed::learned(Known::new().with(tag_key(about), need(&body, "/tagId")?))),
            Action::Join => Ok(Parsed::learned(Known::new().with(key(JOINED, about), true))),
            Action::Save => written(ctx, &body),
            Action::Confirm if forget::is_task(ctx) => forget::confirm(ctx, &body),
            Action::Confirm => confirm(ctx, &body),
            Action::Forget => Ok(forgotten(ctx)),
            Action::Move | Action::Tag | Action::Untag | Action::Event => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn sync(person: &Person) -> Vec<Step> {
    let looks: Vec<Step> = lists(person).map(|list| Step::about(Action::Consent, list)).collect();
    let mut steps = looks.clone();
    let find = Step::about(Action::Find, STATUS);
    steps.extend([find.clone(), Step::about(Action::Save, STATUS).creates([find])]);
    for tag in &person.tags {
        let find = Step::about(Action::FindTag, tag);
        steps.extend([find.clone(), Step::about(Action::MakeTag, tag).creates([find])]);
    }
    steps.extend(person.lists.iter().map(|list| Step::about(Action::Join, &list.id).depends_on(looks.clone())));
    steps.push(Step::new(Action::Save).depends_on(looks));
    steps.extend(person.lists.iter().map(|list| Step::about(Action::Confirm, &list.id)));
    steps
}

/// The lists that should contain the person, or that we may have added them to before they left.
fn lists(person: &Person) -> impl Iterator<Item = &String> {
    let used = person.used_lists.iter().filter(|_| !person.is_approved());
    person.lists.iter().map(|list| &list.id).chain(used)
}

/// Why a step can be skipped. The person may have changed since the plan was made; another sync follows then.
fn not_needed(ctx: &StepContext<'_>) -> Option<&'static str> {
    let Task::Sync(person) = ctx.task else { return None };
    let (about, known) = (&ctx.step.about, ctx.known);
    let is_there = lists(person).any(|list| known.maybe(&key(CONTACT, list)).is_some());
    match ctx.step.action {
        Action::Confirm if !known.flag(&key(JOINED, about)) => Some("the contact wasn\u{2019}t added by this sync"),
        Action::Consent | Action::Confirm => None,
        // No one is added just to be marked as former.
        _ if !person.is_approved() && !is_there => Some("the contact doesn\u{2019}t exist"),
        Action::Join if person.lists.iter().all(|list| list.id != *about) => {
            Some("they should no longer be on the list")
        }
        Action::Join if known.maybe(&key(CONTACT, about)).is_some() => Some("they\u{2019}re already on the list"),
        Action::Join if known.flag(&key(PENDING, about)) => {
            Some("they were asked to confirm, and only they can do that")
        }
        Action::FindTag | Action::MakeTag if !person.tags.contains(about) => Some("the tag is no longer needed"),
        Action::MakeTag if known.maybe(&tag_key(about)).is_some() => Some("the tag already exists"),
        Action::Save if about == STATUS && known.maybe(FIELD).is_some() => Some("the field already exists"),
        _ => None,
    }
}
