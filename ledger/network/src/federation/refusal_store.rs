//! SQL of refused messages of other installations, which the operator sees counted.

use kit::db::GlobalTx;
use shared::timestamp::Timestamp;

/// How often messages were refused with a code.
#[derive(Debug)]
pub(super) struct Refusal {
    pub code: String,
    pub count: i64,
    pub last_at: Timestamp,
    /// Who sent the last one whose signature was valid.
    pub last_host: Option<String>,
}

pub(super) async fn list(tx: &mut GlobalTx) -> Result<Vec<Refusal>, sqlx::Error> {
    sqlx::query_as!(Refusal, "select code, count, last_at, last_host from network_refusals order by last_at desc")
        .fetch_all(tx.conn())
        .await
}

pub(super) async fn note(
    tx: &mut GlobalTx,
    (code, host): (&str, Option<&str>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into network_refusals (code, count, last_at, last_host) values ($1, 1, $2, $3)
         on conflict (code) do update
         set count = network_refusals.count + 1, last_at = excluded.last_at,
             last_host = coalesce(excluded.last_host, network_refusals.last_host)",
        code,
        now,
        host,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
