//! Reads what GetResponse knows: contacts, those that the plain list doesn't show, tags and the custom field.

use std::time::Duration;

use serde_json::{Value, json};

use super::{ATTEMPT, CONTACT, FIELD, HOST, LOOK, NAME, PAGE, PENDING, STATUS, TAGS, TWIN, VALUE};
use crate::{
    Action, Answer, ContactName, Fault, FaultKind, Known, Parsed, Person, Request, StepContext,
    encode::segment,
    read::{choice, need, rows, text},
};

/// Error codes in the body (apidocs.getresponse.com/v3/errors). The status isn't always the matching one.
const BAD_KEY: &str = "1014";
const TOO_FAST: &str = "1015";
/// The account or the key is blocked.
const BLOCKED: [&str; 3] = ["1016", "1017", "1018"];
/// A related resource, such as the list, doesn't exist.
const NO_RELATED: &str = "1001";
/// The address is on the blocklist, was removed, bounced, or doesn't exist.
const FORBIDDEN: &str = "1002";

/// Known: the page of tags that is read next.
const TAG_PAGE: &str = "tag_page";

pub(super) fn key(what: &str, list: &str) -> String {
    format!("{what}:{list}")
}

pub(super) fn tag_key(tag: &str) -> String {
    format!("tag:{tag}")
}

pub(super) fn contact_path(contact: &str) -> String {
    format!("/v3/contacts/{}", segment(contact))
}

/// Without `exactMatch` the search matches parts of an address.
pub(super) fn find(person: &Person) -> Request {
    Request::get(&HOST, "/v3/contacts")
        .query("query[email]", person.email.as_str())
        .query("additionalFlags", "exactMatch")
        .query("perPage", PAGE.to_string())
}

/// Searches contacts that the plain list of contacts doesn't show. The email's condition is in the reference manual of
/// segments (apidocs.getresponse.com, \u{201c}Segments\u{201d}).
pub(super) fn search(person: &Person, list: &str, kind: &str) -> Request {
    let email = json!({
        "conditionType": "email", "operatorType": "string_operator", "operator": "is", "value": person.email,
    });
    let section = json!({
        "campaignIdsList": [list],
        "logicOperator": "and",
        "subscriberCycle": ["receiving_autoresponder", "not_receiving_autoresponder"],
        "subscriptionDate": "all_time",
        "conditions": [email],
    });
    let body = json!({"subscribersType": [kind], "sectionLogicOperator": "or", "section": [section]});
    Request::post(&HOST, "/v3/search-contacts/contacts").json(body)
}

/// What the check of a list reads next: nothing yet, the contact's details, or those who were removed or haven't
/// confirmed.
pub(super) fn stage(ctx: &StepContext<'_>) -> String {
    ctx.known.maybe(&key(LOOK, &ctx.step.about)).unwrap_or_default()
}

pub(super) fn look(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    let (person, list) = (ctx.person()?, &ctx.step.about);
    Ok(match stage(ctx).as_str() {
        "" => find(person).query("query[campaignId]", list),
        "details" => Request::get(&HOST, contact_path(&ctx.known.text(&key(CONTACT, list))?)),
        kind => search(person, list, kind),
    })
}

/// Rows with exactly this email, and of this list where they say which.
pub(super) fn theirs<'a>(person: &'a Person, list: &'a str, body: &'a Value) -> impl Iterator<Item = &'a Value> {
    let here = move |row: &&Value| {
        let is_list = list.is_empty() || text(row, "/campaign/campaignId").is_none_or(|own| own == list);
        is_list && text(row, "/email").is_some_and(|email| email.to_lowercase() == person.email)
    };
    rows(body, "").filter(here)
}

pub(super) fn contact_id(row: &Value) -> Option<String> {
    text(row, "/contactId")
}

