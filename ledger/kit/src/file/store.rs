//! SQL for files.

use shared::{
    id::{AffiliateId, FileId},
    timestamp::Timestamp,
};

use crate::db::TenantTx;

/// The row of a file, as needed to open it.
#[derive(Debug, Clone)]
pub struct Row {
    /// `None` for a file of the brand itself.
    pub affiliate: Option<AffiliateId>,
    pub content_type: String,
    /// `None` once the file is destroyed.
    pub sealed_key: Option<String>,
    pub sha256: Vec<u8>,
    pub is_stored: bool,
}

/// A file about to be put into the storage.
#[derive(Debug)]
pub struct New<'a> {
    pub id: FileId,
    pub affiliate: Option<AffiliateId>,
    pub content_type: &'static str,
    pub sealed_key: &'a str,
    /// In bytes.
    pub size: i32,
    pub sha256: &'a [u8],
}

pub async fn insert(tx: &mut TenantTx, new: &New<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into files (organization_id, id, affiliate_id, sealed_key, content_type, size, sha256, created_at)
         values ($1, $2, $3, $4, $8, $5, $6, $7)",
        tx.organization().uuid(),
        new.id.uuid(),
        new.affiliate.map(AffiliateId::uuid),
        new.sealed_key,
        new.size,
        new.sha256,
        now,
        new.content_type,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records that the object was stored. Returns false if the upload was given up in the meantime.
pub async fn stored(tx: &mut TenantTx, id: FileId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update files set stored_at = $3 where organization_id = $1 and id = $2 and destroyed_at is null",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn read(tx: &mut TenantTx, id: FileId) -> Result<Option<Row>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select affiliate_id, content_type, sealed_key, sha256, stored_at is not null as "is_stored!"
           from files where organization_id = $1 and id = $2"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Row {
        affiliate: row.affiliate_id,
        content_type: row.content_type,
        sealed_key: row.sealed_key,
        sha256: row.sha256,
        is_stored: row.is_stored,
    }))
}

/// Destroys a file's key, which makes every copy of the object unreadable; the clean-up removes the object itself.
pub async fn destroy(tx: &mut TenantTx, id: FileId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update files set sealed_key = null, destroyed_at = $3
         where organization_id = $1 and id = $2 and destroyed_at is null",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Gives up uploads that were started before a given time and never finished.
pub async fn give_up(tx: &mut TenantTx, before: Timestamp, now: Timestamp) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update files set sealed_key = null, destroyed_at = $3
         where organization_id = $1 and stored_at is null and destroyed_at is null and created_at < $2",
        tx.organization().uuid(),
        before,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Objects to be removed from the storage.
pub async fn to_remove(tx: &mut TenantTx, limit: i64) -> Result<Vec<FileId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from files where organization_id = $1 and removed_at is null and destroyed_at is not null
         order by id limit $2",
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(FileId::new).collect())
}

pub async fn removed(tx: &mut TenantTx, id: FileId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update files set removed_at = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
