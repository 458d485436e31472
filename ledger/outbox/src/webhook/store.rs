//! SQL for messages: written as a set, with their deliveries; and the creation times missing in memory.

use std::collections::HashMap;

use shared::{
    id::{CommissionId, ConversionId, MessageId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::message::Message;
use kit::{
    compiled_once,
    db::{TenantTx, TenantsTx},
};

/// How long messages are kept.
pub const KEPT_DAYS: i64 = 30;

/// Inserts messages, and a delivery of each to every endpoint subscribed to it now.
#[compiled_once]
pub async fn insert(tx: &mut TenantsTx, messages: &[Message], now: Timestamp) -> Result<(), sqlx::Error> {
    if messages.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "with report as (
             insert into messages (organization_id, id, kind, data, created_at)
             select organization_id, id, kind, data, $5::timestamptz
             from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) m (organization_id, id, kind, data)
             returning organization_id, id, kind)
         insert into webhook_deliveries (organization_id, endpoint_id, message_id, next_attempt_at, created_at)
         select t.organization_id, e.id, t.id, $5, $5 from report t
         join webhook_endpoints e on e.organization_id = t.organization_id and e.enabled
              and (e.events = '{*}' or t.kind = any (e.events))
         returning 1 as one",
        &messages.iter().map(|message| message.organization.uuid()).collect::<Vec<_>>(),
        &messages.iter().map(|message| message.id.uuid()).collect::<Vec<_>>(),
        &messages.iter().map(|message| message.kind.as_str().to_owned()).collect::<Vec<_>>(),
        &messages.iter().map(|message| message.data.as_str()).collect::<Vec<_>>() as &[&str],
        now,
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Inserts a message without deliveries: the caller adds one for a single endpoint.
pub async fn insert_alone(tx: &mut TenantTx, message: &Message, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into messages (organization_id, id, kind, data, created_at) values ($1, $2, $3, $4, $5)",
        message.organization.uuid(),
        message.id.uuid(),
        message.kind.as_str(),
        message.data,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Maximum messages deleted in one round.
const FORGOTTEN_AT_ONCE: i64 = 10_000;

/// Deletes old messages, with their deliveries and attempts, and expired secrets. Returns false if more may remain.
pub async fn forget_old(tx: &mut TenantsTx, now: Timestamp) -> Result<bool, sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query!(
        "delete from webhook_secrets where organization_id = any ($1) and expires_at <= $2",
        &organizations,
        now,
    )
    .execute(tx.conn())
    .await?;
    let gone = sqlx::query!(
        "with old as materialized (
             select organization_id, id from messages where organization_id = any ($1) and id < $2 limit $3)
         delete from messages m using old where m.organization_id = old.organization_id and m.id = old.id",
        &organizations,
        since(now.plus_days(-KEPT_DAYS)),
        FORGOTTEN_AT_ONCE,
    )
    .execute(tx.conn())
    .await?;
    Ok(gone.rows_affected() < FORGOTTEN_AT_ONCE.unsigned_abs())
}

/// When these conversions were first written.
pub async fn conversions_since(
    tx: &mut TenantsTx,
    keys: &[(OrganizationId, ConversionId)],
) -> Result<HashMap<ConversionId, Timestamp>, sqlx::Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select id, created_at from conversions
         where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &keys.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &keys.iter().map(|key| key.1.uuid()).collect::<Vec<Uuid>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (ConversionId::new(row.id), row.created_at)).collect())
}

/// When these commissions were first written.
pub async fn commissions_since(
    tx: &mut TenantsTx,
    keys: &[(OrganizationId, CommissionId)],
) -> Result<HashMap<CommissionId, Timestamp>, sqlx::Error> {
    if keys.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select id, created_at from commissions
         where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &keys.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &keys.iter().map(|key| key.1.uuid()).collect::<Vec<Uuid>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (CommissionId::new(row.id), row.created_at)).collect())
}

/// The smallest id of a time.
pub fn since(moment: Timestamp) -> Uuid {
    MessageId::v7(moment.millis().unsigned_abs(), &[0; 10]).uuid()
}
