//! The error body that edge and ledger share: `{"error","message","field"?,"currency"?}`.

use serde::{Deserialize, Serialize};

/// `error` is a stable code that callers may branch on; `message` is for people and may change; `field` names the
/// input at fault, as the caller wrote it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code}: {message}")]
pub struct ErrorBody {
    #[serde(rename = "error")]
    pub code: String,
    pub message: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// With `unsupported_currency`: the currency's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub currency: Option<String>,
}

// Never inlined: a hundred places refuse something, and the edge loads them all.
impl ErrorBody {
    #[inline(never)]
    pub fn new(code: &str, message: impl Into<String>) -> Self {
        Self { code: code.to_owned(), message: message.into(), field: None, currency: None }
    }

    /// `validation_failed` for one named field.
    #[inline(never)]
    pub fn field(field: &str, message: impl Into<String>) -> Self {
        Self::new("validation_failed", message).with_field(field)
    }

    #[must_use]
    pub fn with_field(mut self, field: &str) -> Self {
        self.field = Some(field.to_owned());
        self
    }
}
