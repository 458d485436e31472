//! `ledger migrate`: brings a database to this build's schema and gives the serving role its password.

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, PgConnection, migrate::Migrator};

use crate::{config::required, telemetry};

pub static MIGRATOR: Migrator = sqlx::migrate!("../migrations");

/// Runs as the owner named by `DATABASE_OWNER_URL`. Safe to run twice, or twice at once: the second waits.
///
/// # Errors
/// Where the database can't be reached or a migration fails; the failed one is rolled back.
pub async fn run() -> anyhow::Result<()> {
    telemetry::init(crate::config::Environment::Production);
    let url = required("DATABASE_OWNER_URL")?;
    let password = required("REKOMI_APP_PASSWORD")?;
    let mut owner = PgConnection::connect(&url).await.context("can't connect with DATABASE_OWNER_URL")?;
    apply(&mut owner, &password).await?;
    owner.close().await.context("closing the connection")
}

/// # Errors
/// As [`run`].
pub async fn apply(owner: &mut PgConnection, app_password: &str) -> anyhow::Result<()> {
    MIGRATOR.run(&mut *owner).await.context("migrations")?;
    // The app reads which migrations ran, so that it can refuse to serve an older schema.
    sqlx::raw_sql("grant select on _sqlx_migrations to rekomi_app").execute(&mut *owner).await?;
    sqlx::raw_sql("select rekomi_make_click_partitions((now() - interval '1 month')::date, 4)")
        .execute(&mut *owner)
        .await?;
    // `alter role` takes no parameters: `quote_literal` makes the text safe.
    let statement: String = sqlx::query_scalar("select format('alter role rekomi_app login password %L', $1::text)")
        .bind(app_password)
        .fetch_one(&mut *owner)
        .await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *owner).await.context("setting the password of rekomi_app")?;
    tracing::info!(migrations = MIGRATOR.iter().count(), "schema is up to date");
    Ok(())
}
