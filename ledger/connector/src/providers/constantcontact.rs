//! Connector for Constant Contact, API version 3 (developer.constantcontact.com; the facts below are from the vendor's
//! own OpenAPI description, version 3.0.178). Each call takes an access token. An application has rotating or
//! long-lived refresh tokens, as its owner chooses; only rotating ones change with each use. A `PUT` clears what it
//! doesn't name and may change a permission, so contacts are updated by the sign-up call and by activities, which the
//! vendor works off a little later.

mod descriptor;

use std::time::Duration;

use serde_json::{Value, json};
use url::form_urlencoded;

use crate::{
    Account, Action, Answer, Connector, ContactName, Descriptor, Fault, Host, Known, Login, Parsed, Person, Request,
    Step, StepContext, StepRequest, Task, Then, encode,
    encode::segment,
    name::beginning,
    read::{choice, need, poll, rows, text},
};

pub static CONNECTOR: ConstantContact = ConstantContact;

#[derive(Debug)]
pub struct ConstantContact;

const HOST: Host = Host::fixed("CONSTANTCONTACT", "https://api.cc.email");
const LOGIN: Host = Host::fixed("CONSTANTCONTACT", "https://authz.constantcontact.com");
const CLIENT_ID: &str = "clientId";
const CLIENT_SECRET: &str = "clientSecret";
const REFRESH_TOKEN: &str = "refreshToken";
const CONTACTS: &str = "/v3/contacts";
const TAGS: &str = "/v3/contact_tags";
const PAGE: &str = "500";
/// The longest first and last name, and the longest address that the sign-up call accepts, in characters. Other calls
/// accept addresses of up to 80.
const NAME_MAX: usize = 50;
const SIGN_UP_MAX: usize = 50;
const DAY_MILLIS: i64 = 86_400_000;
/// Known: the next page, and the contact's id.
const CURSOR: &str = "cursor";
const CONTACT: &str = "contact";
/// Set once the contact's permission was read, or there is no contact; and once the contact was saved with its lists.
const CHECKED: &str = "checked";
const SAVED: &str = "saved";
/// Known: the contact was asked to confirm, or their permission is on hold. Nothing that we send may change that.
const WAITING: &str = "waiting";
/// Known: a tag that this sync creates is there already, so the tags are read again.
const TWIN: &str = "twin";
/// Known: ids of the lists that the contact has, and of the lists and tags that this sync added and removed.
const LISTS: &str = "lists";
const JOINED: &str = "joined";
const GIVEN: &str = "given";
const TAKEN: &str = "taken";