pub(super) fn looked(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let (person, list) = (ctx.person()?, &ctx.step.about);
    let next = |stage: &str| Known::new().with(key(LOOK, list), stage);
    let stage = stage(ctx);
    if stage != "details" && !body.is_array() {
        return Err(Fault::unreadable("no contacts in it"));
    }
    let mut found = theirs(person, list, body);
    Ok(match stage.as_str() {
        "" => match found.find_map(contact_id) {
            Some(id) => Parsed::again(Duration::ZERO, next("details").with(key(CONTACT, list), id)),
            None if person.is_approved() => Parsed::again(Duration::ZERO, next("removed")),
            None => Parsed::done(),
        },
        "details" => {
            need(body, "/contactId")?;
            let tags = rows(body, "/tags").filter_map(|row| choice(row, "/tagId", "/name"));
            let learned = Known::new().with(key(TAGS, list), json!(tags.collect::<Vec<_>>()));
            let is_ours = |row: &&Value| text(row, "/name").as_deref() == Some(STATUS);
            let status = rows(body, "/customFieldValues").find(is_ours).and_then(|row| text(row, "/value/0"));
            let learned = learned.noting_name(person, list, &ContactName::full(body, "/name"));
            Parsed::learned(learned.with(key(NAME, list), text(body, "/name")).with(key(VALUE, list), status))
        }
        // The reasons (`unsubscribe`, `complaint`, `bounce`, `user`, `api` …) don't say whether the person requested
        // it: a brand's own page may unsubscribe people by API.
        "removed" if found.next().is_some() && person.is_approved() => Parsed::leave_alone(
            "They unsubscribed from the list in GetResponse, or were removed from it. We skipped them: only they can \
             resubscribe.",
        ),
        "removed" => Parsed::again(Duration::ZERO, next("unconfirmed")),
        _ => Parsed::learned(Known::new().with(key(PENDING, list), found.next().is_some())),
    })
}

pub(super) fn find_field() -> Request {
    Request::get(&HOST, "/v3/custom-fields").query("query[name]", STATUS).query("perPage", PAGE.to_string())
}

pub(super) fn attempt(known: &Known) -> u64 {
    known.number(ATTEMPT).unwrap_or_default()
}

/// Creates the field. The OpenAPI description and the vendor's own guide (GetResponse/public-api-agent-skills) disagree
/// about its type, so the second attempt does as the guide says, and the third one looks for a field that exists.
pub(super) fn make_field(known: &Known) -> Request {
    let mut field = json!({"name": STATUS, "type": "string", "format": "text", "hidden": "true", "values": []});
    match attempt(known) {
        0 => {}
        1 => field = json!({"name": STATUS, "type": "text", "hidden": "true", "values": []}),
        _ => return find_field(),
    }
    Request::post(&HOST, "/v3/custom-fields").json(field)
}

/// Without the field, everything else is still written.
pub(super) fn found_field(body: &Value) -> Known {
    let found = rows(body, "").find(|row| text(row, "/name").as_deref() == Some(STATUS));
    found.and_then(|row| text(row, "/customFieldId")).map_or_else(Known::new, |id| Known::new().with(FIELD, id))
}

pub(super) fn page(ctx: &StepContext<'_>, path: &str) -> Request {
    let page = ctx.known.number("page").unwrap_or(1);
    Request::get(&HOST, path).query("page", page.to_string()).query("perPage", PAGE.to_string())
}

pub(super) fn paged(ctx: &StepContext<'_>, body: &Value, id: &str) -> Parsed {
    let learned = Known::new().with_choices(ctx.known, rows(body, "").filter_map(|row| choice(row, id, "/name")));
    if rows(body, "").count() < PAGE {
        return Parsed::learned(learned);
    }
    Parsed::again(Duration::ZERO, learned.with("page", ctx.known.number("page").unwrap_or(1) + 1))
}

/// A tag as GetResponse can spell it: `^[_a-zA-Z0-9]{2,64}$`.
///
/// # Errors
/// A [`Fault`] if nothing is left of it.
pub(super) fn spelled(tag: &str) -> Result<String, Fault> {
    let words = tag.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').filter(|word| !word.is_empty());
    let spelled = words.collect::<Vec<_>>().join("_");
    if (2..=64).contains(&spelled.len()) { Ok(spelled) } else { Err(tag_refused(tag)) }
}

pub(super) fn tag_refused(tag: &str) -> Fault {
    let message = format!(
        "GetResponse doesn\u{2019}t accept the tag {tag}. Its tags have 2 to 64 Latin letters, digits and underscores. \
         Rename the tag, then re-sync."
    );
    Fault::refused("tag_refused", message)
}

/// The search matches parts of names, so the tag may be on a later page.
pub(super) fn find_tag(ctx: &StepContext<'_>) -> Result<Request, Fault> {
    let page = ctx.known.number(TAG_PAGE).unwrap_or(1);
    let find = Request::get(&HOST, "/v3/tags").query("query[name]", spelled(&ctx.step.about)?);
    Ok(find.query("page", page.to_string()).query("perPage", PAGE.to_string()))
}

