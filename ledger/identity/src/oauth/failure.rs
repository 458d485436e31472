//! Refusals at the endpoints that apps call, in the form of RFC 6749 §5.2: `error` and `error_description`.

use axum::{
    Json,
    http::{
        HeaderValue, StatusCode,
        header::{CACHE_CONTROL, WWW_AUTHENTICATE},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use kit::error::Error;

#[derive(Debug)]
pub enum Failure {
    /// What the app did wrong.
    Refused(StatusCode, &'static str, &'static str),
    /// A bearer that isn't accepted, with the challenge for the header.
    Unauthorized(String),
    /// Too many requests, or a fault of ours.
    Other(Error),
}

impl Failure {
    pub const fn bad_request(code: &'static str, description: &'static str) -> Self {
        Self::Refused(StatusCode::BAD_REQUEST, code, description)
    }

    /// Makes apps register anew.
    pub const fn unknown_client() -> Self {
        let description = "client_id isn\u{2019}t known here. Register again.";
        Self::Refused(StatusCode::UNAUTHORIZED, "invalid_client", description)
    }

    pub const fn bad_grant(description: &'static str) -> Self {
        Self::bad_request("invalid_grant", description)
    }

    /// Whether a stranger who guesses gets this, too: such requests are limited.
    pub const fn is_guess(&self) -> bool {
        matches!(self, Self::Refused(..) | Self::Unauthorized(_))
    }
}

impl<E: Into<Error>> From<E> for Failure {
    #[track_caller]
    fn from(error: E) -> Self {
        Self::Other(error.into())
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = |code: &str, text: &str| Json(json!({ "error": code, "error_description": text }));
        let mut response = match self {
            Self::Refused(status, code, text) => (status, body(code, text)).into_response(),
            Self::Unauthorized(challenge) => {
                let body = body("invalid_token", "Send a valid access token as Authorization: Bearer.");
                let mut response = (StatusCode::UNAUTHORIZED, body).into_response();
                if let Ok(value) = HeaderValue::from_str(&challenge) {
                    response.headers_mut().insert(WWW_AUTHENTICATE, value);
                }
                response
            }
            Self::Other(error) => error.into_response(),
        };
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        response
    }
}
