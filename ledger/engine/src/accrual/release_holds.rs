//! Ends holds: a commission whose hold period is over and that nothing else holds changes from Pending to Approved.
//!
//! Each tenant's due commissions are processed in small sets under the tenant's lock, so that intake waits for
//! milliseconds only; a set that fails is retried in the next round.

use std::time::Duration;

use shared::id::OrganizationId;

use super::change;
use crate::{book, commission::store, history::write::BookingError};
use kit::{
    error::Result,
    jobs::{OneByOne, Rounds},
    state::AppState,
};
use rules::{
    book::entry::Cause,
    commission::{CommissionState, stand},
};

const EVERY: Duration = Duration::from_secs(30);
const SET: i64 = 500;

pub async fn run(state: AppState, mut rounds: Rounds) {
    if let Err(error) = super::unverified::return_to_review(&state).await {
        tracing::warn!(
            event = "holds.claims_not_returned",
            job = "release_holds",
            "returning claims to review failed: {error:?}"
        );
    }
    while rounds.begin() {
        let outcome = once(&state).await;
        rounds.ended(&outcome);
        if let Err(error) = outcome {
            let (at, cause) = (error.at(), error.cause());
            tracing::warn!(event = "holds.not_released", job = "release_holds", at, "releasing holds failed: {cause}");
        }
        rounds.pause(EVERY).await;
    }
}

/// Approves all commissions that are due now.
///
/// # Errors
/// The last failing tenant's; sets before the failing one, and the other tenants, are kept.
pub async fn once(state: &AppState) -> Result<()> {
    let mut tenant_by_tenant = OneByOne::of("release_holds");
    for tenants in state.db.all_tenants().await?.chunks(1_000) {
        for organization in waiting(state, tenants).await? {
            tenant_by_tenant.note(organization, all(state, organization).await);
        }
    }
    tenant_by_tenant.result()
}

/// Approves one tenant's commissions, set by set, until none is due or the process stops.
async fn all(state: &AppState, organization: OrganizationId) -> std::result::Result<(), BookingError> {
    while !state.is_stopping() && set(state, organization).await? {}
    Ok(())
}

/// Those of these tenants with commissions that are due.
async fn waiting(state: &AppState, tenants: &[OrganizationId]) -> Result<Vec<OrganizationId>> {
    let mut tx = state.db.tenants(tenants.to_vec()).await?;
    let organizations = tx.tenant_ids();
    let due = sqlx::query_scalar!(
        "select distinct organization_id from commissions
         where organization_id = any ($1) and status = 'Pending' and held is null and hold_until <= $2",
        &organizations,
        state.clock.now(),
    )
    .fetch_all(tx.conn())
    .await?;
    tx.commit().await?;
    Ok(due.into_iter().map(OrganizationId::new).collect())
}

/// Processes one set of one tenant; returns whether there may be more.
async fn set(state: &AppState, organization: OrganizationId) -> std::result::Result<bool, BookingError> {
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    let now = state.clock.now();
    let due = store::due(&mut tx, now, SET).await?;
    let changes: Vec<change::Change> = due
        .into_iter()
        .map(|(_, before)| {
            let mut after = before.clone();
            stand(&mut after, CommissionState::default(), now);
            (Some(before), after)
        })
        .filter(|(before, after)| before.as_ref() != Some(after))
        .collect();
    change::apply(&mut tx, state, &changes, Cause::default()).await?;
    tx.commit().await?;
    if !changes.is_empty() {
        metrics::counter!("rekomi_commissions_approved_total").increment(changes.len() as u64);
        drop(state.news.send(organization));
    }
    Ok(i64::try_from(changes.len()).is_ok_and(|count| count == SET))
}
