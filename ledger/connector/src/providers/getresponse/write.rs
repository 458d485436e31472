//! What is written to contacts: a new one at once, an existing one in up to three calls.

use std::time::Duration;

use serde_json::{Value, json};

use super::{
    CONTACT, FIELD, FOUND, HOST, JOINED, NAME, SEEK, TAGS, VALUE, WRITES, lists,
    wire::{contact_id, contact_path, key, spelled, tag_key, tag_refused, theirs},
};
use crate::{
    Choice, Fault, Known, Parsed, Person, Request, StepContext,
    read::{choice, need, poll, rows, text},
};

/// The ids of the person's tags. A tag that was added after the plan was made has none yet.
fn tag_ids(person: &Person, known: &Known) -> Vec<String> {
    person.tags.iter().filter_map(|tag| known.maybe(&tag_key(tag))).collect()
}

fn references(ids: impl IntoIterator<Item = String>) -> Value {
    json!(ids.into_iter().map(|id| json!({"tagId": id})).collect::<Vec<_>>())
}

fn status_value(field: &str, person: &Person) -> Value {
    json!([{"customFieldId": field, "value": [person.affiliate_status.as_str()]}])
}

/// A new contact of the list. Whether they must confirm is the list's setting, whatever is sent.
pub(super) fn joining(ctx: &StepContext<'_>) -> Result<Value, Fault> {
    let person = ctx.person()?;
    let mut contact = json!({"email": person.email, "campaign": {"campaignId": ctx.step.about}});
    if let Some(name) = person.full_name() {
        contact["name"] = json!(name);
    }
    let tags = tag_ids(person, ctx.known);
    if !tags.is_empty() {
        contact["tags"] = references(tags);
    }
    if let Some(field) = ctx.known.maybe(FIELD) {
        contact["customFieldValues"] = status_value(&field, person);
    }
    Ok(contact)
}

/// One call of an update.
#[derive(Debug)]
pub(super) struct Write {
    /// One of [`WRITES`].
    kind: &'static str,
    list: String,
    contact: String,
    body: Value,
}

impl Write {
    pub(super) fn request(self) -> Request {
        let below = match self.kind {
            "tags_saved" => "/tags",
            "status_saved" => "/custom-fields",
            _ => "",
        };
        Request::post(&HOST, format!("{}{below}", contact_path(&self.contact))).json(self.body)
    }
}

/// The first call that hasn't been made yet, of all lists.
pub(super) fn next_write(ctx: &StepContext<'_>, known: &Known) -> Result<Option<Write>, Fault> {
    let person = ctx.person()?;
    for list in lists(person).filter(|list| !known.flag(&key(JOINED, list))) {
        let Some(contact) = known.maybe(&key(CONTACT, list)) else { continue };
        for kind in WRITES {
            if known.flag(&key(kind, list)) {
                continue;
            }
            if let Some(body) = update(person, known, kind, list) {
                return Ok(Some(Write { kind, list: list.clone(), contact, body }));
            }
        }
    }
    Ok(None)
}

