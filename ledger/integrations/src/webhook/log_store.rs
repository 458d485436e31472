//! SQL for messages, deliveries and their attempts, and for queueing them again.

use std::collections::HashMap;

use serde_json::{Map, Value, value::RawValue};
use shared::{id::MessageId, keys::encode_hex, timestamp::Timestamp};
use sqlx::types::Json;
use uuid::Uuid;

use super::{
    delivery::{Key, LOST_AFTER_MS},
    view::{AttemptView, Delivery, Message},
};
use kit::db::{TenantTx, corrupt_column, plan_store};
use outbox::webhook::{event::EventKind, store::since};

/// Filters the list of messages.
#[derive(Debug, Clone, Default)]
pub struct MessageFilter {
    pub id: Option<Uuid>,
    pub kind: Option<&'static str>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

/// Lists messages, newest first unless `oldest`.
pub async fn messages(tx: &mut TenantTx, filter: &MessageFilter) -> Result<Vec<Message>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        "select id, kind, data, created_at from messages
         where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::text is null or kind = $3)
           and ($4::uuid is null or id >= $4) and ($5::uuid is null or id < $5)
           and ($6::uuid is null or (not $8 and id < $6) or ($8 and id > $6))
         order by case when $8 then id end, case when not $8::boolean then id end desc limit $7",
        tx.organization().uuid(),
        filter.id,
        filter.kind,
        filter.from.map(since),
        filter.to.map(since),
        filter.after,
        filter.limit,
        filter.oldest,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Message {
                id: row.id,
                kind: row.kind,
                timestamp: row.created_at,
                data: RawValue::from_string(row.data).map_err(|_| corrupt_column("messages.data"))?,
            })
        })
        .collect()
}

/// Loads messages by id.
pub async fn messages_of(tx: &mut TenantTx, ids: &[Uuid]) -> Result<HashMap<MessageId, Message>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, kind, data, created_at from messages where organization_id = $1 and id = any ($2)",
        tx.organization().uuid(),
        ids,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let data = RawValue::from_string(row.data).map_err(|_| corrupt_column("messages.data"))?;
            let (id, timestamp) = (row.id, row.created_at);
            Ok((id, Message { id, kind: row.kind, timestamp, data }))
        })
        .collect()
}

/// Filters the list of an endpoint's deliveries.
#[derive(Debug, Clone, Default)]
pub struct DeliveryFilter {
    pub message: Option<Uuid>,
    pub state: Option<&'static str>,
    pub kind: Option<&'static str>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Lists deliveries, newest first, each with its attempts, newest first. One statement reads both, so that a delivery
/// that is being made is shown either before the attempt or after it.
pub async fn deliveries(
    tx: &mut TenantTx,
    endpoint: Uuid,
    filter: &DeliveryFilter,
) -> Result<Vec<Delivery>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with page as (
               select d.message_id, m.kind, d.state, d.attempts, d.next_attempt_at, d.delivered_at, d.last_status,
                      d.last_error, m.created_at
               from webhook_deliveries d
               join messages m on m.organization_id = d.organization_id and m.id = d.message_id
               where d.organization_id = $1 and d.endpoint_id = $2 and ($3::uuid is null or d.message_id = $3)
                 and ($4::text is null or d.state = $4) and ($5::text is null or m.kind = $5)
                 and ($6::uuid is null or d.message_id < $6)
               order by d.message_id desc limit $7)
           select page.message_id, page.kind, page.state, page.attempts, page.next_attempt_at, page.delivered_at,
                  page.last_status, page.last_error, page.created_at,
                  a.number as "number?", a.started_at as "started_at?", a.duration_ms as "duration_ms?",
                  a.request_headers as "request_headers?: Json<Map<String, Value>>", a.body_sha256 as "body_sha256?",
                  a.status, a.answer, a.error, a.message
           from page
           left join webhook_attempts a
                on a.organization_id = $1 and a.endpoint_id = $2 and a.message_id = page.message_id
           order by page.message_id desc, a.number desc, a.id desc"#,
        tx.organization().uuid(),
        endpoint,
        filter.message,
        filter.state,
        filter.kind,
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut deliveries: Vec<Delivery> = Vec::new();
    for row in rows {
        let attempt = match (row.number, row.started_at, row.duration_ms, row.request_headers, row.body_sha256) {
            (Some(number), Some(started_at), Some(duration_ms), Some(headers), Some(body_sha256)) => {
                Some(AttemptView {
                    number,
                    started_at,
                    duration_ms,
                    status: row.status,
                    error: row.error,
                    message: row.message,
                    request_headers: headers.0,
                    body_sha256: encode_hex(&body_sha256),
                    answer: row.answer,
                })
            }
            _ => None,
        };
        let message_id = MessageId::new(row.message_id);
        if let Some(last) = deliveries.last_mut().filter(|last| last.message_id == message_id) {
            last.attempts.extend(attempt);
            continue;
        }
        deliveries.push(Delivery {
            message_id,
            event_type: row.kind,
            status: row.state,
            attempt_count: row.attempts,
            next_attempt_at: row.next_attempt_at,
            delivered_at: row.delivered_at,
            last_status: row.last_status,
            last_error: row.last_error,
            created_at: row.created_at,
            attempts: attempt.into_iter().collect(),
        });
    }
    Ok(deliveries)
}

