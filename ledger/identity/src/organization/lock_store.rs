//! SQL that locks an organization's row, so that changes that depend on it or on its team come one after the other.

use kit::db::TenantTx;

/// Waits until no other transaction holds the lock, and keeps it until this one ends.
pub async fn lock(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "select organization_id from organizations where organization_id = $1 for no key update",
        tx.organization().uuid()
    )
    .fetch_optional(tx.conn())
    .await
    .map(drop)
}
