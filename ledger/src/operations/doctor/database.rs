//! Checks of the database, as the role that serves.

use std::time::Duration;

use kit::{clock::Clock, config::Config, db::inspect_store::Inspection, migrate::MIGRATOR};

use super::{finding::Finding, judge};

const PATIENCE: Duration = Duration::from_secs(10);
/// What needs a connection.
const REST: [&str; 6] = ["role", "row security", "schema", "connections", "database clock", "other clicks"];

pub(super) async fn check(config: &Config) -> Vec<Finding> {
    let connecting = Inspection::connect(config.database_url.expose());
    let failed = match tokio::time::timeout(PATIENCE, connecting).await {
        Ok(Ok(connection)) => match tokio::time::timeout(PATIENCE, inspect(connection, config)).await {
            Ok(Ok(findings)) => return findings,
            Ok(Err(error)) => judge::unreachable_database(code(&error).as_deref(), &error.to_string()),
            Err(_) => judge::unreachable_database(None, "the database stopped responding"),
        },
        Ok(Err(error)) => judge::unreachable_database(code(&error).as_deref(), &error.to_string()),
        Err(_) => judge::unreachable_database(None, "the database doesn't respond"),
    };
    let skipped = REST.map(|check| Finding::skipped(check, "the database isn't reachable"));
    [failed].into_iter().chain(skipped).collect()
}

async fn inspect(mut connection: Inspection, config: &Config) -> Result<Vec<Finding>, sqlx::Error> {
    let role = connection.role().await?;
    let tables = connection.tenant_tables().await?;
    let applied = connection.migrations().await?;
    let expected: Vec<i64> = MIGRATOR.iter().map(|migration| migration.version).collect();
    let other_clicks = connection.other_clicks().await?;
    let server = connection.server().await?;
    let now = Clock::default().wall();
    Ok(vec![
        Finding::passed("database", format!("Postgres {} responded in {} ms", server.version, server.took.as_millis())),
        judge::role(&role),
        judge::row_security(&tables),
        judge::schema(&expected, applied.as_deref()),
        judge::connections(config.database_connections, server.connections),
        judge::clock("database clock", now, server.now, server.took),
        judge::other_clicks(other_clicks),
    ])
}

/// The code with which Postgres refuses.
fn code(error: &sqlx::Error) -> Option<String> {
    error.as_database_error()?.code().map(|code| code.into_owned())
}