/// Selects the messages to send to an endpoint again.
#[derive(Debug, Clone)]
pub struct Again {
    pub from: Timestamp,
    pub to: Timestamp,
    /// Only what it didn't receive: failed deliveries, or events while it was disabled.
    pub only_failed: bool,
    /// Names of events; `["*"]` for all.
    pub events: Vec<String>,
    /// Only later messages than this one: the last that an earlier request queued.
    pub after: Option<MessageId>,
}

/// Queues the oldest of them, at most `limit`; those that are being sent or about to be stay as they are. Returns how
/// many were queued, and the last of them if more remain.
pub async fn queue_again(
    tx: &mut TenantTx,
    endpoint: Uuid,
    again: &Again,
    limit: usize,
    now: Timestamp,
) -> Result<(u64, Option<MessageId>), sqlx::Error> {
    let soon = now.plus_millis(LOST_AFTER_MS);
    let mut found = sqlx::query_scalar!(
        "select m.id from messages m
         where m.organization_id = $1 and m.id >= $3 and m.id < $4 and ($9::uuid is null or m.id > $9) and m.kind <> $5
           and ($6::text[] = '{*}' or m.kind = any ($6))
           and not exists (
               select 1 from webhook_deliveries d
               where d.organization_id = $1 and d.endpoint_id = $2 and d.message_id = m.id
                 and ((d.state = 'Pending' and d.next_attempt_at <= $10) or (d.state = 'Delivered' and $7)))
         order by m.id limit $8",
        tx.organization().uuid(),
        endpoint,
        since(again.from),
        since(again.to),
        EventKind::WebhookTest.as_str(),
        &again.events,
        again.only_failed,
        i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1),
        again.after.map(MessageId::uuid),
        soon,
    )
    .fetch_all(tx.conn())
    .await?;
    let more = found.len() > limit;
    found.truncate(limit);
    let queued = sqlx::query!(
        "insert into webhook_deliveries (organization_id, endpoint_id, message_id, next_attempt_at, created_at)
         select m.organization_id, $2, m.id, $4::timestamptz, $4::timestamptz
         from messages m where m.organization_id = $1 and m.id = any ($3) order by m.id
         on conflict (organization_id, endpoint_id, message_id) do update
             set state = 'Pending', tries = 0, next_attempt_at = excluded.next_attempt_at
             where webhook_deliveries.state <> 'Pending' or webhook_deliveries.next_attempt_at > $5",
        tx.organization().uuid(),
        endpoint,
        &found.iter().map(|id| id.uuid()).collect::<Vec<Uuid>>(),
        now,
        soon,
    )
    .execute(tx.conn())
    .await?;
    Ok((queued.rows_affected(), found.last().copied().filter(|_| more)))
}

/// Queues one message for an endpoint, whether or not it was delivered. Returns false where the message doesn't exist.
pub async fn queue_one(tx: &mut TenantTx, key: Key, now: Timestamp) -> Result<bool, sqlx::Error> {
    let queued = sqlx::query!(
        "insert into webhook_deliveries (organization_id, endpoint_id, message_id, next_attempt_at, created_at)
         select organization_id, $2, id, $4::timestamptz, $4::timestamptz from messages where organization_id = $1 and id = $3
         on conflict (organization_id, endpoint_id, message_id) do update
             set state = 'Pending', tries = 0, next_attempt_at = excluded.next_attempt_at",
        key.organization.uuid(),
        key.endpoint,
        key.message.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(queued.rows_affected() == 1)
}
