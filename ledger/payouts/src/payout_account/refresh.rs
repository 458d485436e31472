//! Reads an account again at Stripe, and stores the answer. The trigger of the refresh is never trusted itself.

use payout_core::stripe::{StripeError, account};
use serde_json::json;
use shared::id::OrganizationId;

use super::{
    create,
    record_snapshot::observed,
    store::{self, Row},
};
use crate::payout_connection::{client, fault, store as connection};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    error::{Error, Result},
    state::AppState,
};

/// Asks Stripe; a creation without a known result is resumed. Returns the account's new state.
///
/// # Errors
/// 409 `not_connected` or `credentials_unreadable`, 422 `stripe_refused`, 503 `stripe_unavailable`.
pub async fn again(state: &AppState, organization: OrganizationId, row: &Row) -> Result<Row> {
    if row.is_closed() {
        return Ok(row.clone());
    }
    let Some(name) = &row.stripe_account else { return create::make(state, organization, row).await };
    let mut tx = state.db.tenant(organization).await?;
    let connected = connection::one(&mut tx, row.connection).await?;
    tx.commit().await?;
    let connected = connected.ok_or_else(connection::not_connected)?;
    let key = connection::key(state, organization, &connected)?;
    match client::call(state, &key, &account::retrieve(name)).await.and_then(|answer| account::read(&answer)) {
        Ok(account) => observed(state, organization, row, &account).await,
        Err(failure) if is_gone(&failure) => gone(state, organization, row).await,
        Err(failure) => Err(fault::error_of(state, organization, (&connected, &key), failure).await?),
    }
}

/// Returns whether it is no longer an account of the platform: it was deleted, or the affiliate revoked the brand's
/// access.
fn is_gone(failure: &StripeError) -> bool {
    match failure {
        StripeError::Refused(refusal) => {
            matches!(refusal.code.as_deref(), Some("resource_missing" | "account_invalid"))
        }
        StripeError::Forbidden { message } => message.contains("does not have access to account"),
        _ => false,
    }
}

async fn gone(state: &AppState, organization: OrganizationId, row: &Row) -> Result<Row> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    store::close(&mut tx, row.id, "deauthorized").await?;
    let details = json!({"affiliateId": row.affiliate, "status": "Closed"});
    let before = json!({"affiliateId": row.affiliate, "status": row.status()});
    let entry = Entry::new("payout_account.changed", row.id).before(before).after(details);
    audit::record(&mut tx, &Actor::system(), now, entry).await?;
    let after = store::one(&mut tx, row.id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(after)
}

#[cfg(test)]
mod tests {
    use payout_core::stripe::Refusal;

    use super::*;

    #[test]
    fn an_account_that_is_gone_is_told_from_trouble() {
        let refused = |code: &str| StripeError::Refused(Refusal { code: Some(code.to_owned()), ..Refusal::default() });
        assert!(is_gone(&refused("resource_missing")) && !is_gone(&refused("parameter_unknown")));
        let forbidden = |message: &str| StripeError::Forbidden { message: message.to_owned() };
        assert!(is_gone(&forbidden("The provided key 'rk_***' does not have access to account 'acct_1'")));
        assert!(!is_gone(&forbidden("Invalid API Key provided")) && !is_gone(&StripeError::silence("timeout")));
    }
}
