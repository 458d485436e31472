//! Helpers for reading responses: what every vendor's JSON needs, whatever its field names. Places are JSON pointers
//! (RFC 6901).

use std::time::Duration;

use serde_json::Value;

use crate::{Choice, Fault, Known, Parsed, known};

/// The maximum number of polls: after 1, 2, 4 … 256 seconds, about eight and a half minutes in total.
const POLLS_MAX: u32 = 9;

/// A required string or id.
///
/// # Errors
/// A passing [`Fault`] if it is missing.
pub fn need(body: &Value, place: &str) -> Result<String, Fault> {
    text(body, place).ok_or_else(|| Fault::unreadable(&format!("no {place} in it")))
}

/// An optional string or id.
pub fn text(body: &Value, place: &str) -> Option<String> {
    body.pointer(place).and_then(known::text)
}

/// The rows of a list; empty if the list is missing.
pub fn rows<'a>(body: &'a Value, place: &str) -> impl Iterator<Item = &'a Value> {
    body.pointer(place).and_then(Value::as_array).into_iter().flatten()
}

/// Converts a row to a choice, unless it lacks an id or a name.
pub fn choice(row: &Value, id: &str, name: &str) -> Option<Choice> {
    Some(Choice { id: text(row, id)?, name: text(row, name)? })
}

/// Polls again later for something that isn't visible yet, with growing pauses. `otherwise` says what to do if it never
/// appears.
///
/// # Errors
/// A [`Fault`] with that text after the last poll.
pub fn poll(polls: u32, otherwise: &str) -> Result<Parsed, Fault> {
    if polls < POLLS_MAX {
        return Ok(Parsed::again(Duration::from_secs(1 << polls), Known::new()));
    }
    Err(Fault::refused("not_confirmed", otherwise))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::Then;

    #[test]
    fn ids_may_be_numbers() {
        let body = json!({"data": {"id": 7, "name": "", "list": [1, 2]}});
        assert_eq!(need(&body, "/data/id").as_deref(), Ok("7"));
        assert!(need(&body, "/data/name").is_err_and(|fault| fault.message.contains("/data/name")));
        assert_eq!(rows(&body, "/data/list").count(), 2);
        assert_eq!(rows(&body, "/nowhere").count(), 0);
        assert_eq!(choice(&json!({"id": 7, "name": "VIP"}), "/id", "/name").map(|one| one.id).as_deref(), Some("7"));
        assert_eq!(choice(&json!({"id": 7}), "/id", "/name"), None);
    }

    #[test]
    fn pauses_grow_and_end() {
        let pauses: Vec<u64> = (0..POLLS_MAX)
            .filter_map(|polls| match poll(polls, "").ok()?.then {
                Then::Again(pause) => Some(pause.as_secs()),
                _ => None,
            })
            .collect();
        assert_eq!(pauses, [1, 2, 4, 8, 16, 32, 64, 128, 256]);
        assert!(poll(POLLS_MAX, "look there").is_err_and(|fault| fault.code == "not_confirmed"));
    }
}
