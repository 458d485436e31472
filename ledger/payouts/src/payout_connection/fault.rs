//! Turns Stripe's errors into answers for the caller, and decides what a refused key means for the connection.

use axum::http::StatusCode;
use payout_core::stripe::{
    StripeError, account,
    permission::{self, Finding, Permission},
};
use shared::{id::OrganizationId, seal::Secret};

use super::{client, pause, store::Row};
use kit::{
    error::{Code, Error, Result},
    state::AppState,
};

const RETRY_AFTER_SECONDS: u32 = 30;
/// The codes of a pause.
pub const KEY_REFUSED: &str = "key_refused";
pub const MISSING_PERMISSIONS: &str = Code::MissingPermissions.as_str();

/// 404 `not_connected`.
pub fn none() -> Error {
    let message = "No Stripe account is connected.";
    Error::new(StatusCode::NOT_FOUND, Code::NotConnected, message)
}

/// 503 `stripe_unavailable`: nothing was changed, or what was begun continues automatically.
pub fn unavailable(why: &str) -> Error {
    tracing::warn!(event = "payout_connection.answer_unexpected", "Stripe gave an unexpected answer: {why}");
    let message = "Stripe isn\u{2019}t responding as expected. Nothing is lost. Try again in a minute.";
    Error::new(StatusCode::SERVICE_UNAVAILABLE, Code::StripeUnavailable, message).retry_after(RETRY_AFTER_SECONDS)
}

/// 422 `stripe_refused`, with Stripe's own message.
pub fn refused(message: &str) -> Error {
    let message = message.trim();
    Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::StripeRefused, format!("Stripe rejected the request: {message}"))
}

/// Turns a failed call into an error for the caller. A key that is no longer accepted, or lacks a required permission,
/// pauses the connection; one that merely can't access this one account doesn't.
pub async fn error_of(
    state: &AppState,
    organization: OrganizationId,
    (row, key): (&Row, &Secret),
    failure: StripeError,
) -> Result<Error> {
    Ok(match failure {
        StripeError::Refused(refusal) => refused(&refusal.message),
        StripeError::Forbidden { message } => {
            if let Some((code, reason)) = why_forbidden(state, key, &message).await {
                let mut tx = state.db.tenant(organization).await?;
                pause::pause(&mut tx, state, row.id, code, &reason).await?;
                tx.commit().await?;
            }
            refused(&message)
        }
        StripeError::Busy { .. } => unavailable("it asked us to slow down"),
        StripeError::InUse => unavailable("the same request is in progress"),
        StripeError::OtherRequest { message } => Error::internal(message),
        StripeError::Unclear { why } => unavailable(&why),
    })
}

/// Returns the code and the reason for a pause if the whole key is useless.
pub async fn why_forbidden(state: &AppState, key: &Secret, message: &str) -> Option<(&'static str, String)> {
    if let Some(lacking) = lacking(message) {
        let reason = format!("The key is missing the permission {}. {}", lacking.title(), lacking.without());
        return lacking.is_required().then_some((MISSING_PERMISSIONS, reason));
    }
    match client::call(state, key, &account::own()).await.map(|answer| permission::finding(&answer)) {
        Ok(Finding::KeyRefused(text)) => Some((KEY_REFUSED, text)),
        _ => None,
    }
}

/// Finds the permission that a refusal names.
fn lacking(message: &str) -> Option<Permission> {
    message.split(['\'', '`', '\u{2018}', '\u{2019}']).find_map(permission::of_stripe_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_what_is_missing() {
        let message = "The provided key 'rk_live_*abc' does not have the required permissions for this endpoint on account \
                    'acct_1'. Having the 'rak_transfer_write' permission would allow this request to continue.";
        assert_eq!(lacking(message), Some(Permission::TransfersWrite));
        assert_eq!(lacking("The provided key does not have access to account 'acct_1'"), None);
    }

    #[test]
    fn trouble_says_whether_to_come_back() {
        assert_eq!(unavailable("x").status(), 503);
        let refused = refused(" No such account. ");
        assert_eq!(
            (refused.status().as_u16(), refused.body().message.as_str()),
            (422, "Stripe rejected the request: No such account.")
        );
    }
}
