//! A scheduled run waits until payouts were reconciled with Stripe: no one reviews it before it pays, and with a
//! database restored from an older copy it would pay again what was paid since.

use shared::timestamp::Timestamp;

use kit::db::TenantTx;

/// A reconciliation of this age is recent enough.
const RECENT_MILLIS: i64 = 3_600_000;
/// One that is under way is left alone: this is longer than a worker's claim.
const UNDER_WAY_MILLIS: i64 = 900_000;
/// After this many failures in a row, several minutes, the run is proposed without a reconciliation: not everyone is
/// paid by Stripe, and those who are wait until it answers.
const FAILURES_MAX: i32 = 3;

/// Returns whether a run may be proposed; if not, a reconciliation is scheduled. True if there is no Stripe account to
/// reconcile with.
pub async fn is_compared(tx: &mut TenantTx, now: Timestamp) -> Result<bool, sqlx::Error> {
    let organization = tx.organization();
    let waits = sqlx::query_scalar!(
        r#"select exists (
               select from payout_connections c
               where c.organization_id = $1 and c.status = 'active' and c.reconcile_failures < $3
                 and not exists (select from payout_reconciliations r
                                 where r.organization_id = $1 and r.connection_id = c.id and r.ended_at > $2)
           ) as "waits!""#,
        organization.uuid(),
        now.plus_millis(-RECENT_MILLIS),
        FAILURES_MAX,
    )
    .fetch_one(tx.conn())
    .await?;
    if waits {
        sqlx::query!(
            "update payout_connections set reconcile_at = $2
             where organization_id = $1 and status = 'active' and reconcile_failures = 0 and reconcile_at > $3",
            organization.uuid(),
            now,
            now.plus_millis(UNDER_WAY_MILLIS),
        )
        .execute(tx.conn())
        .await?;
    }
    Ok(!waits)
}
