//! SQL of the tenants that are closed.

use shared::id::OrganizationId;

use kit::db::{Db, Holder, TenantsTx};

pub(super) async fn tenants(db: &Db) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let mut tx = db.global(Holder::Nothing).await?;
    let ids = sqlx::query_scalar!("select id from tenants where closed_at is not null order by id")
        .fetch_all(tx.conn())
        .await?;
    tx.commit().await?;
    Ok(ids)
}

/// Returns those of the tenants that are still closed, and stay so until the transaction ends: who undoes a deletion waits
/// for it.
pub(super) async fn hold(tx: &mut TenantsTx, tenants: &[OrganizationId]) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let ids: Vec<_> = tenants.iter().map(|tenant| tenant.uuid()).collect();
    sqlx::query_scalar!(
        "select id from tenants where id = any ($1) and closed_at is not null order by id for no key update",
        &ids,
    )
    .fetch_all(tx.conn())
    .await
}
