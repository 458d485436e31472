//! SQL of what waits for someone in the brand, besides what the menu counts.

use kit::db::TenantTx;
use shared::timestamp::Timestamp;

/// Counts link domains that aren't verified, up to `limit`.
pub(super) async fn domains(tx: &mut TenantTx, limit: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select 1 from link_hosts where organization_id = $1 and verified_at is null limit $2) h"#,
        tx.organization().uuid(),
        limit,
    )
    .fetch_one(tx.conn())
    .await
}

/// Counts what AI assistants requested and a person can confirm now, up to `limit`.
pub(super) async fn confirmations(tx: &mut TenantTx, limit: i64, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select 1 from agent_confirmations
               where organization_id = $1 and state = 'Pending' and expires_at > $3 limit $2) c"#,
        tx.organization().uuid(),
        limit,
        now,
    )
    .fetch_one(tx.conn())
    .await
}

/// Counts the balances that are payable, up to `limit`.
pub(super) async fn balances(tx: &mut TenantTx, limit: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select 1 from accounts
               where organization_id = $1 and kind = 'affiliate_approved' and balance > 0 limit $2) a"#,
        tx.organization().uuid(),
        limit,
    )
    .fetch_one(tx.conn())
    .await
}
