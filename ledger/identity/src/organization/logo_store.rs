//! SQL of an organization's logo.

use shared::{id::OrganizationId, timestamp::Timestamp};

use kit::{db::TenantTx, page::picture::Picture};

/// Returns when the logo was chosen, if the organization has one.
pub async fn chosen_at(tx: &mut TenantTx) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        "select updated_at from organization_logos where organization_id = $1",
        tx.organization().uuid()
    )
    .fetch_optional(tx.conn())
    .await
}

/// Returns the logo's content type and bytes, unless the organization is scheduled for deletion.
pub async fn picture(tx: &mut TenantTx) -> Result<Option<(String, Vec<u8>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select l.content_type, l.bytes from organization_logos l
         join tenants t on t.id = l.organization_id and t.closed_at is null where l.organization_id = $1",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.content_type, row.bytes)))
}

pub async fn set(tx: &mut TenantTx, (picture, bytes): (Picture, &[u8]), now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into organization_logos (organization_id, content_type, bytes, width, height, updated_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organization_id) do update set content_type = excluded.content_type, bytes = excluded.bytes,
             width = excluded.width, height = excluded.height, updated_at = excluded.updated_at",
        tx.organization().uuid(),
        picture.content_type,
        bytes,
        picture.width,
        picture.height,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns whether there was one.
pub async fn remove(tx: &mut TenantTx) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query!("delete from organization_logos where organization_id = $1", tx.organization().uuid())
        .execute(tx.conn())
        .await?;
    Ok(removed.rows_affected() == 1)
}

/// Copies a live organization's logo into its new test mode.
pub async fn copy(tx: &mut TenantTx, twin: OrganizationId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into organization_logos (organization_id, content_type, bytes, width, height, updated_at)
         select $1, content_type, bytes, width, height, updated_at from organization_logos where organization_id = $2
         returning 1 as one",
        twin.uuid(),
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}
