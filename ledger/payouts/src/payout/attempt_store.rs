//! SQL of the calls about payouts: each is recorded before it is made.

use shared::{
    id::{Id, PayoutId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::view::PayoutAttempt;
use kit::db::TenantTx;

/// Longer messages are truncated.
const MESSAGE_MAX: usize = 1_000;

/// A call about to be made.
#[derive(Debug)]
pub(super) struct Attempt<'a> {
    pub(super) payout: PayoutId,
    /// `LookUp` or `Send`.
    pub(super) step: &'static str,
    pub(super) key: Option<&'a str>,
}

pub(super) async fn begin(tx: &mut TenantTx, attempt: &Attempt<'_>, now: Timestamp) -> Result<Uuid, sqlx::Error> {
    let id = Id::<shared::id::Payout>::v7(now.millis().unsigned_abs(), &rand::random()).uuid();
    sqlx::query!(
        "insert into payout_attempts (organization_id, id, payout_id, step, idempotency_key, started_at)
         values ($1, $2, $3, $4, $5, $6)",
        tx.organization().uuid(),
        id,
        attempt.payout.uuid(),
        attempt.step,
        attempt.key,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(id)
}

/// How a call went.
#[derive(Debug, Clone, Default)]
pub(super) struct End {
    /// The HTTP status, if an answer came.
    pub(super) status: Option<u16>,
    pub(super) outcome: String,
    pub(super) message: Option<String>,
    pub(super) request_id: Option<String>,
}

/// Records the end of a call. Returns false if another call about this payout began in the meantime: the newer call
/// then decides how the payout continues.
pub(super) async fn end(
    tx: &mut TenantTx,
    (payout, attempt): (PayoutId, Uuid),
    end: &End,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let message = end.message.as_ref().map(|text| text.chars().take(MESSAGE_MAX).collect::<String>());
    sqlx::query_scalar!(
        r#"with mine as (
               update payout_attempts set ended_at = $4, status = $5, outcome = $6, message = $7, request_id = $8
               where organization_id = $1 and id = $3)
           select not exists (select from payout_attempts
                              where organization_id = $1 and payout_id = $2 and id <> $3 and id > $3) as "last!""#,
        tx.organization().uuid(),
        payout.uuid(),
        attempt,
        now,
        end.status.map(i32::from),
        end.outcome,
        message,
        end.request_id,
    )
    .fetch_one(tx.conn())
    .await
}

/// The ID and start time of the last call to send.
pub(super) async fn last_send(tx: &mut TenantTx, payout: PayoutId) -> Result<Option<(Uuid, Timestamp)>, sqlx::Error> {
    let row = sqlx::query!(
        "select id, started_at from payout_attempts
         where organization_id = $1 and payout_id = $2 and step = 'Send' order by id desc limit 1",
        tx.organization().uuid(),
        payout.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.id, row.started_at)))
}

/// Lists calls, oldest first, after the one with the given ID.
pub(super) async fn list(
    tx: &mut TenantTx,
    payout: PayoutId,
    after: Option<Uuid>,
    limit: i64,
) -> Result<Vec<(Uuid, PayoutAttempt)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, step, idempotency_key, started_at, ended_at, status, outcome, message, request_id from payout_attempts
         where organization_id = $1 and payout_id = $2 and ($3::uuid is null or id > $3) order by id limit $4",
        tx.organization().uuid(),
        payout.uuid(),
        after,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| {
        let attempt = PayoutAttempt {
            step: row.step,
            idempotency_key: row.idempotency_key,
            started_at: row.started_at,
            ended_at: row.ended_at,
            status: row.status,
            outcome: row.outcome,
            message: row.message,
            request_id: row.request_id,
        };
        (row.id, attempt)
    });
    Ok(view.collect())
}
