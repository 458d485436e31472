//! SQL of apps. They belong to the installation, so any transaction may read them.

use shared::timestamp::Timestamp;
use sqlx::PgConnection;

use super::{client::Client, description::Description};

/// An app, and until when its document needn't be read again.
#[derive(Debug)]
pub struct Found {
    pub client: Client,
    pub fresh_until: Option<Timestamp>,
}

pub async fn find(conn: &mut PgConnection, id: &str) -> Result<Option<Found>, sqlx::Error> {
    let row =
        sqlx::query!("select client_id, name, redirect_uris, fresh_until from oauth_clients where client_id = $1", id)
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|row| Found {
        client: Client { id: row.client_id, name: row.name, redirect_uris: row.redirect_uris },
        fresh_until: row.fresh_until,
    }))
}

/// Stores a registered app.
pub async fn register(
    conn: &mut PgConnection,
    id: &str,
    described: &Description,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into oauth_clients (client_id, kind, name, redirect_uris, created_at, last_used_at)
         values ($1, 'Registered', $2, $3, $4, $4)",
        id,
        described.name,
        &described.redirect_uris,
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Stores what an app's document says now.
pub async fn keep_document(
    conn: &mut PgConnection,
    id: &str,
    described: &Description,
    fresh_until: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into oauth_clients (client_id, kind, name, redirect_uris, fresh_until, created_at, last_used_at)
         values ($1, 'Document', $2, $3, $4, $5, $5)
         on conflict (client_id) do update
         set name = excluded.name, redirect_uris = excluded.redirect_uris, fresh_until = excluded.fresh_until",
        id,
        described.name,
        &described.redirect_uris,
        fresh_until,
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

pub async fn touch(conn: &mut PgConnection, id: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update oauth_clients set last_used_at = $2
         where client_id = $1 and last_used_at < $2::timestamptz - interval '1 hour'",
        id,
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Deletes apps that got no tokens since then.
pub async fn delete_unused(conn: &mut PgConnection, since: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from oauth_clients where last_used_at < $1", since).execute(conn).await.map(drop)
}
