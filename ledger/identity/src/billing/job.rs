//! Reads subscriptions again that should have changed, if no event said so, and ends trials that began without a card.
//! Each subscription's next check is at 09:00 UTC after its next change ([`super::status::check_at`]).

use std::time::Duration;

use serde_json::json;
use shared::id::OrganizationId;

use super::{notice, store, sync};
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
    organization,
};
use kit::{error::Result, state::AppState};

/// How often it looks for what is due.
pub const EVERY: Duration = Duration::from_secs(300);
const TENANTS_MAX: usize = 1_000;
/// Accounts in one round and batch of tenants; the others follow in the next.
const ACCOUNTS_MAX: i64 = 100;
const AGAIN_MS: i64 = 3_600_000;

pub async fn once(state: &AppState) -> Result<()> {
    let Some(settings) = &state.config.billing else { return Ok(()) };
    for tenants in state.db.all_tenants().await?.chunks(TENANTS_MAX) {
        let now = state.clock.now();
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let due = store::take_due(&mut tx, now, now.plus_millis(AGAIN_MS), ACCOUNTS_MAX).await?;
        tx.commit().await?;
        for organization in due {
            if let Err(error) = sync::sync(state, settings, organization).await {
                tracing::warn!(
                    event = "billing.subscription_unread", %organization,
                    "a subscription couldn't be read and will be retried: {}", error.cause()
                );
            }
        }
        end_trials(state, tenants).await?;
    }
    Ok(())
}

/// Ends trials without a subscription. Those of a subscription end when Stripe says so.
async fn end_trials(state: &AppState, tenants: &[OrganizationId]) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenants(tenants.to_vec()).await?;
    let expired = store::expired_trials(&mut tx, now).await?;
    tx.commit().await?;
    for organization in expired {
        let mut tx = state.db.tenant(organization).await?;
        for ended in organization::store::end_trials(&mut tx, now).await? {
            let entry = Entry::new("subscription.trial_ended", ended).after(json!({"status": "Cancelled"}));
            audit::record(&mut tx, &Actor::system(), now, entry).await?;
            notice::of_own_trial(&mut tx, state, now).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}