impl Connector for ConstantContact {
    fn descriptor(&self) -> &'static Descriptor {
        &descriptor::DESCRIPTOR
    }

    fn guide(&self) -> &'static str {
        descriptor::GUIDE
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
        if let Some(why) = not_needed(ctx) {
            return Ok(StepRequest::Nothing(why));
        }
        let known = ctx.known;
        let request = match ctx.step.action {
            Action::Check => Request::get(&HOST, "/v3/account/summary"),
            Action::Lists => page(known, "/v3/contact_lists"),
            Action::Tags => page(known, TAGS),
            Action::Find => Request::get(&HOST, CONTACTS).query("email", ctx.person()?.email.as_str()),
            Action::Consent => Request::get(&HOST, CONTACTS)
                .query("email", ctx.person()?.email.as_str())
                .query("status", "all")
                .query("include", "list_memberships,taggings"),
            Action::MakeTag if known.flag(TWIN) => page(known, TAGS),
            Action::MakeTag => Request::post(&HOST, TAGS).json(json!({"name": ctx.step.about})),
            Action::Save => save(ctx.person()?),
            Action::Join => activity("add_list_memberships", known, &json!({"list_ids": missing_lists(ctx)?}))?,
            Action::Tag => activity("contacts_taggings_add", known, &json!({"tag_ids": given(ctx.person()?, known)}))?,
            Action::Untag => {
                activity("contacts_taggings_remove", known, &json!({"tag_ids": taken(ctx.person()?, known)}))?
            }
            Action::Confirm => {
                Request::get(&HOST, record(&known.text(CONTACT)?)).query("include", "list_memberships,taggings")
            }
            Action::Forget => match known.maybe(CONTACT) {
                Some(id) => Request::delete(&HOST, record(&id)),
                None => return Ok(StepRequest::Nothing("the contact doesn\u{2019}t exist")),
            },
            _ => return Err(Fault::unplanned(ctx.step)),
        };
        Ok(request.header("Accept", "application/json").login(login(ctx.account)?).into())
    }

    fn parse_response(&self, ctx: &StepContext<'_>, answer: &Answer) -> Result<Parsed, Fault> {
        let (action, known) = (ctx.step.action, ctx.known);
        if action == Action::Forget && answer.status == 404 {
            return Ok(Parsed::done());
        }
        // Someone created it in the meantime, or our own call did and its response was lost.
        if action == Action::MakeTag && answer.status == 409 && !known.flag(TWIN) {
            return Ok(Parsed::again(Duration::ZERO, Known::new().with(TWIN, true)));
        }
        fault(ctx, answer)?;
        let body = if action == Action::Forget { answer.json_or_nothing()? } else { answer.json()? };
        let remember = |name: &str, ids: Vec<String>| Ok(Parsed::learned(Known::new().with(name, ids)));
        match action {
            Action::Check => Ok(Parsed::learned(Known::new().with("account", account(&body)))),
            Action::Lists => Ok(paged(&body, choices(known, &body, "/lists", "/list_id"))),
            Action::Tags if matches!(ctx.task, Task::Sync(_)) => Ok(paged(&body, ids_of_tags(ctx.person()?, &body))),
            Action::Tags => Ok(paged(&body, choices(known, &body, "/tags", "/tag_id"))),
            Action::Find => Ok(contact(ctx, &body)?.map_or_else(Parsed::done, |row| {
                Parsed::learned(Known::new().with(CONTACT, text(row, "/contact_id").unwrap_or_default()))
            })),
            Action::Consent => consent(ctx, &body),
            Action::MakeTag if known.flag(TWIN) => {
                let found = paged(&body, ids_of_tags(ctx.person()?, &body));
                let is_last = matches!(found.then, Then::Done);
                Ok(if is_last { Parsed::learned(found.learned.with(TWIN, false)) } else { found })
            }
            Action::MakeTag => {
                Ok(Parsed::learned(Known::new().with(tag_key(&ctx.step.about), need(&body, "/tag_id")?)))
            }
            Action::Save => {
                let lists: Vec<String> = ctx.person()?.lists.iter().map(|list| list.id.clone()).collect();
                let learned = Known::new().with(CONTACT, need(&body, "/contact_id")?).with(SAVED, true);
                Ok(Parsed::learned(learned.with(JOINED, lists)))
            }
            Action::Join => need(&body, "/activity_id").and(remember(JOINED, missing_lists(ctx)?)),
            Action::Tag => need(&body, "/activity_id").and(remember(GIVEN, given(ctx.person()?, known))),
            Action::Untag => need(&body, "/activity_id").and(remember(TAKEN, taken(ctx.person()?, known))),
            Action::Confirm => confirm(ctx, &body),
            Action::Forget => Ok(Parsed::done()),
            _ => Err(Fault::unplanned(ctx.step)),
        }
    }
}

fn login(account: &Account) -> Result<Login, Fault> {
    let form = [("grant_type", "refresh_token".to_owned()), ("refresh_token", account.get(REFRESH_TOKEN)?.to_owned())];
    let basic = encode::basic(account.get(CLIENT_ID)?, account.get(CLIENT_SECRET)?);
    let request = Request::post(&LOGIN, "/oauth2/default/v1/token").header("Authorization", basic).form(form);
    Ok(Login { request: Box::new(request), scheme: "Bearer", rotates: true })
}

fn sync(person: &Person) -> Vec<Step> {
    let (look, tags) = (Step::new(Action::Consent), Step::new(Action::Tags));
    let mut steps = vec![look.clone(), tags.clone()];
    steps.extend(person.tags.iter().map(|tag| Step::about(Action::MakeTag, tag).creates([tags.clone()])));
    let writes = [Action::Save, Action::Join, Action::Tag].map(Step::new);
    steps.extend(writes.map(|write| write.depends_on([look.clone()])));
    steps.extend([Action::Untag, Action::Confirm].map(Step::new));
    steps
}

