//! A lock of one organization that is on no row: for work that only one transaction at a time may do.

use super::TenantTx;

/// Waits until no other transaction does this for the organization, and lets none begin until this one ends. The name
/// is that of the rows that the work is about.
pub async fn lock(tx: &mut TenantTx, name: &'static str) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "select pg_advisory_xact_lock(hashtextextended($1::text || '/' || $2::uuid, 0))",
        name,
        organization.uuid(),
    )
    .fetch_one(tx.conn())
    .await
    .map(drop)
}
