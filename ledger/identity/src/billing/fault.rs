//! Turns Stripe's errors into answers for an owner, or for Stripe itself.

use axum::http::StatusCode;
use payout_core::stripe::StripeError;

use kit::error::{Code, Error};

/// What a call to Stripe came to.
pub(super) type StripeResult<T> = std::result::Result<T, StripeError>;

const RETRY_AFTER_SECONDS: u32 = 30;

/// 422 `stripe_refused`, or 503 `stripe_unavailable`, also if the operator's key isn't accepted: an owner can't do
/// anything about it.
pub(super) fn error_of(error: StripeError) -> Error {
    match error {
        StripeError::Refused(refusal) => {
            let message = format!("Stripe rejected the request: {}", refusal.message.trim());
            Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::StripeRefused, message)
        }
        StripeError::OtherRequest { message } => Error::internal(message),
        StripeError::Forbidden { message } => {
            tracing::error!(
                event = "billing.key_refused",
                "Stripe doesn't accept REKOMI_BILLING_STRIPE_KEY: {message}"
            );
            unavailable()
        }
        StripeError::Busy { .. } | StripeError::InUse => unavailable(),
        StripeError::Unclear { why } => {
            tracing::warn!(
                event = "billing.answer_unexpected",
                "Stripe gave an unexpected answer about billing: {why}"
            );
            unavailable()
        }
    }
}

pub(super) fn unavailable() -> Error {
    let message = "Stripe isn\u{2019}t responding as expected. Nothing is lost. Try again in a minute.";
    Error::new(StatusCode::SERVICE_UNAVAILABLE, Code::StripeUnavailable, message).retry_after(RETRY_AFTER_SECONDS)
}

/// Whether Stripe has no such object, or no longer.
pub(super) fn is_missing(error: &StripeError) -> bool {
    matches!(error, StripeError::Refused(refusal) if refusal.code.as_deref() == Some("resource_missing"))
}
