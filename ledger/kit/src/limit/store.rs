//! SQL of the limits: token buckets that refill over time.

use shared::timestamp::Timestamp;
use sqlx::PgConnection;

use crate::access::buckets::KeyedRate;

/// Takes one token from each bucket. Returns whether each had one; if not, tokens of the others may have been taken.
pub async fn take(conn: &mut PgConnection, requested: &[KeyedRate], now: Timestamp) -> Result<bool, sqlx::Error> {
    let names: Vec<Vec<u8>> = requested.iter().map(|(name, _)| name.to_vec()).collect();
    let bursts: Vec<f64> = requested.iter().map(|(_, rate)| rate.burst).collect();
    let paces: Vec<f64> = requested.iter().map(|(_, rate)| rate.ms_per_token).collect();
    // In the order of their names, so that two transactions can't deadlock.
    let taken = sqlx::query_scalar!(
        "insert into attempt_limits as kept (name, burst, ms_per_token, tokens, taken_at)
         select w.name, w.burst, w.ms_per_token, w.burst - 1, $4
         from unnest($1::bytea[], $2::float8[], $3::float8[]) as w (name, burst, ms_per_token)
         order by w.name
         on conflict (name) do update
         set burst = excluded.burst, ms_per_token = excluded.ms_per_token,
             tokens = least(excluded.burst, kept.tokens
                 + greatest(0, extract(epoch from excluded.taken_at - kept.taken_at)::float8) * 1000 / excluded.ms_per_token) - 1,
             taken_at = greatest(kept.taken_at, excluded.taken_at)
         where least(excluded.burst, kept.tokens
                 + greatest(0, extract(epoch from excluded.taken_at - kept.taken_at)::float8) * 1000 / excluded.ms_per_token) >= 1
         returning name",
        &names,
        &bursts,
        &paces,
        now,
    )
    .fetch_all(conn)
    .await?;
    Ok(taken.len() == requested.len())
}

/// Undoes a [`take`].
pub async fn put_back(conn: &mut PgConnection, taken: &[KeyedRate]) -> Result<(), sqlx::Error> {
    let names: Vec<Vec<u8>> = taken.iter().map(|(name, _)| name.to_vec()).collect();
    sqlx::query!(
        "update attempt_limits set tokens = least(burst, tokens + 1)
         where name in (select name from attempt_limits where name = any ($1) order by name for update)",
        &names,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Deletes buckets that are full again.
pub async fn forget_old(conn: &mut PgConnection, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from attempt_limits where taken_at + make_interval(secs => burst * ms_per_token / 1000) <= $1",
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}
