//! A scheduled run waits until payouts were compared with Stripe: nobody looks at it before it pays, and a database that was
//! restored from an older copy would have it pay again what was paid since.

use shared::{id::OrganizationId, timestamp::Timestamp};

use kit::db::TenantTx;

/// A comparison of so long ago will do.
const RECENT_MILLIS: i64 = 3_600_000;
/// One that is under way is left alone: longer than a worker's claim.
const UNDER_WAY_MILLIS: i64 = 900_000;
/// After so many failures in a row, some minutes, the run is made without: not everybody is paid by Stripe, and those who are
/// wait until it answers.
const FAILURES_MAX: i32 = 3;

/// Whether a run may be made; if not, a comparison is on its way. True where there is no Stripe account to compare with.
pub async fn is_compared(tx: &mut TenantTx, organization: OrganizationId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let waits = sqlx::query_scalar!(
        r#"select exists (
               select from payout_connections c
               where c.organization_id = $1 and c.status = 'active' and c.reconcile_failures < $3
                 and not exists (select from payout_reconciliations r
                                 where r.organization_id = c.organization_id and r.connection_id = c.id and r.ended_at > $2)
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
