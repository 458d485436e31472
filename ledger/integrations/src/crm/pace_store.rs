//! SQL for paces: when calls were last sent to an account, for all processes and organizations together. Times are the
//! database's, so that processes don't depend on synchronized clocks.

use connector::RecentCalls;
use sqlx::{PgConnection, types::Json};

/// Locks an account's recent calls until the transaction ends, and returns them with the time in microseconds.
pub async fn lock(conn: &mut PgConnection, account: &[u8]) -> Result<(RecentCalls, i64), sqlx::Error> {
    if let Some(known) = read(conn, account).await? {
        return Ok(known);
    }
    sqlx::query!(
        "insert into crm_paces (account, used_at) values ($1, clock_timestamp()) on conflict (account) do nothing",
        account,
    )
    .execute(&mut *conn)
    .await?;
    read(conn, account).await?.ok_or(sqlx::Error::RowNotFound)
}

async fn read(conn: &mut PgConnection, account: &[u8]) -> Result<Option<(RecentCalls, i64)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select recent as "recent: Json<RecentCalls>",
                  (extract(epoch from clock_timestamp()) * 1000000)::bigint as "now!"
           from crm_paces where account = $1 for update"#,
        account,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| (row.recent.0, row.now)))
}

/// Stores an account's recent calls.
pub async fn keep(conn: &mut PgConnection, account: &[u8], recent: &RecentCalls) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_paces set recent = $2, used_at = clock_timestamp() where account = $1",
        account,
        Json(recent) as _,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Deletes accounts that weren't called for a day, which is longer than any burst takes to be available again.
pub async fn forget_old(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from crm_paces where used_at < clock_timestamp() - interval '1 day'")
        .execute(conn)
        .await
        .map(drop)
}
