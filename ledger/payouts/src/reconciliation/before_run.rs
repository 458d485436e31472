//! A scheduled run waits until payouts were reconciled with Stripe: no one reviews it before it pays, and with a
//! database restored from an older copy it would pay again what was paid since. What the copy itself says about earlier
//! reconciliations proves nothing about that time, so only those count that this process could have made.

use shared::{id::OrganizationId, timestamp::Timestamp};

use kit::{db::TenantTx, error, state::AppState};

/// A reconciliation of this age is recent enough, if it also began after this process did.
const RECENT_MILLIS: i64 = 3_600_000;
/// One that is under way is left alone: this is longer than a worker's claim.
const UNDER_WAY_MILLIS: i64 = 900_000;
/// After this many failures in a row, several minutes, the run is proposed without a reconciliation: not everyone is
/// paid by Stripe, and those who are wait until it answers.
const FAILURES_MAX: i32 = 3;

/// Returns whether a run may be proposed; if not, a reconciliation is scheduled. True if there is no Stripe account to
/// reconcile with.
pub async fn is_compared(state: &AppState, organization: OrganizationId) -> error::Result<bool> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    if !state.start.has_met(organization) {
        forget_failures(&mut tx, now).await?;
    }
    let waits = waits(&mut tx, state.start.at(), now).await?;
    if waits {
        ask(&mut tx, now).await?;
    }
    tx.commit().await?;
    state.start.meet(organization);
    Ok(!waits)
}

/// Failures of before this process began don't count: a restored copy may have them from an earlier outage.
async fn forget_failures(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections set reconcile_at = $2, reconcile_failures = 0
         where organization_id = $1 and status = 'active' and reconcile_failures > 0",
        tx.organization().uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

async fn waits(tx: &mut TenantTx, began_at: Timestamp, now: Timestamp) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (
               select from payout_connections c
               where c.organization_id = $1 and c.status = 'active' and c.reconcile_failures < $3
                 and not exists (select from payout_reconciliations r
                                 where r.organization_id = $1 and r.connection_id = c.id and r.ended_at > $2
                                   and r.started_at >= $4)
           ) as "waits!""#,
        tx.organization().uuid(),
        now.plus_millis(-RECENT_MILLIS),
        FAILURES_MAX,
        began_at,
    )
    .fetch_one(tx.conn())
    .await
}

async fn ask(tx: &mut TenantTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections set reconcile_at = $2
         where organization_id = $1 and status = 'active' and reconcile_failures = 0 and reconcile_at > $3",
        tx.organization().uuid(),
        now,
        now.plus_millis(UNDER_WAY_MILLIS),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