/// Learns the tag if it is on this page, or else requests the next one; None if there is no such tag.
pub(super) fn found_tag(ctx: &StepContext<'_>, body: &Value) -> Result<Option<Parsed>, Fault> {
    let (about, spelled) = (&ctx.step.about, spelled(&ctx.step.about)?);
    let is = |row: &&Value| text(row, "/name").is_some_and(|name| name.eq_ignore_ascii_case(&spelled));
    if let Some(id) = rows(body, "").find(is).and_then(|row| text(row, "/tagId")) {
        return Ok(Some(Parsed::learned(first_page().with(tag_key(about), id).with(TWIN, false))));
    }
    let next = ctx.known.number(TAG_PAGE).unwrap_or(1) + 1;
    let is_full = rows(body, "").count() >= PAGE;
    Ok(is_full.then(|| Parsed::again(Duration::ZERO, Known::new().with(TAG_PAGE, next))))
}

/// The next search for a tag begins anew.
pub(super) fn first_page() -> Known {
    Known::new().with(TAG_PAGE, 1_u64)
}

/// The ids that a person to be deleted has, one per list.
pub(super) fn contacts(known: &Known) -> Vec<String> {
    let all = known.get("contacts").and_then(Value::as_array).into_iter().flatten();
    all.filter_map(|id| id.as_str().map(str::to_owned)).collect()
}

pub(super) fn deleted(known: &Known) -> usize {
    known.number("deleted").and_then(|deleted| usize::try_from(deleted).ok()).unwrap_or_default()
}

pub(super) fn forgotten(ctx: &StepContext<'_>) -> Parsed {
    let deleted = deleted(ctx.known) + 1;
    let learned = Known::new().with("deleted", deleted);
    if deleted < contacts(ctx.known).len() { Parsed::again(Duration::ZERO, learned) } else { Parsed::learned(learned) }
}

/// Whether a search failed because the list no longer exists.
pub(super) fn has_no_list(answer: &Answer) -> bool {
    let is_related = text(&answer.any_json(), "/code").is_some_and(|code| code == NO_RELATED);
    answer.status == 404 || (!answer.is_success() && is_related)
}

pub(super) fn read(ctx: &StepContext<'_>, answer: &Answer) -> Result<Value, Fault> {
    let code = text(&answer.any_json(), "/code").unwrap_or_default();
    let code = code.as_str();
    if !answer.is_success() && code == TOO_FAST {
        return Err(answer.busy());
    }
    let body = match ctx.step.action {
        // Accepted without a body: read back later.
        Action::Join | Action::Forget => answer.json_or_nothing(),
        _ => answer.json(),
    };
    body.map_err(|fault| {
        if code == BAD_KEY || fault.kind == FaultKind::Credentials {
            return Fault::credentials(
                "GetResponse rejected the API key. Generate a new one under Tools \u{2192} Integrations & API.",
            );
        }
        if BLOCKED.contains(&code) {
            return Fault::credentials(format!("GetResponse has blocked the account or the key ({}).", fault.message));
        }
        match (ctx.step.action, code) {
            (Action::Join, NO_RELATED) => list_missing(),
            (Action::Join, _) if answer.status == 404 => list_missing(),
            (Action::Join, FORBIDDEN) => Fault::refused(
                "contact_refused",
                format!(
                    "GetResponse doesn\u{2019}t accept this contact: they were removed, bounced or are on the \
                     blocklist, or the address doesn\u{2019}t exist ({}).",
                    fault.message
                ),
            ),
            (Action::Join, _) if fault.kind == FaultKind::Refused => Fault::refused(
                "invalid_email",
                format!("GetResponse didn\u{2019}t accept this contact ({}).", fault.message),
            ),
            // The contact is gone: the next attempt checks first whether they unsubscribed.
            (Action::Save | Action::Confirm, _) if answer.status == 404 => {
                Fault::passing("contact_gone", "The contact is no longer on the list")
            }
            _ => fault,
        }
    })
}

fn list_missing() -> Fault {
    let message = "The list no longer exists, or the key belongs to another account. Choose another list in the \
                   connection\u{2019}s settings.";
    Fault::settings("list_missing", message)
}