/// Why a step can be skipped. The person may have changed since the plan was made; another sync follows then.
fn not_needed(ctx: &StepContext<'_>) -> Option<&'static str> {
    let Task::Sync(person) = ctx.task else { return None };
    let (about, known) = (&ctx.step.about, ctx.known);
    let is_there = known.maybe(CONTACT).is_some();
    match ctx.step.action {
        Action::Consent => None,
        // No one is added just to be marked as former.
        _ if !person.is_approved() && !is_there => Some("the contact doesn\u{2019}t exist"),
        Action::Save | Action::Join if !person.is_approved() => Some("they left, so only their tags change"),
        _ if person.is_approved() && !known.flag(CHECKED) => Some("they came back, and the next sync adds them"),
        Action::MakeTag if !person.tags.contains(about) => Some("the tag is no longer needed"),
        Action::MakeTag if known.maybe(&tag_key(about)).is_some() => Some("the tag already exists"),
        Action::Save if is_there && person.consent.is_none() => {
            Some("the sign-up call means consent, and they haven\u{2019}t accepted the terms")
        }
        Action::Save if is_there && !signs_up(person) => {
            Some("the sign-up call doesn\u{2019}t accept such long addresses")
        }
        // Under "confirmed opt-in", the sign-up call asks new contacts to confirm, but confirms for existing ones.
        Action::Save if is_there && known.flag(WAITING) => {
            Some("they were asked to confirm, and only they can do that")
        }
        Action::Join if known.flag(SAVED) => Some("the contact was saved with the list"),
        Action::Join if missing_lists(ctx).is_ok_and(|lists| lists.is_empty()) => Some("they\u{2019}re on the list"),
        Action::Tag if given(person, known).is_empty() => Some("there is no tag to add"),
        Action::Untag if taken(person, known).is_empty() => Some("the account has none of the tags"),
        Action::Confirm if [JOINED, GIVEN, TAKEN].iter().all(|name| known.get(name).is_none()) => {
            Some("nothing was written")
        }
        _ => None,
    }
}

fn page(known: &Known, path: &str) -> Request {
    let request = Request::get(&HOST, path).query("limit", PAGE);
    match known.maybe(CURSOR) {
        Some(cursor) => request.query("cursor", cursor),
        None => request,
    }
}

/// Continues with the next page, if the response links to one.
fn paged(body: &Value, learned: Known) -> Parsed {
    let next = text(body, "/_links/next/href");
    let query = next.as_deref().and_then(|next| next.split_once('?')).map(|(_, query)| query).unwrap_or_default();
    match form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == CURSOR) {
        Some((_, cursor)) => Parsed::again(Duration::ZERO, learned.with(CURSOR, cursor.into_owned())),
        None => Parsed::learned(learned.with(CURSOR, Value::Null)),
    }
}

fn choices(known: &Known, body: &Value, place: &str, id: &str) -> Known {
    Known::new().with_choices(known, rows(body, place).filter_map(|row| choice(row, id, "/name")))
}

fn tag_key(tag: &str) -> String {
    format!("tag:{tag}")
}

/// The ids of the person's tags on this page.
fn ids_of_tags(person: &Person, body: &Value) -> Known {
    let all: Vec<_> = rows(body, "/tags").filter_map(|row| choice(row, "/tag_id", "/name")).collect();
    let id = |tag: &String| all.iter().find(|known| known.name.to_lowercase() == tag.to_lowercase());
    let found = person.tags.iter().chain(&person.untags).filter_map(|tag| Some((tag, id(tag)?)));
    found.fold(Known::new(), |learned, (tag, found)| learned.with(tag_key(tag), found.id.clone()))
}

fn account(body: &Value) -> String {
    let names = ["/organization_name", "/encoded_account_id"].iter().find_map(|place| text(body, place));
    names.unwrap_or_else(|| "Constant Contact".to_owned())
}

fn record(id: &str) -> String {
    format!("{CONTACTS}/{}", segment(id))
}

/// Whether the call is made that means consent.
fn signs_up(person: &Person) -> bool {
    person.consent.is_some() && person.email.chars().count() <= SIGN_UP_MAX
}

fn save(person: &Person) -> Request {
    let lists: Vec<&str> = person.lists.iter().map(|list| list.id.as_str()).collect();
    let (path, mut body) = if signs_up(person) {
        (format!("{CONTACTS}/sign_up_form"), json!({"email_address": person.email}))
    } else {
        let email = json!({"address": person.email, "permission_to_send": "implicit"});
        (CONTACTS.to_owned(), json!({"email_address": email, "create_source": "Account"}))
    };
    body["list_memberships"] = json!(lists);
    for (field, value) in [("first_name", &person.first_name), ("last_name", &person.last_name)] {
        if let Some(value) = value {
            body[field] = json!(beginning(value, NAME_MAX));
        }
    }
    Request::post(&HOST, path).json(body)
}

/// A change of one contact's lists or tags.
fn activity(name: &str, known: &Known, what: &Value) -> Result<Request, Fault> {
    let mut body = what.clone();
    body["source"] = json!({"contact_ids": [known.text(CONTACT)?]});
    Ok(Request::post(&HOST, format!("/v3/activities/{name}")).json(body))
}

