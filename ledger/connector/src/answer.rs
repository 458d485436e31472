//! A vendor's response, and the usual meaning of its failures.

use serde_json::Value;
use shared::timestamp::Timestamp;

use crate::{Fault, wait};

/// The longest excerpt of a vendor's own message that is quoted.
const MESSAGE_MAX: usize = 300;

/// A vendor's HTTP response.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When it arrived, to interpret dates in headers.
    pub at: Option<Timestamp>,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    pub const fn is_success(&self) -> bool {
        matches!(self.status, 200..=299)
    }

    /// Whether the vendor doesn't offer this call at all. Use it only for calls where 404 doesn't mean that the
    /// requested object is missing.
    pub const fn is_no_such_call(&self) -> bool {
        matches!(self.status, 404 | 405)
    }

    /// The body of a successful response as JSON. An empty body is an error: a proxy may have answered, and the vendor
    /// may have done nothing.
    ///
    /// # Errors
    /// [`Answer::usual`], or a passing [`Fault`] if the body is missing or isn't JSON.
    pub fn json(&self) -> Result<Value, Fault> {
        let body = self.json_or_nothing()?;
        if body.is_null() { Err(Fault::unreadable("it was empty")) } else { Ok(body) }
    }

    /// Like [`Answer::json`], for calls that the vendor answers by status alone or that are read back: an empty body is
    /// null.
    ///
    /// # Errors
    /// [`Answer::usual`], or a passing [`Fault`] if the body is present but isn't JSON.
    pub fn json_or_nothing(&self) -> Result<Value, Fault> {
        self.usual()?;
        if self.body.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&self.body).map_err(|_| Fault::unreadable("no JSON, or incomplete"))
    }

    /// The body as JSON regardless of the status; null if it isn't JSON.
    pub fn any_json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    /// Reads the status as HTTP defines it. Connectors whose vendor deviates from that check for it first.
    ///
    /// # Errors
    /// A [`Fault`] for every status that isn't 2xx.
    pub fn usual(&self) -> Result<(), Fault> {
        let message = self.message();
        Err(match self.status {
            200..=299 => return Ok(()),
            401 => Fault::credentials(sentence("the credentials were rejected", &message)),
            403 => Fault::rights(sentence("the key is missing a permission", &message)),
            404 => Fault::refused("not_found", sentence("not found", &message)),
            408 | 425 => Fault::passing("vendor_error", sentence("the request timed out", &message)),
            409 => Fault::passing("conflict", sentence("another update was in progress", &message)),
            410 => Fault::refused("api_retired", sentence("this version of the API has been retired", &message)),
            429 => self.busy(),
            500..=599 => {
                let mut fault = Fault::passing("vendor_error", sentence("the service is having problems", &message));
                fault.after = wait::polls(self);
                fault
            }
            _ => Fault::refused("refused", sentence("request rejected", &message)),
        })
    }

    /// The fault for a rate limit, with the pause that the response asks for in any of the known forms.
    pub fn busy(&self) -> Fault {
        Fault::busy(wait::pause(self), sentence("the rate limit was reached", &self.message()))
    }

    /// The vendor's own message for people, if one of the usual places contains one.
    pub fn message(&self) -> String {
        let body = self.any_json();
        let found = words(&body).or_else(|| {
            let text = std::str::from_utf8(&self.body).ok()?.trim();
            // An HTML page isn't a useful message.
            let plain = !text.is_empty() && !text.starts_with(['<', '{', '[']);
            plain.then(|| text.to_owned())
        });
        let mut message: String =
            found.unwrap_or_default().chars().filter(|c| !c.is_control()).take(MESSAGE_MAX).collect();
        message.truncate(message.trim_end_matches(['.', ' ']).len());
        message
    }
}

/// `what: “message”`, or only `what` without a message.
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
