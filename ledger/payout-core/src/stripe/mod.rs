//! The part of Stripe's API that pays affiliates: form-encoded requests, and answers that say whether something
//! happened. Source: <https://docs.stripe.com/api>, version [`VERSION`].

pub mod account;
pub mod balance;
pub mod country;
pub mod endpoint;
pub mod event;
pub mod permission;
pub mod reversal;
pub mod sent_to_bank;
pub mod transfer;
pub mod unit;

use serde::Deserialize;

/// The `Stripe-Version` sent with every call, so that answers keep the shape expected here.
pub const VERSION: &str = "2023-08-16";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Delete,
}

/// A request to Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    /// Starting with `/v1/`, without the query.
    pub path: String,
    /// The form's fields, or a GET's query, in Stripe's bracket form.
    pub fields: Vec<(String, String)>,
    /// `Idempotency-Key`, for a POST that has an effect.
    pub key: Option<String>,
    /// `Stripe-Account`: the account to act for, if it isn't the key's own.
    pub account: Option<String>,
}

impl Call {
    pub fn get(path: impl Into<String>) -> Self {
        Self { method: Method::Get, path: path.into(), fields: Vec::new(), key: None, account: None }
    }

    pub fn post(path: impl Into<String>) -> Self {
        Self { method: Method::Post, ..Self::get(path) }
    }

    #[must_use]
    pub fn field(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.fields.push((name.into(), value.into()));
        self
    }

    #[must_use]
    pub fn key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    #[must_use]
    pub fn on_behalf_of(mut self, account: impl Into<String>) -> Self {
        self.account = Some(account.into());
        self
    }

    /// Encodes the fields as `a[b]=c&…`, for the body or the query.
    pub fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

/// Encodes an id from Stripe as a path segment.
fn segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

/// Stripe's answer. A missing answer (a timeout, a broken connection) isn't represented here.
#[derive(Debug, Clone, Default)]
pub struct Answer {
    pub status: u16,
    /// `Request-Id`, which Stripe's support asks for.
    pub request_id: Option<String>,
    /// `Retry-After`, in seconds.
    pub retry_after: Option<u64>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Parses the body of a success.
    ///
    /// # Errors
    /// [`StripeError`]; a success with an unreadable body is [`StripeError::Unclear`].
    pub fn read<T: for<'a> Deserialize<'a>>(&self) -> Result<T, StripeError> {
        if !(200..=299).contains(&self.status) {
            return Err(self.error());
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| StripeError::Unclear { why: format!("Stripe returned {} and {error}", self.status) })
    }

    /// Interprets an answer that isn't a success.
    pub fn error(&self) -> StripeError {
        #[derive(Deserialize)]
        struct Body {
            error: Refusal,
        }
        let text = serde_json::from_slice::<Body>(&self.body).ok().map(|body| body.error);
        let limited =
            text.as_ref().is_some_and(|text| matches!(text.code.as_deref(), Some("rate_limit" | "lock_timeout")));
        match (self.status, text) {
            (429, _) | (400..=499, Some(_)) if self.status == 429 || limited => {
                StripeError::Busy { wait: self.retry_after }
            }
            (401 | 403, text) => StripeError::Forbidden {
                message: text.map_or_else(|| format!("Stripe returned {}", self.status), |text| text.message),
            },
            (409, _) => StripeError::InUse,
            (400..=499, Some(text)) if text.kind == "idempotency_error" => {
                StripeError::OtherRequest { message: text.message }
            }
            (400..=499, Some(text)) if text.kind != "api_error" => StripeError::Refused(text),
            (status, text) => StripeError::Unclear {
                why: text
                    .map_or_else(|| format!("Stripe returned {status}"), |text| format!("{status}: {}", text.message)),
            },
        }
    }
}

/// Stripe's `error` object.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
pub struct Refusal {
    #[serde(rename = "type", default)]
    pub kind: String,
    /// An open list: <https://docs.stripe.com/error-codes>.
    #[serde(default)]
    pub code: Option<String>,
    #[serde(default)]
    pub message: String,
    #[serde(default)]
    pub param: Option<String>,
}

impl Refusal {
    /// The code, or the type if Stripe gives no code.
    pub fn name(&self) -> &str {
        self.code.as_deref().unwrap_or(&self.kind)
    }
}

/// Why a call didn't succeed, by what may have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StripeError {
    /// Definite: nothing happened, and Stripe repeats the refusal under the same key.
    Refused(Refusal),
    /// Nothing happened this time; the same call may be made later.
    Busy { wait: Option<u64> },
    /// Another call under the same key is in progress.
    InUse,
    /// Nothing happened this time: the key isn't accepted, or lacks the permission.
    Forbidden { message: String },
    /// The key was already used for a different request.
    OtherRequest { message: String },
    /// It is unknown whether something happened.
    Unclear { why: String },
}

impl StripeError {
    /// The error for a missing answer.
    pub fn silence(why: impl Into<String>) -> Self {
        Self::Unclear { why: why.into() }
    }
}
