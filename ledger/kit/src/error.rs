//! How a handler ends: with an [`Answer`], or with an [`Error`], which has a public side and a log side.
//!
//! The public side is [`Body`] (stable code, message, field). The log side (a cause, and the place where it arose) never
//! leaves the process. If the database is unreachable or busy, the response is 503 with `Retry-After`; anything
//! unexpected is a generic 500 with the request's id.

mod chain;
mod checks;
mod code;
mod retry;
mod sentence;

use std::{fmt, panic::Location};

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

pub use self::{
    chain::{causes, request_failure},
    checks::Checks,
    code::Code,
    sentence::{field_of, message_for, sentence_for},
};

#[derive(Debug)]
pub struct Error {
    status: StatusCode,
    body: Body,
    retry_after_seconds: Option<u32>,
    /// More that a caller can act on, in addition to the body's own fields.
    details: Option<Box<Map<String, Value>>>,
    /// For the log only.
    cause: Option<Box<Cause>>,
    /// Not an error: what an earlier request with the same `Idempotency-Key` was answered.
    replay: Option<Box<Answer>>,
    /// A further mistake in the same input, which a form shows as well.
    next: Option<Box<Error>>,
}

/// Each `Result` on the way of a request has room for one.
const _: () = assert!(size_of::<Error>() < 128, "box a part of it");

/// What a caller sees of an error. It is sent as the edge sends an [`ErrorBody`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Body {
    #[serde(rename = "error")]
    pub code: Code,
    pub message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// Why an error arose, and where.
#[derive(Debug)]
struct Cause {
    text: String,
    at: &'static Location<'static>,
}

impl Cause {
    #[track_caller]
    fn here(text: impl fmt::Display) -> Box<Self> {
        Box::new(Self { text: text.to_string(), at: Location::caller() })
    }

    /// `file:line`.
    fn place(&self) -> String {
        format!("{}:{}", self.at.file(), self.at.line())
    }
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
    body: &'a Body,
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
    #[track_caller]
    pub fn new(status: StatusCode, value: &impl Serialize) -> Result<Self> {
        match serde_json::to_string(value) {
            Ok(body) => Ok(Self { status, body }),
            Err(error) => Err(Error::internal(error)),
        }
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
    pub fn new(status: StatusCode, code: Code, message: impl Into<String>) -> Self {
        Self {
            status,
            body: Body { code, message: message.into(), field: None },
            retry_after_seconds: None,
            details: None,
            cause: None,
            replay: None,
            next: None,
        }
    }

    /// 400 `validation_failed`, naming the field as the caller wrote it.
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, Code::ValidationFailed, message).with_field(field)
    }

    /// The refusal of a function that the edge calls too. `shared` has its codes as texts, and each is in the list.
    #[track_caller]
    pub fn from_shared(status: StatusCode, body: ErrorBody) -> Self {
        let ErrorBody { code, message, field, currency } = body;
        let Some(code) = Code::parse(&code) else { return Self::internal(format!("no such code: {code}")) };
        let mut error = Self::new(status, code, message);
        error.body.field = field;
        error.with(currency.map_or(Value::Null, |code| json!({ "currency": code })))
    }

    /// 401 `unauthorized`.
    pub fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            Code::Unauthorized,
            "Send a valid API key as `Authorization: Bearer rk_live_…`.",
        )
    }

    /// 403 `forbidden`.
    pub fn forbidden(message: &str) -> Self {
        Self::new(StatusCode::FORBIDDEN, Code::Forbidden, message)
    }

    /// 404 `not_found`: also for another tenant's rows.
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND, Code::NotFound, "Not found. It may have been deleted, or the id is wrong.")
    }

    /// 429 `too_many_requests`, for someone who sends too many.
    pub fn too_often() -> Self {
        let message = "Too many requests. Wait a minute, then try again.";
        Self::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, message).retry_after(60)
    }

    /// 500 with the cause in the log, and the place that calls this.
    ///
    /// The place is found through `?` and `into()`. It is lost where a function is passed by its name, so write
    /// `map_err(|error| Error::internal(error))`.
    #[track_caller]
    pub fn internal(cause: impl fmt::Display) -> Self {
        let mut error = Self::new(
            StatusCode::INTERNAL_SERVER_ERROR,
            Code::InternalError,
            "Something went wrong on our side. If you contact support, include the request id.",
        );
        error.cause = Some(Cause::here(cause));
        error
    }

    /// 503 with `Retry-After`. The log has the cause and the place, as with [`Error::internal`].
    #[track_caller]
    pub fn unavailable(cause: impl fmt::Display) -> Self {
        let mut error = Self::new(
            StatusCode::SERVICE_UNAVAILABLE,
            Code::Unavailable,
            "The service is busy or restarting. Nothing was changed. Try again shortly.",
        );
        error.cause = Some(Cause::here(cause));
        error.retry_after_seconds = Some(2);
        error
    }

    /// 402 `plan_tier_required`.
    pub fn plan(message: impl Into<String>, gap: PlanGap) -> Self {
        Self::new(StatusCode::PAYMENT_REQUIRED, Code::PlanTierRequired, message)
            .with(json!({"required": gap.required, "current": gap.current}))
    }

    /// Names the input at fault, as the caller wrote it.
    #[must_use]
    pub fn with_field(mut self, field: &str) -> Self {
        self.body.field = Some(field.to_owned());
        self
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
        // No one reads this code: the earlier answer is sent instead.
        let mut error = Self::new(earlier.status, Code::RequestUnderWay, "");
        error.replay = Some(Box::new(earlier));
        error
    }

    /// Whether it only ends the handler, with the answer of an earlier request.
    pub const fn is_replay(&self) -> bool {
        self.replay.is_some()
    }

    /// Adds a further mistake. What is no mistake of the caller stands alone.
    fn and(mut self, other: Self) -> Self {
        if self.status.is_server_error() {
            return self;
        }
        if other.status.is_server_error() {
            return other;
        }
        self.next = Some(Box::new(match self.next.take() {
            None => other,
            Some(next) => next.and(other),
        }));
        self
    }

    /// The error, and after it the further mistakes in the same input.
    pub fn each(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |error| error.next.as_deref())
    }

    pub const fn status(&self) -> StatusCode {
        self.status
    }

    pub const fn body(&self) -> &Body {
        &self.body
    }

    /// The text for the log: the cause, or else the public message.
    pub fn cause(&self) -> &str {
        self.cause.as_ref().map_or(self.body.message.as_str(), |cause| cause.text.as_str())
    }

    /// Where the cause arose, for the log: `file:line`.
    pub fn at(&self) -> Option<String> {
        self.cause.as_ref().map(|cause| cause.place())
    }
}

