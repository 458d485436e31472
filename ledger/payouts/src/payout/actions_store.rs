//! SQL of the actions that people may take on a payout.

use shared::timestamp::Timestamp;

use super::row_store::Row;
use kit::db::TenantTx;

/// When the engine works on the payout next.
pub(super) async fn next_at(tx: &mut TenantTx, row: &Row) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select next_at from payouts where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The brand's own reference for the payout.
pub(super) async fn reference(tx: &mut TenantTx, row: &Row) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select reference from payouts where organization_id = $1 and id = $2",
        row.organization.uuid(),
        row.id.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Returns whether an active connection exists through which the payout can be sent.
pub(super) async fn may_send(tx: &mut TenantTx, row: &Row) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from payout_connections
                          where organization_id = $1 and status = 'active' and ($2::uuid is null or id = $2)) as "may!""#,
        row.organization.uuid(),
        row.connection,
    )
    .fetch_one(tx.conn())
    .await
}

/// Whether it is a payment that another platform made before the move.
pub(super) async fn is_imported(tx: &mut TenantTx, row: &Row) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select imported_from is not null as "imported!" from payouts where organization_id = $1 and id = $2"#,
        row.organization.uuid(),
        row.id.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}
