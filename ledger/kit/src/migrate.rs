//! `ledger migrate`: brings a database to this build's schema and gives the serving role its password.

use std::time::Duration;

use anyhow::Context;
use sqlx::{AssertSqlSafe, Connection, PgConnection, migrate::Migrator};

use crate::{config::required, telemetry};

pub static MIGRATOR: Migrator = sqlx::migrate!("../../migrations");

/// Runs as the owner named by `DATABASE_OWNER_URL`. Safe to run twice, or twice at once: the second waits.
///
/// # Errors
/// Where the database can't be reached or a migration fails; the failed one is rolled back.
pub async fn run() -> anyhow::Result<()> {
    telemetry::init(crate::config::Environment::Production);
    let password = required("REKOMI_APP_PASSWORD")?;
    let mut owner = connect_as_owner().await?;
    apply(&mut owner, &password).await?;
    owner.close().await.context("closing the connection")
}

/// The owner of the tables, whom commands of the operator need and the serving process never sees.
///
/// # Errors
/// Where `DATABASE_OWNER_URL` is not set or leads nowhere.
pub async fn connect_as_owner() -> anyhow::Result<PgConnection> {
    let url = required("DATABASE_OWNER_URL")?;
    PgConnection::connect(&url).await.context("can't connect with DATABASE_OWNER_URL")
}

pub async fn apply(owner: &mut PgConnection, app_password: &str) -> anyhow::Result<()> {
    // For the whole of it: what follows the migrations must not meet another run's either. Ends with the connection.
    sqlx::raw_sql("select pg_advisory_lock(7236512)").execute(&mut *owner).await?;
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
    set_password(owner, &statement).await.context("setting the password of rekomi_app")?;
    tracing::info!(migrations = MIGRATOR.iter().count(), "schema is up to date");
    Ok(())
}

/// Roles belong to the cluster, so no lock of one database keeps two migrations apart here: the one that loses
/// ("tuple concurrently updated", an internal error to Postgres) does it again.
async fn set_password(owner: &mut PgConnection, statement: &str) -> Result<(), sqlx::Error> {
    let lost = |error: &sqlx::Error| matches!(error, sqlx::Error::Database(database) if database.code().as_deref() == Some("XX000"));
    for tries_left in (0..5).rev() {
        match sqlx::raw_sql(AssertSqlSafe(statement.to_owned())).execute(&mut *owner).await {
            Err(error) if lost(&error) && tries_left > 0 => tokio::time::sleep(Duration::from_millis(50)).await,
            outcome => return outcome.map(drop),
        }
    }
    Ok(())
}
