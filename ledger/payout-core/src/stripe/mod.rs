//! Stripe's API as far as affiliates are paid through it: form-encoded requests, and answers that say whether something
//! happened. Facts: <https://docs.stripe.com/api>, version [`VERSION`].

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

/// The `Stripe-Version` that every call names, so that answers keep the shape that is read here.
pub const VERSION: &str = "2023-08-16";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    Get,
    Post,
    Delete,
}

/// What is asked of Stripe.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub method: Method,
    /// From `/v1/` on, without the query.
    pub path: String,
    /// The form's fields, or a GET's query, in Stripe's bracket form.
    pub fields: Vec<(String, String)>,
    /// `Idempotency-Key`, of a POST that has an effect.
    pub key: Option<String>,
    /// `Stripe-Account`: on whose behalf, where that isn't the key's own account.
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

    /// `a[b]=c&…`, for the body or the query.
    pub fn encoded(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.fields).finish()
    }
}

/// A name that Stripe gave, as part of a path.
fn segment(id: &str) -> String {
    url::form_urlencoded::byte_serialize(id.as_bytes()).collect()
}

/// What came back. No answer at all (a time-out, a broken connection) is none of these.
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
    /// The body of a success.
    ///
    /// # Errors
    /// [`StripeError`]: a success whose body can't be read is [`StripeError::Unclear`].
    pub fn read<T: for<'a> Deserialize<'a>>(&self) -> Result<T, StripeError> {
        if !(200..=299).contains(&self.status) {
            return Err(self.error());
        }
        serde_json::from_slice(&self.body)
            .map_err(|error| StripeError::Unclear { why: format!("Stripe answered {} and {error}", self.status) })
    }

    /// What an answer that is no success means.
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
                message: text.map_or_else(|| format!("Stripe answered {}", self.status), |text| text.message),
            },
            (409, _) => StripeError::InUse,
            (400..=499, Some(text)) if text.kind == "idempotency_error" => {
                StripeError::OtherRequest { message: text.message }
            }
            (400..=499, Some(text)) if text.kind != "api_error" => StripeError::Refused(text),
            (status, text) => StripeError::Unclear {
                why: text
                    .map_or_else(|| format!("Stripe answered {status}"), |text| format!("{status}: {}", text.message)),
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
    /// The code, or the type where Stripe gives none.
    pub fn name(&self) -> &str {
        self.code.as_deref().unwrap_or(&self.kind)
    }
}

/// Why a call brought no success, by what may have happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StripeError {
    /// Definite: nothing happened. Stripe repeats it under the same key.
    Refused(Refusal),
    /// Nothing happened this time; the same call may be made later.
    Busy { wait: Option<u64> },
    /// Another call under the same key is under way.
    InUse,
    /// Nothing happened this time: the key isn't accepted, or may not do this.
    Forbidden { message: String },
    /// The key was used for another request before.
    OtherRequest { message: String },
    /// Nobody knows whether something happened.
    Unclear { why: String },
}

impl StripeError {
    /// Where no answer came.
    pub fn silence(why: impl Into<String>) -> Self {
        Self::Unclear { why: why.into() }
    }
}
