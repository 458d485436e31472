//! SQL for deliveries in progress: takes them with their attempt counted, and records the result.

use serde_json::Value;
use shared::{
    id::{MessageId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    delivery::{Attempt, Due, Key, Verdict},
    endpoint::EndpointKind,
};
use kit::db::{TenantTx, TenantsTx, corrupt_column};

struct Row {
    organization_id: Uuid,
    endpoint_id: Uuid,
    message_id: Uuid,
    attempts: i32,
    tries: i32,
    endpoint_kind: String,
    url: String,
    kind: String,
    data: String,
    created_at: Timestamp,
}

impl TryFrom<Row> for Due {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        Ok(Self {
            key: Key {
                organization: OrganizationId::new(row.organization_id),
                endpoint: row.endpoint_id,
                message: MessageId::new(row.message_id),
            },
            attempt: row.attempts,
            tries: row.tries,
            kind: EndpointKind::parse(&row.endpoint_kind).ok_or_else(|| corrupt_column("webhook_endpoints.kind"))?,
            url: row.url,
            event: row.kind,
            data: row.data,
            reported_at: row.created_at,
        })
    }
}

/// Takes due deliveries: a few of each endpoint that isn't `busy`, so that no endpoint waits for another. They are
/// reserved until `lost_at`. The endpoints come by id, beginning after `served`, and the result is in their order: so
/// none gets a second turn before the others had theirs.
pub async fn take(
    tx: &mut TenantsTx,
    (now, lost_at): (Timestamp, Timestamp),
    (endpoints, each): (i64, i64),
    (busy, served): (&[Uuid], Uuid),
) -> Result<Vec<Due>, sqlx::Error> {
    let waiting = sqlx::query!(
        "select e.organization_id, e.id, e.kind, e.url from webhook_endpoints e
         where e.enabled and e.id <> all ($3) and exists (
             select 1 from webhook_deliveries d
             where d.organization_id = e.organization_id and d.endpoint_id = e.id and d.state = 'Pending'
               and d.next_attempt_at <= $1)
         order by e.id > $4 desc, e.id limit $2",
        now,
        endpoints,
        busy,
        served,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut taken = Vec::new();
    for endpoint in waiting {
        let rows = sqlx::query!(
            "with due as materialized (
                 select message_id from webhook_deliveries
                 where organization_id = $1 and endpoint_id = $2 and state = 'Pending' and next_attempt_at <= $3
                 order by next_attempt_at, message_id limit $5 for update skip locked)
             update webhook_deliveries d set attempts = d.attempts + 1, tries = d.tries + 1, next_attempt_at = $4
             from due join messages m on m.organization_id = $1 and m.id = due.message_id
             where d.organization_id = $1 and d.endpoint_id = $2 and d.message_id = due.message_id
             returning d.message_id, d.attempts, d.tries, m.kind, m.data, m.created_at",
            endpoint.organization_id,
            endpoint.id,
            now,
            lost_at,
            each,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in rows {
            taken.push(Due::try_from(Row {
                organization_id: endpoint.organization_id,
                endpoint_id: endpoint.id,
                message_id: row.message_id,
                attempts: row.attempts,
                tries: row.tries,
                endpoint_kind: endpoint.kind.clone(),
                url: endpoint.url.clone(),
                kind: row.kind,
                data: row.data,
                created_at: row.created_at,
            })?);
        }
    }
    Ok(taken)
}

/// Takes one delivery, whether or not it is due.
pub async fn take_one(tx: &mut TenantTx, key: Key, lost_at: Timestamp) -> Result<Option<Due>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        "update webhook_deliveries d set attempts = d.attempts + 1, tries = d.tries + 1, next_attempt_at = $4, state = 'Pending'
         from messages m, webhook_endpoints e
         where d.organization_id = $1 and d.endpoint_id = $2 and d.message_id = $3
           and m.organization_id = d.organization_id and m.id = d.message_id
           and e.organization_id = d.organization_id and e.id = d.endpoint_id
         returning d.organization_id, d.endpoint_id, d.message_id, d.attempts, d.tries, e.kind as endpoint_kind, e.url,
                   m.kind, m.data, m.created_at",
        key.organization.uuid(),
        key.endpoint,
        key.message.uuid(),
        lost_at,
    )
    .fetch_optional(tx.conn())
    .await?;
    row.map(Due::try_from).transpose()
}

/// Stores an attempt and its result. If the endpoint was deleted in the meantime, nothing is stored; if a later attempt
/// has begun, this one is stored but decides nothing.
pub async fn settle(
    tx: &mut TenantTx,
    due: &Due,
    attempt: &Attempt,
    next: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let key = due.key;
    let state = match (&attempt.verdict, next) {
        (Verdict::Delivered, _) => "Delivered",
        (Verdict::Failed { .. }, Some(_)) => "Pending",
        (Verdict::Failed { .. }, None) => "Failed",
    };
    let delivered = matches!(attempt.verdict, Verdict::Delivered);
    sqlx::query!(
        "insert into webhook_attempts (organization_id, id, endpoint_id, message_id, number, started_at, duration_ms,
                                       request_headers, body_sha256, status, answer, error, message)
         select organization_id, $4, endpoint_id, message_id, $5, $6, $7, $8, $9, $10, $11, $12, $13
         from webhook_deliveries where organization_id = $1 and endpoint_id = $2 and message_id = $3
         returning 1 as one",
        key.organization.uuid(),
        key.endpoint,
        key.message.uuid(),
        attempt.id,
        due.attempt,
        attempt.started_at,
        attempt.duration_ms,
        Value::from(attempt.headers.clone()),
        attempt.body_sha256.as_slice(),
        attempt.status,
        attempt.answer,
        attempt.verdict.code(),
        attempt.verdict.message(),
    )
    .fetch_all(tx.conn())
    .await?;
    sqlx::query!(
        "update webhook_deliveries
         set state = $4, next_attempt_at = $5, delivered_at = case when $6 then $7 else delivered_at end, last_status = $8,
             last_error = $9
         where organization_id = $1 and endpoint_id = $2 and message_id = $3 and attempts = $10 and state = 'Pending'",
        key.organization.uuid(),
        key.endpoint,
        key.message.uuid(),
        state,
        next,
        delivered,
        now,
        attempt.status,
        attempt.verdict.message(),
        due.attempt,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
