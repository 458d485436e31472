//! Reads subscriptions again that should have changed, if no event said so, and looks after trials that began without a
//! card: their owners get an email when they have begun, another before they end, and one when the job has ended them.
//! Each subscription's next check is at 09:00 UTC after its next change ([`super::status::check_at`]).

use std::time::Duration;

use serde_json::json;
use shared::id::OrganizationId;

use super::{
    email::Notice,
    notice, status, store, sync,
    trial_store::{self, OWN_TRIAL_SEEN},
};
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
    organization,
};
use kit::{error::Result, jobs::OneByOne, mail::EmailKind, state::AppState};

/// How often it looks for what is due.
pub const EVERY: Duration = Duration::from_secs(300);
const TENANTS_MAX: usize = 1_000;
/// Accounts in one round and batch of tenants; the others follow in the next.
const ACCOUNTS_MAX: i64 = 100;
const AGAIN_MS: i64 = 3_600_000;

/// # Errors
/// The last failing organization's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    let Some(settings) = &state.config.billing else { return Ok(()) };
    let mut one_by_one = OneByOne::of("reconcile_billing");
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
        end_trials(state, tenants, &mut one_by_one).await?;
        announce_trials(state, tenants, &mut one_by_one).await?;
    }
    one_by_one.result()
}

/// Notes which trials without a subscription go on, and emails owners about them: that they have begun, and that they end
/// soon.
async fn announce_trials(state: &AppState, tenants: &[OrganizationId], one_by_one: &mut OneByOne) -> Result<()> {
    let now = state.clock.now();
    let soon = now.plus_days(status::TRIAL_NOTICE_DAYS);
    let mut tx = state.db.tenants(tenants.to_vec()).await?;
    let (started, ending) = (EmailKind::BillingCardlessTrialStarted, EmailKind::BillingCardlessTrialEnding);
    let unseen = trial_store::trials_without_notice(&mut tx, (OWN_TRIAL_SEEN, false), (now, None)).await?;
    let begun = trial_store::trials_without_notice(&mut tx, (started.as_str(), true), (soon, None)).await?;
    let ending = trial_store::trials_without_notice(&mut tx, (ending.as_str(), true), (now, Some(soon))).await?;
    tx.commit().await?;
    for (organization, _) in unseen {
        one_by_one.note(organization, see(state, organization).await);
    }
    let begun = begun.into_iter().map(|(organization, end)| (organization, Notice::CardlessTrialStarted { end }));
    let ending = ending.into_iter().map(|(organization, end)| (organization, Notice::CardlessTrialEnding { end }));
    for (organization, notice) in begun.chain(ending) {
        one_by_one.note(organization, announce(state, organization, notice).await);
    }
    Ok(())
}

async fn see(state: &AppState, organization: OrganizationId) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    store::insert_notice(&mut tx, OWN_TRIAL_SEEN, state.clock.now()).await?;
    Ok(tx.commit().await?)
}

async fn announce(state: &AppState, organization: OrganizationId, notice: Notice) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    notice::during_own_trial(&mut tx, state, notice).await?;
    Ok(tx.commit().await?)
}

/// Ends trials without a subscription. Those of a subscription end when Stripe says so.
async fn end_trials(state: &AppState, tenants: &[OrganizationId], one_by_one: &mut OneByOne) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenants(tenants.to_vec()).await?;
    let expired = trial_store::expired_trials(&mut tx, now).await?;
    tx.commit().await?;
    for organization in expired {
        one_by_one.note(organization, end_trial(state, organization).await);
    }
    Ok(())
}

async fn end_trial(state: &AppState, organization: OrganizationId) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    for ended in organization::store::end_trials(&mut tx, now).await? {
        let entry = Entry::new("subscription.trial_ended", ended).after(json!({"status": "Cancelled"}));
        audit::record(&mut tx, &Actor::system(), now, entry).await?;
        notice::of_own_trial(&mut tx, state, now).await?;
    }
    Ok(tx.commit().await?)
}
