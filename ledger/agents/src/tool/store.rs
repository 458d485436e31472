//! SQL of the daily limit of changes.

use kit::db::TenantTx;
use sqlx::types::Uuid;
use time::Date;

/// Counts an attempt of the connection to change something, unless it made `max` already on that day. Forgets earlier days.
pub async fn count_attempt(tx: &mut TenantTx, connection: Uuid, day: Date, max: i32) -> Result<bool, sqlx::Error> {
    let organization = tx.organization().uuid();
    sqlx::query!(
        "delete from agent_changes where organization_id = $1 and connection_id = $2 and day < $3",
        organization,
        connection,
        day,
    )
    .execute(tx.conn())
    .await?;
    let counted = sqlx::query!(
        "insert into agent_changes as c (organization_id, connection_id, day, attempts) values ($1, $2, $3, 1)
         on conflict (organization_id, connection_id, day) do update set attempts = c.attempts + 1 where c.attempts < $4",
        organization,
        connection,
        day,
        max,
    )
    .execute(tx.conn())
    .await?;
    Ok(counted.rows_affected() == 1)
}