fn remembered(known: &Known, name: &str) -> Vec<String> {
    let all = known.get(name).and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

fn missing_lists(ctx: &StepContext<'_>) -> Result<Vec<String>, Fault> {
    let has = remembered(ctx.known, LISTS);
    let lists = ctx.person()?.lists.iter().map(|list| list.id.clone());
    Ok(lists.filter(|list| !has.contains(list)).collect())
}

/// The ids of the tags to add. Whether the contact has them isn't asked: an earlier activity that removes one may still
/// be waiting, and what was read doesn't show that yet.
fn given(person: &Person, known: &Known) -> Vec<String> {
    person.tags.iter().filter_map(|tag| known.maybe(&tag_key(tag))).collect()
}

/// The ids of the tags to remove that exist, for the same reason whether or not the contact seems to have them.
fn taken(person: &Person, known: &Known) -> Vec<String> {
    person.untags.iter().filter_map(|tag| known.maybe(&tag_key(tag))).collect()
}

fn ids(row: &Value, place: &str) -> Vec<String> {
    rows(row, place).filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

/// The contact with exactly this email.
fn contact<'a>(ctx: &StepContext<'_>, body: &'a Value) -> Result<Option<&'a Value>, Fault> {
    if !body.get("contacts").is_some_and(Value::is_array) {
        return Err(Fault::unreadable("no contacts in it"));
    }
    let email = &ctx.person()?.email;
    let is = |row: &&Value| text(row, "/email_address/address").is_some_and(|own| own.to_lowercase() == *email);
    Ok(rows(body, "/contacts").find(is))
}

/// Deleted contacts are read as well: they may have unsubscribed before.
fn consent(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let checked = Known::new().with(CHECKED, ctx.person()?.is_approved());
    let Some(row) = contact(ctx, body)? else { return Ok(Parsed::learned(checked)) };
    let permission = text(row, "/email_address/permission_to_send");
    if permission.as_deref() == Some("unsubscribed") && ctx.person()?.is_approved() {
        let why = "They unsubscribed in Constant Contact. We skipped them: only they can resubscribe.";
        return Ok(Parsed::leave_alone(why));
    }
    let is_waiting = matches!(permission.as_deref(), Some("pending_confirmation" | "temp_hold"));
    let name = ContactName::parts(row, "/first_name", "/last_name");
    let checked = checked.noting_name(ctx.person()?, "", &name);
    if text(row, "/deleted_at").is_some() {
        // A contact who is added again counts as an existing one, so the call would confirm for them.
        if is_waiting && ctx.person()?.is_approved() {
            let why = "Their permission is pending or on hold, and they were deleted in Constant Contact. We skipped \
                       them: adding them again would confirm for them.";
            return Ok(Parsed::leave_alone(why));
        }
        return Ok(Parsed::learned(checked));
    }
    let learned = checked.with(CONTACT, need(row, "/contact_id")?).with(WAITING, is_waiting);
    Ok(Parsed::learned(learned.with(LISTS, ids(row, "/list_memberships"))))
}

/// Reads back what this sync added and removed, even if the person has changed since.
fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    need(body, "/contact_id")?;
    let (lists, tags) = (ids(body, "/list_memberships"), ids(body, "/taggings"));
    let [joined, given, taken] = [JOINED, GIVEN, TAKEN].map(|name| remembered(ctx.known, name));
    // What was added and then removed is gone.
    let is_there = given.iter().all(|id| tags.contains(id) != taken.contains(id));
    if joined.iter().all(|id| lists.contains(id)) && is_there && !taken.iter().any(|id| tags.contains(id)) {
        return Ok(Parsed::done());
    }
    poll(ctx.polls, "Constant Contact accepted lists and tags, but doesn\u{2019}t show them. Check it, then re-sync.")
}

/// The statuses that mean something else here than usual. Errors are a list with an `error_key` and a message.
fn fault(ctx: &StepContext<'_>, answer: &Answer) -> Result<(), Fault> {
    let body = answer.any_json();
    let word = |name: &str| text(&body, &format!("/0/{name}")).or_else(|| text(&body, &format!("/{name}")));
    let message = word("error_message").unwrap_or_else(|| answer.message());
    match (answer.status, ctx.step.action) {
        (429, _) if word("error_key").is_some_and(|key| key.contains("quota_exceeded")) => {
            // The quota is counted by UTC day.
            let rest = DAY_MILLIS - ctx.now.millis().rem_euclid(DAY_MILLIS);
            let rest = Duration::from_millis(rest.unsigned_abs());
            Err(Fault::busy(
                Some(rest),
                "all requests of the day are used; they\u{2019}re counted anew from midnight UTC",
            ))
        }
        (403, _) => {
            Err(Fault::rights(format!("The login is missing a scope or a privilege: \u{201c}{message}\u{201d}")))
        }
        (404, Action::Save | Action::Join) => Err(Fault::settings(
            "list_missing",
            "The list no longer exists. Choose another one in the connection\u{2019}s settings.",
        )),
        (400, Action::Save) => Err(Fault::refused(
            "invalid_email",
            format!("Constant Contact didn\u{2019}t accept this contact: {message}"),
        )),
        (400, Action::MakeTag | Action::Tag | Action::Untag) => {
            Err(Fault::refused("tag_refused", format!("Constant Contact didn\u{2019}t accept a tag: {message}")))
        }
        _ => Ok(()),
    }
}
