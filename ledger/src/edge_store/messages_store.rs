//! SQL of the queues. A message that is being delivered stays in its table, due at a later moment: if the process ends, it
//! is delivered again then.

use kit::db::GlobalTx;
use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::messages::Metrics;

/// A message as it arrived.
#[derive(Debug)]
pub(super) struct New {
    pub(super) id: Uuid,
    pub(super) body: String,
    pub(super) due_at: Timestamp,
}

/// A message that is being delivered.
#[derive(Debug)]
pub(super) struct Taken {
    pub(super) id: Uuid,
    pub(super) body: String,
    /// This delivery included.
    pub(super) attempts: i32,
    pub(super) sent_at: Timestamp,
}

/// What the next batch can have.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Messages that can be delivered now, counted up to the size of a batch.
    pub(super) due: i64,
    /// When the first of all is due.
    pub(super) next: Option<Timestamp>,
}

pub(super) async fn send(tx: &mut GlobalTx, queue: &str, new: &[New], now: Timestamp) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = new.iter().map(|new| new.id).collect();
    let bodies: Vec<&str> = new.iter().map(|new| new.body.as_str()).collect();
    let due: Vec<Timestamp> = new.iter().map(|new| new.due_at).collect();
    sqlx::query!(
        "insert into edge_messages (id, queue, body, sent_at, due_at)
         select w.id, $1, w.body, $2, w.due_at from unnest($3::uuid[], $4::text[], $5::timestamptz[]) as w (id, body, due_at)",
        queue,
        now,
        &ids,
        &bodies as &[&str],
        &due,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub(super) async fn waiting(
    tx: &mut GlobalTx,
    queue: &str,
    now: Timestamp,
    limit: i64,
) -> Result<Waiting, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"select count(*) filter (where due_at <= $2) as "due!", min(due_at) as next
         from (select due_at from edge_messages where queue = $1 order by due_at limit $3) w"#,
        queue,
        now,
        limit,
    )
    .fetch_one(tx.conn())
    .await
}

/// Takes what is due, up to `limit`, until the moment `until`. The attempt is counted before it is made.
pub(super) async fn take(
    tx: &mut GlobalTx,
    queue: &str,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<Taken>, sqlx::Error> {
    sqlx::query_as!(
        Taken,
        "with due as materialized (
             select id from edge_messages where queue = $1 and due_at <= $2 order by due_at, id limit $4
             for update skip locked
         )
         update edge_messages taken set attempts = taken.attempts + 1, due_at = $3
         from due where taken.id = due.id
         returning taken.id, taken.body, taken.attempts, taken.sent_at",
        queue,
        now,
        until,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Prolongs a delivery.
pub(super) async fn hold(tx: &mut GlobalTx, ids: &[Uuid], until: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("update edge_messages set due_at = $2 where id = any ($1)", ids, until)
        .execute(tx.conn())
        .await
        .map(drop)
}

pub(super) async fn remove(tx: &mut GlobalTx, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from edge_messages where id = any ($1)", ids).execute(tx.conn()).await.map(drop)
}

/// Puts messages back, each until its own moment.
pub(super) async fn again(tx: &mut GlobalTx, ids: &[Uuid], due: &[Timestamp]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update edge_messages kept set due_at = w.due_at
         from unnest($1::uuid[], $2::timestamptz[]) as w (id, due_at) where kept.id = w.id",
        ids,
        due,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Moves messages to another queue, where their count starts over.
pub(super) async fn dead_letter(
    tx: &mut GlobalTx,
    ids: &[Uuid],
    queue: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update edge_messages set queue = $2, attempts = 0, due_at = $3 where id = any ($1)", ids, queue, now)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Puts back what didn't reach the Worker: that was no attempt.
pub(super) async fn undo(tx: &mut GlobalTx, ids: &[Uuid], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update edge_messages set attempts = greatest(attempts - 1, 0), due_at = $2 where id = any ($1)",
        ids,
        now
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Counts all that is in a queue.
pub(super) async fn backlog(tx: &mut GlobalTx, queue: &str) -> Result<Metrics, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) as "count!", coalesce(sum(octet_length(body)), 0) as "bytes!", min(sent_at) as oldest
         from edge_messages where queue = $1"#,
        queue,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Metrics {
        backlog_count: row.count,
        backlog_bytes: row.bytes,
        oldest_message_timestamp: row.oldest.map(Timestamp::millis),
    })
}
