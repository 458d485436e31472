//! An answer of a vendor's, and how failures are usually spelled.

use serde_json::Value;
use shared::timestamp::Timestamp;

use crate::{Fault, wait};

/// Longest excerpt of a vendor's own words in a message.
const MESSAGE_MAX: usize = 300;

/// What came back.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When it came, for dates in headers.
    pub at: Option<Timestamp>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// Whether the vendor has no such call: it can't be known or done. Only where 404 isn't said of what was asked for.
    pub const fn is_no_such_call(&self) -> bool {
        matches!(self.status, 404 | 405)
    }

    /// The body as JSON, of an answer that succeeded and has something to say. A success without a body is none: a proxy
    /// may have answered, and nothing may have happened.
    ///
    /// # Errors
    /// [`Answer::usual`], or a passing [`Fault`] where the body is none.
    pub fn json(&self) -> Result<Value, Fault> {
        let body = self.json_or_nothing()?;
        if body.is_null() { Err(Fault::unreadable("nothing in it")) } else { Ok(body) }
    }

    /// The same of a call that the vendor answers by its status alone, or that is read back: an empty body is null.
    ///
    /// # Errors
    /// [`Answer::usual`], or a passing [`Fault`] where the body is there and no JSON.
    pub fn json_or_nothing(&self) -> Result<Value, Fault> {
        self.usual()?;
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).map_err(|_| Fault::unreadable("no JSON, or cut off"))
    }

    /// The body as JSON whatever the status; null where it is none.
    pub fn any_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// How HTTP spells success and failure. Connectors whose vendor means something else look first.
    ///
    /// # Errors
    /// [`Fault`] for every status that isn't 2xx.
    pub fn usual(&self) -> Result<(), Fault> {
        let message = self.message();
        Err(match self.status {
            200..=299 => return Ok(()),
            401 => Fault::credentials(sentence("the credentials were refused", &message)),
            403 => Fault::rights(sentence("the key lacks a right", &message)),
            404 => Fault::refused("not_found", sentence("it isn't there", &message)),
            408 | 425 => Fault::passing("vendor_error", sentence("the vendor took too long", &message)),
            409 => Fault::passing("conflict", sentence("somebody else was changing it", &message)),
            410 => {
                Fault::refused("api_retired", sentence("this version of the vendor's API is switched off", &message))
            }
            429 => self.busy(),
            500..=599 => {
                let mut fault = Fault::passing("vendor_error", sentence("the vendor has trouble", &message));
                fault.after = wait::polls(self);
                fault
            }
            _ => Fault::refused("refused", sentence("it was refused", &message)),
        })
    }

    /// Too fast: with the pause that the answer asks for, however it spells it.
    pub fn busy(&self) -> Fault {
        Fault::busy(wait::pause(self), sentence("the vendor's rate limit was reached", &self.message()))
    }

    /// The vendor's own words for people, where there are any in one of the usual places.
    pub fn message(&self) -> String {
        let body = self.any_json();
        let found = words(&body).or_else(|| {
            let text = std::str::from_utf8(&self.body).ok()?.trim();
            // A page for people says nothing to them here.
            let plain = !text.is_empty() && !text.starts_with(['<', '{', '[']);
            plain.then(|| text.to_owned())
        });
        let mut message: String =
            found.unwrap_or_default().chars().filter(|c| !c.is_control()).take(MESSAGE_MAX).collect();
        message.truncate(message.trim_end_matches(['.', ' ']).len());
        message
    }
}

/// `what (HTTP said: …)`.
fn sentence(what: &str, message: &str) -> String {
    if message.is_empty() { what.to_owned() } else { format!("{what}: \u{201c}{message}\u{201d}") }
}

fn words(body: &Value) -> Option<String> {
    let direct = ["detail", "message", "error_description", "error", "msg", "title", "statusText"];
    match body {
        Value::String(text) => Some(text.clone()),
        Value::Array(all) => all.first().and_then(words),
        Value::Object(fields) => {
            let nested = ["errors", "meta"].iter().find_map(|name| fields.get(*name).and_then(words));
            let here = direct.iter().find_map(|name| fields.get(*name).and_then(words));
            nested
                .or(here)
                .or_else(|| fields.values().find_map(|value| value.is_array().then(|| words(value)).flatten()))
        }
        _ => None,
    }
    .filter(|text| !text.trim().is_empty())
}
