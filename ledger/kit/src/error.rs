//! How a handler ends: with an [`Answer`], or with an [`Error`], which has a public side and a log side.
//!
//! The public side is [`ErrorBody`] (stable code, message, field). The log side never leaves the process. If the
//! database is unreachable or busy, the response is 503 with `Retry-After`; anything unexpected is a generic 500 with
//! the request's id.

use std::fmt;

use axum::{
    Json,
    http::{
        StatusCode,
        header::{CONTENT_TYPE, RETRY_AFTER},
    },
    response::{IntoResponse, Response},
};
use serde::Serialize;
use serde_json::{Map, Value, json};
use shared::error::ErrorBody;

#[derive(Debug)]
pub struct Error {
    status: StatusCode,
    body: ErrorBody,
    retry_after_seconds: Option<u32>,
    /// More that a caller can act on, in addition to the body's own fields.
    details: Option<Box<Map<String, Value>>>,
    /// For the log only.
    cause: Option<Box<str>>,
    /// Not an error: what an earlier request with the same `Idempotency-Key` was answered.
    replay: Option<Box<Answer>>,
}

/// The plan that the caller would need, and the one they have.
#[derive(Debug, Clone, Copy)]
pub struct PlanGap {
    pub required: &'static str,
    pub current: &'static str,
}

/// An error's body as it is sent.
#[derive(Debug, Serialize)]
struct Sent<'a> {
    #[serde(flatten)]
    body: &'a ErrorBody,
    #[serde(flatten)]
    details: Option<&'a Map<String, Value>>,
}

/// The answer of a finished write: a status and a JSON body, or none. It is kept with the `Idempotency-Key`, and given again
/// to a request that repeats it.
#[derive(Debug)]
pub struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: String,
}

impl Answer {
    /// # Errors
    /// 500 where the value can't be written as JSON.
    pub fn new(status: StatusCode, value: &impl Serialize) -> Result<Self> {
        Ok(Self { status, body: serde_json::to_string(value).map_err(Error::internal)? })
    }

    /// An answer without a body.
    pub const fn empty(status: StatusCode) -> Self {
        Self { status, body: String::new() }
    }
}

impl IntoResponse for Answer {
    fn into_response(self) -> Response {
        if self.body.is_empty() {
            return self.status.into_response();
        }
        (self.status, [(CONTENT_TYPE, "application/json")], self.body).into_response()
    }
}

pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    pub fn new(status: StatusCode, code: &str, message: impl Into<String>) -> Self {
        Self {
            status,
            body: ErrorBody::new(code, message),
            retry_after_seconds: None,
            details: None,
            cause: None,
            replay: None,
        }
    }

    /// 400 `validation_failed`, naming the field as the caller wrote it.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::from_body(StatusCode::BAD_REQUEST, ErrorBody::field(field, message))
    }

    pub const fn from_body(status: StatusCode, body: ErrorBody) -> Self {
        Self { status, body, retry_after_seconds: None, details: None, cause: None, replay: None }
    }

    /// 401 `unauthorized`.
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "unauthorized",
            "Send a valid API key as `Authorization: Bearer rk_live_…`.",
        )
    }

    /// 403 `forbidden`.
    pub fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, "forbidden", message)
    }

    /// 404 `not_found`: also for another tenant's rows.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, "not_found", "There is nothing here under this id.")
    }

    /// 429 `too_many_requests`, for someone who sends too many.
    pub fn too_often() -> Self {
        let message = "That was too often. Wait a minute, then try again.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, "too_many_requests", message).retry_after(60)
    }

    /// 500 with the cause in the log.
    pub fn internal(cause: impl fmt::Display) -> Self {
        let mut error = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            "internal_error",
            "Something went wrong on our side. The request's id helps us find it.",
        );
        error.cause = Some(cause.to_string().into());
        error
    }

    /// 503 with `Retry-After`.
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "unavailable",
            "The service is busy or restarting. Nothing was changed; try again shortly.",
        );
        error.cause = Some(cause.to_string().into());
        error.retry_after_seconds = Some(2);
        error
    }

    /// 402 `plan_tier_required`.
    pub fn plan(message: impl Into<String>, gap: PlanGap) -> Self {
        Self::new(StatusCode::PAYMENT_REQUIRED, "plan_tier_required", message)
            .with(json!({"required": gap.required, "current": gap.current}))
    }

    /// Sets when the caller should retry.
    #[must_use]
    pub const fn retry_after(mut self, seconds: u32) -> Self {
        self.retry_after_seconds = Some(seconds);
        self
    }

    /// Adds fields to the body: an object.
    #[must_use]
    pub fn with(mut self, details: Value) -> Self {
        if let Value::Object(details) = details {
            self.details = Some(Box::new(details));
        }
        self
    }

    /// Ends a handler with the answer that an earlier request with the same `Idempotency-Key` was given.
    pub fn replay(earlier: Answer) -> Self {
        // No one reads this body: the earlier answer is sent instead.
        let body = ErrorBody { code: String::new(), message: String::new(), field: None };
        let mut error = Self::from_body(earlier.status, body);
        error.replay = Some(Box::new(earlier));
        error
    }

    /// Whether it only ends the handler, with the answer of an earlier request.
    pub const fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    pub const fn status(&self) -> StatusCode {
        self.status
    }

    pub const fn body(&self) -> &ErrorBody {
        &self.body
    }

    /// The text for the log: the cause, or else the public message.
    pub fn cause(&self) -> &str {
        self.cause.as_deref().unwrap_or(&self.body.message)
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Some(earlier) = self.replay {
            return ([("idempotency-replayed", "true")], *earlier).into_response();
        }
        if let Some(cause) = &self.cause {
            // The request's span adds its id.
            tracing::error!(status = self.status.as_u16(), code = %self.body.code, "request failed: {cause}");
        }
        let mut response =
            (self.status, Json(Sent { body: &self.body, details: self.details.as_deref() })).into_response();
        if let Some(seconds) = self.retry_after_seconds {
            response.headers_mut().insert(RETRY_AFTER, seconds.into());
        }
        response
    }
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        if is_transient(&error) { Self::unavailable(error) } else { Self::internal(error) }
    }
}

/// Whether the same statement may succeed later: the database is unreachable, full or busy, or another transaction
/// conflicted (SQLSTATE classes 08, 40, 53, 55, 57, 58).
pub fn is_transient(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed | sqlx::Error::Io(_) | sqlx::Error::WorkerCrashed => true,
        // The connection broke off in the middle of a message.
        sqlx::Error::Protocol(_) | sqlx::Error::Tls(_) => true,
        sqlx::Error::Database(database) => database
            .code()
            .is_some_and(|code| ["08", "40", "53", "55", "57", "58"].iter().any(|class| code.starts_with(class))),
        _ => false,
    }
}

/// Whether another transaction conflicted, so that the same statements may succeed immediately (SQLSTATE class 40).
pub fn is_beaten(error: &sqlx::Error) -> bool {
    matches!(error, sqlx::Error::Database(database) if database.code().is_some_and(|code| code.starts_with("40")))
}

/// Turns a named constraint's violation into a caller's error.
pub trait OnConstraint<T> {
    /// # Errors
    /// `mapped` if the statement violated the constraint with this name, else the original error.
    fn on_constraint(self, name: &str, mapped: impl FnOnce() -> Error) -> Result<T>;
}

impl<T> OnConstraint<T> for std::result::Result<T, sqlx::Error> {
    fn on_constraint(self, name: &str, mapped: impl FnOnce() -> Error) -> Result<T> {
        self.map_err(|error| match &error {
            sqlx::Error::Database(database) if database.constraint() == Some(name) => mapped(),
            _ => error.into(),
        })
    }
}
