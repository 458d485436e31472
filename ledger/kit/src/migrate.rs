//! `rekomi migrate`: brings a database to this build's schema, and sets the serving role's password and its timeouts.

use std::{sync::LazyLock, time::Duration};

use anyhow::Context;
use sqlx::{
    AssertSqlSafe, ConnectOptions, Connection, PgConnection,
    migrate::{MigrateError, Migrator},
    postgres::PgConnectOptions,
};

use crate::{config::required, db::session::SESSION, telemetry};

/// Leaves alone what later builds have migrated: an older build that takes their place migrates first, like any other.
pub static MIGRATOR: LazyLock<Migrator> = LazyLock::new(|| {
    let mut migrator = sqlx::migrate!("../../migrations");
    migrator.set_ignore_missing(true);
    migrator
});

/// The first version with `unique nulls not distinct` and `security_invoker`.
const OLDEST_POSTGRES: u32 = 15;
/// How often a migration asks for its locks, three seconds each, and the pause in between.
const LOCK_TRIES_MAX: u32 = 40;
const LOCK_PAUSE: Duration = Duration::from_secs(3);

/// Runs as the owner in `DATABASE_OWNER_URL`. Safe to run twice, even concurrently: the second run waits.
///
/// # Errors
/// If the database can't be reached or a migration fails; the failed one is rolled back.
pub async fn run() -> anyhow::Result<()> {
    telemetry::init(crate::config::Environment::Production);
    let password = required("REKOMI_APP_PASSWORD")?;
    let mut owner = connect_as_owner().await?;
    apply(&mut owner, &password).await?;
    owner.close().await.context("closing the connection")
}

/// Connects as the owner of the tables, which operator commands need and the serving process never uses.
///
/// # Errors
/// If `DATABASE_OWNER_URL` is not set or can't be reached.
pub async fn connect_as_owner() -> anyhow::Result<PgConnection> {
    let url = required("DATABASE_OWNER_URL")?;
    connect(&url).await.context("can't connect with DATABASE_OWNER_URL")
}

/// Logs no statement, not even a slow one: that which sets the password contains it.
async fn connect(url: &str) -> Result<PgConnection, sqlx::Error> {
    url.parse::<PgConnectOptions>()?.disable_statement_logging().connect().await
}

/// Migrates the database at a URL, as the role of that URL.
///
/// # Errors
/// As [`run`].
pub async fn apply_at(url: &str, app_password: &str) -> anyhow::Result<()> {
    let mut owner = connect(url).await.context("can't connect as the owner of the tables")?;
    apply(&mut owner, app_password).await?;
    owner.close().await.context("closing the connection")
}

pub async fn apply(owner: &mut PgConnection, app_password: &str) -> anyhow::Result<()> {
    // From 100000 on, the last four digits are the minor version.
    if let Some(postgres) = owner.server_version_num().map(|number| number / 10_000) {
        anyhow::ensure!(
            postgres >= OLDEST_POSTGRES,
            "the database is Postgres {postgres}, which is too old: Rekomi needs {OLDEST_POSTGRES} or newer"
        );
    }
    // Held until the connection ends: the statements after the migrations must not overlap with another run either.
    sqlx::raw_sql("select pg_advisory_lock(7236512)").execute(&mut *owner).await?;
    run_migrations(owner).await?;
    // The app reads which migrations ran, so that it can refuse to serve an older schema.
    sqlx::raw_sql("grant select on _sqlx_migrations to rekomi_app").execute(&mut *owner).await?;
    // While this waits for a lock on the clicks, the intake waits behind it.
    let partitions = "set lock_timeout = '5s';
                      select rekomi_make_click_partitions((now() - interval '1 month')::date, 4);
                      reset lock_timeout";
    sqlx::raw_sql(partitions)
        .execute(&mut *owner)
        .await
        .context("can't create click partitions: if something reads clicks for long, try again when it's done")?;
    // `alter role` takes no parameters: `%L` quotes the text safely.
    let mut statements: String =
        sqlx::query_scalar("select format('alter role rekomi_app login password %L', $1::text)")
            .bind(app_password)
            .fetch_one(&mut *owner)
            .await?;
    for (name, value) in SESSION {
        statements.push_str(&format!("; alter role rekomi_app set {name} = '{value}'"));
    }
    alter_role(owner, &statements).await.context("can't set the password and settings of rekomi_app")?;
    tracing::info!(event = "migration.finished", migrations = MIGRATOR.iter().count(), "schema is up to date");
    Ok(())
}

/// Everyone who uses a table waits behind a migration that waits for it. So each gives up soon, which rolls it back, and
/// tries again a while later.
async fn run_migrations(owner: &mut PgConnection) -> anyhow::Result<()> {
    sqlx::raw_sql("set lock_timeout = '3s'").execute(&mut *owner).await?;
    for tries_left in (0..LOCK_TRIES_MAX).rev() {
        match MIGRATOR.run(&mut *owner).await {
            Ok(()) => break,
            Err(error) if lacks_lock(&error) && tries_left > 0 => {
                tracing::info!(event = "migration.waiting", "something else uses a table for long: {error}");
                tokio::time::sleep(LOCK_PAUSE).await;
            }
            Err(error) if lacks_lock(&error) => {
                return Err(error)
                    .context("something uses a table for long, such as a backup: run this again when it's done");
            }
            Err(error) => return Err(error).context("migrating the database failed"),
        }
    }
    sqlx::raw_sql("reset lock_timeout").execute(&mut *owner).await?;
    Ok(())
}

/// Whether a lock wasn't to be had in time, or only by a transaction that in turn waits for the migration.
fn lacks_lock(error: &MigrateError) -> bool {
    let (MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _)) = error else { return false };
    matches!(error.as_database_error().and_then(|error| error.code()).as_deref(), Some("55P03" | "40P01"))
}

/// Roles belong to the cluster, so a lock in one database doesn't keep two migrations apart here: the one that loses
/// ("tuple concurrently updated", an internal error to Postgres) tries again.
async fn alter_role(owner: &mut PgConnection, statements: &str) -> Result<(), sqlx::Error> {
    let lost = |error: &sqlx::Error| matches!(error, sqlx::Error::Database(database) if database.code().as_deref() == Some("XX000"));
    for tries_left in (0..5).rev() {
        match sqlx::raw_sql(AssertSqlSafe(statements.to_owned())).execute(&mut *owner).await {
            Err(error) if lost(&error) && tries_left > 0 => tokio::time::sleep(Duration::from_millis(50)).await,
            outcome => return outcome.map(drop),
        }
    }
    Ok(())
}
