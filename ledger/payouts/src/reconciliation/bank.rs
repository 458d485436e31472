//! Whether affiliates' banks took the money: if Stripe sent no event, it is asked once a day, during the
//! reconciliation. The answers become notifications, which `payout` processes like Stripe's own.

use std::time::Duration;

use payout_core::stripe::{StripeError, permission::Permission, sent_to_bank};
use shared::{id::OrganizationId, seal::Secret};

use super::bank_store;
use crate::payout_connection::{client, store::Row};
use kit::{error::Result, state::AppState};

/// Banks send money back within days, rarely within weeks.
const DAYS: i64 = 30;
/// With webhooks, only what Stripe should have reported by now is asked for: it pays on within several days.
const NOTIFY_WITHIN_DAYS: i64 = 7;
/// Accounts asked in one reconciliation, at four a second: the others get their turn another day.
const ACCOUNTS_MAX: i64 = 2_000;
const PAUSE: Duration = Duration::from_millis(250);

/// Asks for the bank payouts of accounts that were recently sent money. An error with one account doesn't affect the
/// others; if the key lacks the permission, nothing is asked.
pub(super) async fn fetch(state: &AppState, organization: OrganizationId, row: &Row, key: &Secret) -> Result<()> {
    let missing = row.missing();
    if [Permission::BankPayoutsRead, Permission::BankPayoutContentsRead].iter().any(|one| missing.contains(one)) {
        return Ok(());
    }
    let now = state.clock.now();
    let until = if row.receives_webhooks() { now.plus_days(-NOTIFY_WITHIN_DAYS) } else { now };
    let mut tx = state.db.tenant(organization).await?;
    let span = (now.plus_days(-DAYS), until);
    let accounts = bank_store::accounts(&mut tx, row.id, span, row.receives_webhooks(), ACCOUNTS_MAX).await?;
    tx.commit().await?;
    // By real time, as at Stripe: our clock may have been moved in development.
    let since = state.clock.wall().plus_days(-DAYS).seconds();
    let pause = PAUSE / state.config.payout_pace_factor.max(1);
    for account in accounts {
        if state.is_stopping() {
            break;
        }
        let answer = client::call(state, key, &sent_to_bank::list(&account, since)).await;
        match answer.and_then(|answer| sent_to_bank::read_list(&answer)) {
            Ok(list) => {
                let mut tx = state.db.tenant(organization).await?;
                let reported = sent_to_bank::noteworthy(&list);
                bank_store::notify(&mut tx, row.id, &account, &reported, state.clock.now()).await?;
                tx.commit().await?;
            }
            Err(StripeError::Busy { .. }) => break,
            Err(failure) => {
                tracing::warn!(
                    event = "reconciliation.bank_payouts_unread",
                    job = "reconcile_payouts",
                    account,
                    "listing bank payouts of an account failed: {failure:?}"
                )
            }
        }
        tokio::time::sleep(pause).await;
    }
    Ok(())
}
