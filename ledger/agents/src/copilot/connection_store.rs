//! SQL of the co-pilot's connection.

use kit::db::{TenantTx, lock_store};
use shared::timestamp::Timestamp;
use sqlx::types::Uuid;

use super::{
    mask::Level,
    wire::{Kind, TokenField},
};

#[derive(Debug, Clone)]
pub struct Row {
    pub id: Uuid,
    pub kind: Kind,
    pub base_url: Option<String>,
    pub sealed_secret: Option<String>,
    pub key_hint: Option<String>,
    pub model: String,
    pub token_field: TokenField,
    pub data_level: Level,
    pub tokens_per_day: i32,
    pub refused_at: Option<Timestamp>,
    pub changed_by: String,
    pub changed_at: Timestamp,
}

/// One change at a time.
pub async fn lock(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    lock_store::lock(tx, "copilot_connections").await
}

pub async fn read(tx: &mut TenantTx) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select id, kind as "kind: Kind", base_url, sealed_secret, key_hint, model,
               token_field as "token_field: TokenField", data_level as "data_level: Level", tokens_per_day, refused_at,
               changed_by, changed_at
           from copilot_connections where organization_id = $1"#,
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn put(tx: &mut TenantTx, row: &Row) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into copilot_connections (organization_id, id, kind, base_url, sealed_secret, key_hint, model, token_field,
             data_level, tokens_per_day, refused_at, changed_by, changed_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
         on conflict (organization_id) do update set kind = excluded.kind, base_url = excluded.base_url,
             sealed_secret = excluded.sealed_secret, key_hint = excluded.key_hint, model = excluded.model,
             token_field = excluded.token_field, data_level = excluded.data_level,
             tokens_per_day = excluded.tokens_per_day, refused_at = excluded.refused_at,
             changed_by = excluded.changed_by, changed_at = excluded.changed_at",
        tx.organization().uuid(),
        row.id,
        row.kind.as_str(),
        row.base_url,
        row.sealed_secret,
        row.key_hint,
        row.model,
        row.token_field.as_str(),
        row.data_level.as_str(),
        row.tokens_per_day,
        row.refused_at,
        row.changed_by,
        row.changed_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records whether the server accepted the key.
pub async fn set_refused(tx: &mut TenantTx, refused_at: Option<Timestamp>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update copilot_connections set refused_at = $2
         where organization_id = $1 and (refused_at is null) <> ($2::timestamptz is null)",
        tx.organization().uuid(),
        refused_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn delete(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from copilot_connections where organization_id = $1", tx.organization().uuid())
        .execute(tx.conn())
        .await
        .map(drop)
}