/// The body of a call, unless there is nothing to change. Tags are replaced only if some must go: `POST /contacts/{id}`
/// replaces them all, `POST /contacts/{id}/tags` only adds.
fn update(person: &Person, known: &Known, kind: &str, list: &str) -> Option<Value> {
    let has: Vec<Choice> = known.get(&key(TAGS, list)).and_then(|tags| serde_json::from_value(tags.clone()).ok())?;
    let is_one_of = |tag: &Choice, ours: &[String]| {
        ours.iter().filter_map(|name| spelled(name).ok()).any(|name| name.eq_ignore_ascii_case(&tag.name))
    };
    // Names that differ only in signs that GetResponse can't have are one tag there.
    let is_lost = |tag: &Choice| is_one_of(tag, &person.untags) && !is_one_of(tag, &person.tags);
    let mut missing = tag_ids(person, known);
    missing.retain(|id| !has.iter().any(|tag| tag.id == *id));
    match kind {
        "details_saved" => {
            let mut body = json!({});
            let is_writable = person.is_approved() && !known.keeps_name(list);
            let is_new = |name: &String| is_writable && known.maybe(&key(NAME, list)).as_ref() != Some(name);
            if let Some(name) = person.full_name().filter(is_new) {
                body["name"] = json!(name);
            }
            if has.iter().any(is_lost) {
                let left = has.iter().filter(|tag| !is_lost(tag)).map(|tag| tag.id.clone());
                body["tags"] = references(left.chain(missing));
            }
            body.as_object().is_some_and(|body| !body.is_empty()).then_some(body)
        }
        "tags_saved" => (!has.iter().any(is_lost) && !missing.is_empty()).then(|| json!({"tags": references(missing)})),
        _ if known.maybe(&key(VALUE, list)).as_deref() == Some(person.affiliate_status.as_str()) => None,
        _ => known.maybe(FIELD).map(|field| json!({"customFieldValues": status_value(&field, person)})),
    }
}

/// Checks the response to a call of an update, and goes on with the next one.
pub(super) fn written(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let Some(write) = next_write(ctx, ctx.known)? else { return Ok(Parsed::done()) };
    let person = ctx.person()?;
    let shown = match write.kind {
        "details_saved" => {
            need(body, "/contactId")?;
            write.body.get("tags").and_then(|_| body.get("tags"))
        }
        "tags_saved" if !body.is_array() => return Err(Fault::unreadable("no tags in it")),
        "tags_saved" => Some(body),
        _ => None,
    };
    if let Some(shown) = shown {
        let has = |id: &String| rows(shown, "").any(|row| text(row, "/tagId").as_ref() == Some(id));
        let lacking = person.tags.iter().find(|tag| ctx.known.maybe(&tag_key(tag)).is_some_and(|id| !has(&id)));
        if let Some(tag) = lacking {
            return Err(tag_refused(tag));
        }
    }
    let learned = Known::new().with(key(write.kind, &write.list), true);
    let mut known = ctx.known.clone();
    known.absorb(learned.clone());
    let is_last = next_write(ctx, &known)?.is_none();
    Ok(if is_last { Parsed::learned(learned) } else { Parsed::again(Duration::ZERO, learned) })
}

/// Reads a new contact back, until it's on the list with all tags or waits for its confirmation.
pub(super) fn confirm(ctx: &StepContext<'_>, body: &Value) -> Result<Parsed, Fault> {
    let (person, list) = (ctx.person()?, &ctx.step.about);
    let seek = |seek: bool| Known::new().with(key(SEEK, list), seek);
    // A poll of a contact that isn't there takes two calls.
    let later = |learned: Known| {
        let otherwise = "GetResponse accepted the contact, but it didn\u{2019}t appear on the list with all its tags. \
                         Check the list, then re-sync.";
        poll(ctx.polls / 2, otherwise).map(|parsed| Parsed { learned, ..parsed })
    };
    if ctx.known.maybe(&key(FOUND, list)).is_some() {
        need(body, "/contactId")?;
        let has: Vec<Choice> = rows(body, "/tags").filter_map(|row| choice(row, "/tagId", "/name")).collect();
        let ids = tag_ids(person, ctx.known);
        let is_whole = body.get("tags").is_none() || ids.iter().all(|id| has.iter().any(|tag| tag.id == *id));
        return if is_whole || !person.is_approved() { Ok(Parsed::done()) } else { later(Known::new()) };
    }
    if !body.is_array() {
        return Err(Fault::unreadable("no contacts in it"));
    }
    let found = theirs(person, list, body).find_map(contact_id);
    match (found, ctx.known.flag(&key(SEEK, list))) {
        (Some(_), true) => Ok(Parsed::done()),
        (Some(id), false) => Ok(Parsed::again(Duration::ZERO, Known::new().with(key(FOUND, list), id))),
        (None, false) => Ok(Parsed::again(Duration::ZERO, seek(true))),
        (None, true) => later(seek(false)),
    }
}
