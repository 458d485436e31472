//! Deletes data whose retention period is over, in portions, so that no one waits for it.

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{
    retention::{Class, Retention},
    retention_store as store,
};
use crate::click_archive;
use kit::{error::Error, jobs::OneByOne, state::AppState};

/// The rows of one portion; the table is unlocked between portions.
const PORTION: i32 = 5_000;
/// The maximum portions per organization and class in one round; the rest follows in the next round.
const PORTIONS_MAX: usize = 200;

/// Deletes every organization's expired data; that of closed organizations, too, whose clicks and audit log stay.
///
/// # Errors
/// The last failing organization's; portions before the failing one stay deleted, and the others are done nevertheless.
pub async fn apply(state: &AppState) -> Result<(), Error> {
    let mut one_by_one = OneByOne::of("maintenance");
    for page in state.db.open_and_closed_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let set = store::of_all(&mut tx).await?;
        tx.commit().await?;
        for organization in page {
            let retention = set.get(organization).copied().unwrap_or_default();
            one_by_one.note(*organization, apply_to(state, *organization, retention).await);
            one_by_one.note(*organization, expire_archives(state, *organization, retention).await);
        }
    }
    one_by_one.result()
}

/// Ends archives whose clicks are older than their organization keeps them; those of closed organizations, too, because
/// their clicks that are still in the table are archived like others.
async fn expire_archives(
    state: &AppState,
    organization: OrganizationId,
    retention: Retention,
) -> Result<(), sqlx::Error> {
    let now = state.clock.now();
    let before = now.plus_days(-i64::from(retention.click_days));
    let mut tx = state.db.tenant(organization).await?;
    let expired = click_archive::store::expire(&mut tx, before, now).await?;
    tx.commit().await?;
    if expired > 0 {
        metrics::counter!("rekomi_retention_deleted_total", "class" => "click_archives").increment(expired);
    }
    Ok(())
}

async fn apply_to(state: &AppState, organization: OrganizationId, retention: Retention) -> Result<(), sqlx::Error> {
    // Business time, like everything whose age a brand sees; idempotency keys are for programs and follow the wall
    // clock.
    let (now, wall) = (state.clock.now(), state.clock.wall());
    let before = |now: Timestamp, days: i32| now.plus_days(-i64::from(days));
    let classes = [
        (Class::Clicks, retention.click_days, now),
        (Class::Quarantine, retention.quarantine_days, now),
        (Class::IdempotencyKeys, retention.idempotency_key_days, wall),
        (Class::Audit, retention.audit_days, now),
    ];
    for (class, days, now) in classes.into_iter().filter(|(_, days, _)| *days > 0) {
        for _ in 0..PORTIONS_MAX {
            let mut tx = state.db.tenant(organization).await?;
            let deleted = store::delete(&mut tx, class, before(now, days), PORTION).await?;
            tx.commit().await?;
            if deleted > 0 {
                metrics::counter!("rekomi_retention_deleted_total", "class" => class.as_str()).increment(deleted);
            }
            if deleted < u64::from(PORTION.unsigned_abs()) || state.is_stopping() {
                break;
            }
        }
    }
    Ok(())
}
