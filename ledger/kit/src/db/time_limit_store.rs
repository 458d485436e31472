//! Statements that may take longer than the usual limit: counts, moves and searches of millions of rows.

use sqlx::PgConnection;

/// Lifts the limit on how long a statement may run, until the transaction ends. Waiting for a lock stays limited.
pub async fn lift(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('statement_timeout', '0', true)").fetch_one(connection).await.map(drop)
}

/// Lets each statement run for ten minutes, until the transaction ends: for what someone waits for, and for what keeps an
/// organization's books locked. Waiting for a lock stays limited.
pub async fn raise(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('statement_timeout', '600s', true)").fetch_one(connection).await.map(drop)
}

/// Whether a statement was canceled because it ran for longer than the limit.
pub fn is_exceeded(error: &sqlx::Error) -> bool {
    error.as_database_error().and_then(|error| error.code()).as_deref() == Some("57014")
}
