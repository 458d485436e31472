//! A contact that prevented ours from being created: the response names it, and it's read before it's written.

use std::time::Duration;

use serde_json::Value;

use crate::{Answer, ContactName, Fault, Known, Parsed, Person, read::need};

use super::{CONFLICT, CONFLICT_READ, left_alone};

/// Reads the id of the contact that exists already. The response only has it in its message, which differs for archived
/// contacts (intercom/Intercom-OpenAPI, pull request 543).
pub(super) fn named(answer: &Answer) -> Result<Parsed, Fault> {
    let message = answer.message();
    if message.to_lowercase().contains("archived") {
        let message = "This contact is archived in Intercom. Unarchive it there, then re-sync.";
        return Err(Fault::refused("contact_archived", message));
    }
    let id: Option<String> = message
        .split_once("id=")
        .map(|(_, rest)| rest.chars().take_while(|sign| sign.is_ascii_alphanumeric() || *sign == '-').collect());
    match id.filter(|id| !id.is_empty()) {
        Some(id) => Ok(Parsed::again(Duration::ZERO, Known::new().with(CONFLICT, id))),
        // Another request creates it right now.
        None => Err(answer.usual().err().unwrap_or_else(|| Fault::unreadable("no id in it"))),
    }
}

/// The contact that exists already, read before it's written.
pub(super) fn read(person: &Person, body: &Value) -> Result<Parsed, Fault> {
    need(body, "/id")?;
    let known = Known::new().with(CONFLICT_READ, true).noting_name(person, "", &ContactName::full(body, "/name"));
    Ok(left_alone(person, body).unwrap_or_else(|| Parsed::again(Duration::ZERO, known)))
}