impl IntoResponse for Error {
    fn into_response(self) -> Response {
        if let Some(earlier) = self.replay {
            return ([("idempotency-replayed", "true")], *earlier).into_response();
        }
        if let Some(cause) = &self.cause {
            // The request's span adds its id.
            let (status, code) = (self.status.as_u16(), self.body.code.as_str());
            tracing::error!(
                event = "request.failed", status, code, at = %cause.place(),
                "request failed: {}", cause.text
            );
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
    #[track_caller]
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
    #[track_caller]
    fn on_constraint(self, name: &str, mapped: impl FnOnce() -> Error) -> Result<T> {
        match self {
            Ok(value) => Ok(value),
            Err(error) if crate::db::constraint::is_violated(&error, name) => Err(mapped()),
            Err(error) => Err(error.into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_what_the_edge_sends_too() {
        for error in [Error::not_found(), Error::field("perPage", "must be 1 to 100")] {
            let sent = serde_json::to_string(error.body()).unwrap();
            let read: ErrorBody = serde_json::from_str(&sent).unwrap();
            assert_eq!(serde_json::to_string(&read).unwrap(), sent);
        }
    }

    #[test]
    fn a_cause_knows_its_place() {
        let lost = || Err::<(), _>(sqlx::Error::RowNotFound);
        let (line, converted) = (line!(), || -> Result<()> { Ok(lost()?) });
        let unwritable = std::collections::BTreeMap::from([((1, 2), 3)]);
        for (line, failed) in [
            (line, converted()),
            (line!(), lost().map_err(|error| error.into())),
            (line!(), lost().map_err(|error| Error::internal(error))),
            (line!(), lost().on_constraint("a_key", Error::not_found)),
            (line!(), Answer::new(StatusCode::OK, &unwritable).map(drop)),
            (line!(), Err(Error::unavailable("busy"))),
        ] {
            assert_eq!(failed.unwrap_err().at(), Some(format!("{}:{line}", file!())));
        }
        assert_eq!(Error::not_found().at(), None);
    }

    #[test]
    fn a_refusal_of_shared_keeps_its_code_and_field() {
        let refused =
            ErrorBody::new("unsupported_currency", "must be a supported currency, not XXX").with_field("currency");
        let error = Error::from_shared(StatusCode::BAD_REQUEST, refused.clone());
        assert_eq!((error.status(), error.body().code), (StatusCode::BAD_REQUEST, Code::UnsupportedCurrency));
        assert_eq!(serde_json::to_value(error.body()).unwrap(), serde_json::to_value(refused).unwrap());
    }
}
