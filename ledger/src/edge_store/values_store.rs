//! SQL of the key-value stores.

use kit::db::GlobalTx;
use shared::timestamp::Timestamp;

/// A key with what is stored under it. A list has no values.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) key: String,
    pub(super) value: Vec<u8>,
    pub(super) metadata: Option<String>,
    pub(super) expires_at: Option<Timestamp>,
}

/// Returns those of the keys that exist, in no particular order.
pub(super) async fn get(
    tx: &mut GlobalTx,
    store: &str,
    keys: &[String],
    now: Timestamp,
) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as!(
        Entry,
        "select key, value, metadata, expires_at from edge_values
         where store = $1 and key = any ($2) and (expires_at is null or expires_at > $3)",
        store,
        keys,
        now,
    )
    .fetch_all(tx.conn())
    .await
}

pub(super) async fn put(tx: &mut GlobalTx, store: &str, entry: &Entry) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into edge_values (store, key, value, metadata, expires_at) values ($1, $2, $3, $4, $5)
         on conflict (store, key) do update
         set value = excluded.value, metadata = excluded.metadata, expires_at = excluded.expires_at",
        store,
        entry.key,
        entry.value,
        entry.metadata,
        entry.expires_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub(super) async fn delete(tx: &mut GlobalTx, store: &str, key: &str) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from edge_values where store = $1 and key = $2", store, key).execute(tx.conn()).await.map(drop)
}

/// Returns the keys with this prefix that follow `after`, in the order of their bytes.
pub(super) async fn list(
    tx: &mut GlobalTx,
    store: &str,
    prefix: &str,
    after: &str,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Entry>, sqlx::Error> {
    sqlx::query_as!(
        Entry,
        r#"select key, ''::bytea as "value!", metadata, expires_at from edge_values
         where store = $1 and key >= $2 and key > $3 and starts_with(key, $2)
           and (expires_at is null or expires_at > $4)
         order by key limit $5"#,
        store,
        prefix,
        after,
        now,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Deletes some of the values that have expired. Returns how many.
pub(super) async fn forget_expired(tx: &mut GlobalTx, now: Timestamp, limit: i64) -> Result<u64, sqlx::Error> {
    sqlx::query!(
        "with expired as materialized (
             select store, key from edge_values where expires_at <= $1 order by expires_at limit $2 for update skip locked
         )
         delete from edge_values kept using expired where kept.store = expired.store and kept.key = expired.key",
        now,
        limit,
    )
    .execute(tx.conn())
    .await
    .map(|done| done.rows_affected())
}
