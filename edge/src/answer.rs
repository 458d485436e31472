//! A handler's response as plain data: handlers stay testable without a Worker, and every error has one shape.

use serde::{Deserialize, Serialize};
use shared::error::ErrorBody;

/// Seconds after which a caller should retry when its event couldn't be stored durably.
const RETRY_AFTER_SECONDS: &str = "5";

/// Status, headers and body of a response. [`crate::http_adapter`] converts it into the runtime's response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// The stable code, if this is an error.
    pub error: Option<String>,
}

/// Parses JSON. Everything goes through `str`: a second parser for bytes would double the parser's code size.
pub fn json<'a, T: Deserialize<'a>>(body: &'a [u8]) -> Option<T> {
    serde_json::from_str(std::str::from_utf8(body).ok()?).ok()
}

// The click's fast path builds no answer here, so functions with many callers are never inlined: copies would cost
// kilobytes.
impl Answer {
    pub fn empty(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new(), error: None }
    }

    #[inline(never)]
    pub fn bytes(status: u16, content_type: &'static str, body: impl Into<Vec<u8>>) -> Self {
        Self { body: body.into(), ..Self::empty(status) }.with("Content-Type", content_type)
    }

    pub fn json(status: u16, value: &impl Serialize) -> Self {
        // Only plain structs are written here, so serializing them can't fail.
        let body = serde_json::to_vec(value).unwrap_or_default();
        Self::bytes(status, "application/json", body).with("Cache-Control", "no-store")
    }

    #[inline(never)]
    pub fn error(status: u16, error: &ErrorBody) -> Self {
        Self { error: Some(error.code.clone()), ..Self::json(status, error) }
    }

    #[must_use]
    #[inline(never)]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Returns `None` if the header isn't set.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    pub fn invalid(error: &ErrorBody) -> Self {
        Self::error(400, error)
    }

    #[inline(never)]
    pub fn unauthorized(code: &str, message: &str) -> Self {
        Self::error(401, &ErrorBody::new(code, message))
    }

    pub fn not_found() -> Self {
        Self::error(404, &ErrorBody::new("not_found", "There's nothing at this address. Check the URL."))
    }

    pub fn method_not_allowed(allow: &'static str) -> Self {
        let body = ErrorBody::new("method_not_allowed", format!("This address only supports {allow}."));
        Self::error(405, &body).with("Allow", allow)
    }

    pub fn too_large(limit: usize) -> Self {
        Self::error(413, &ErrorBody::new("body_too_large", format!("The body must be at most {limit} bytes.")))
    }

    /// The response that makes a caller retry, because nothing was stored.
    pub fn unavailable(code: &str, message: &str) -> Self {
        Self::error(503, &ErrorBody::new(code, message)).with("Retry-After", RETRY_AFTER_SECONDS)
    }

    pub fn not_durable() -> Self {
        Self::unavailable("not_durable", "The event couldn't be stored. Send it again with the same id.")
    }

    pub fn lookup_failed() -> Self {
        Self::unavailable("temporarily_unavailable", "Keys can't be looked up right now. Send the request again.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_have_the_one_shape() {
        let answer = Answer::invalid(&ErrorBody::field("amountCents", "must be a whole number"));
        assert_eq!(answer.status, 400);
        assert_eq!(
            String::from_utf8(answer.body).unwrap(),
            r#"{"error":"validation_failed","message":"must be a whole number","field":"amountCents"}"#
        );
    }

    #[test]
    fn what_was_not_kept_asks_for_a_retry() {
        let answer = Answer::not_durable();
        assert_eq!((answer.status, answer.header("retry-after")), (503, Some("5")));
    }
}
