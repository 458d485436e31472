//! Statements that may take longer than the usual limit: counts and moves of millions of rows, in the background.

use sqlx::PgConnection;

/// Lifts the limit on how long a statement may run, until the transaction ends. Waiting for a lock stays limited.
pub async fn lift(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('statement_timeout', '0', true)").fetch_one(connection).await.map(drop)
}
