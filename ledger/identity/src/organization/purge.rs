//! `rekomi purge-organization`: deletes every row of a deleted organization and of its test modes, including the book.
//!
//! Only the owner of the tables can do this: the application's database role may delete neither transfers nor events.
//! It uses one transaction and one deleting statement: foreign keys are checked at its end, so the order of tables
//! doesn't matter, and tables added later are found automatically.

use anyhow::{Context, bail, ensure};
use shared::id::OrganizationId;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

use kit::migrate;

/// # Errors
/// If the owner hasn't deleted the organization, the grace period isn't over, or the database refuses. Nothing is
/// deleted then.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn run(organization: OrganizationId, before_grace: bool) -> anyhow::Result<()> {
    let mut owner = migrate::connect_as_owner().await?;
    let gone = purge(&mut owner, organization, before_grace).await?;
    for (table, rows) in gone {
        println!("{table}: {rows}");
    }
    owner.close().await.context("closing the connection")
}

/// Deletes the rows; returns how many were deleted from each table.
pub async fn purge(
    owner: &mut PgConnection,
    organization: OrganizationId,
    before_grace: bool,
) -> anyhow::Result<Vec<(String, i64)>> {
    let mut tx = owner.begin().await?;
    let tenants = tenants(&mut tx, organization, before_grace).await?;
    let list: Vec<String> = tenants.iter().map(Uuid::to_string).collect();
    // Row level security also binds the owner.
    sqlx::query("select set_config('rekomi.tenants', $1, true)").bind(list.join(",")).execute(&mut *tx).await?;
    // Postgres itself quotes the names.
    let tables: Vec<String> = sqlx::query_scalar(
        "select quote_ident(c.relname) from pg_class c join pg_attribute a on a.attrelid = c.oid
         where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p') and not c.relispartition
           and a.attname = 'organization_id' and not a.attisdropped order by 1",
    )
    .fetch_all(&mut *tx)
    .await?;
    ensure!(tables.len() > 20, "the database has only {} tenant tables", tables.len());
    triggers(&mut tx, "disable").await?;
    // For each deleted account, Postgres looks for transfers that still name it. Without these indexes it would read all of
    // the organization's transfers each time: the indexes that stay have only what statements show.
    sqlx::raw_sql(
        "create index purge_debit on transfers (organization_id, debit_account_id);
         create index purge_credit on transfers (organization_id, credit_account_id)",
    )
    .execute(&mut *tx)
    .await?;
    let mut gone: Vec<(String, i64)> =
        sqlx::query_as(AssertSqlSafe(deletion(&tables))).bind(&tenants).fetch_all(&mut *tx).await?;
    // Emails belong to no tenant, so that one job sends all of them, also those that still wait.
    let emails = sqlx::query("delete from mails where tenant = any ($1)").bind(&tenants).execute(&mut *tx).await?;
    gone.push(("mails".to_owned(), i64::try_from(emails.rows_affected()).unwrap_or(i64::MAX)));
    sqlx::query("delete from tenants where id = any ($1) and test_of is not null")
        .bind(&tenants)
        .execute(&mut *tx)
        .await?;
    sqlx::query("delete from tenants where id = any ($1)").bind(&tenants).execute(&mut *tx).await?;
    triggers(&mut tx, "enable").await?;
    sqlx::raw_sql("drop index purge_debit, purge_credit").execute(&mut *tx).await?;
    tx.commit().await.context("committing")?;
    Ok(gone)
}

/// Returns the ids of the organization, of its test mode, and of the test modes that someone reset, which are closed.
///
/// # Errors
/// If the database refuses.
pub async fn family(tx: &mut PgConnection, organization: OrganizationId) -> anyhow::Result<Vec<Uuid>> {
    // Row level security also binds the owner.
    sqlx::query("select set_config('rekomi.tenants', $1, true)")
        .bind(organization.uuid().to_string())
        .execute(&mut *tx)
        .await?;
    // Earlier builds left no other trace of a reset.
    let logged: Vec<String> = sqlx::query_scalar(
        "select before ->> 'testMode' from audit_log
         where organization_id = $1 and action = 'test_mode.reset' and before ->> 'testMode' is not null",
    )
    .bind(organization)
    .fetch_all(&mut *tx)
    .await?;
    let logged = logged.iter().filter_map(|id| id.parse::<OrganizationId>().ok());
    let logged: Vec<Uuid> = logged.map(|id| id.uuid()).collect();
    let family = sqlx::query_scalar(
        "select id from tenants where id = $1 or test_of = $1 or former_test_of = $1
                or (id = any ($2) and test_of is null and closed_at is not null)",
    )
    .bind(organization)
    .bind(&logged)
    .fetch_all(tx);
    Ok(family.await?)
}

/// Returns the [`family`], locked until the transaction ends.
async fn tenants(tx: &mut PgConnection, organization: OrganizationId, before_grace: bool) -> anyhow::Result<Vec<Uuid>> {
    let family = family(tx, organization).await?;
    let rows: Vec<(Uuid, bool, bool)> = sqlx::query_as(
        "select id, closed_at is not null, coalesce(closed_at <= now() - interval '7 days', false)
         from tenants where id = any ($1) order by id for update",
    )
    .bind(&family)
    .fetch_all(tx)
    .await?;
    ensure!(rows.iter().any(|(id, ..)| *id == organization.uuid()), "organization {organization} doesn't exist");
    if rows.iter().any(|(_, closed, _)| !closed) {
        bail!("{organization} is still active: its owner has to delete it under Settings first");
    }
    if rows.iter().any(|(.., over)| !over) && !before_grace {
        bail!("the owner of {organization} can still undo the deletion; use --before-grace to delete it anyway");
    }
    Ok(rows.into_iter().map(|(id, ..)| id).collect())
}

/// Enables or disables the triggers that reject changes to append-only tables. Other transactions wait until this one
/// ends and never see them disabled.
async fn triggers(tx: &mut PgConnection, what: &str) -> anyhow::Result<()> {
    let tables: Vec<String> = sqlx::query_scalar(
        "select distinct t.tgrelid::regclass::text from pg_trigger t join pg_class c on c.oid = t.tgrelid
         where t.tgname = 'append_only' and c.relnamespace = 'public'::regnamespace and not c.relispartition order by 1",
    )
    .fetch_all(&mut *tx)
    .await?;
    for table in tables {
        let statement = format!("alter table {table} {what} trigger append_only");
        sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut *tx).await?;
    }
    Ok(())
}

/// Builds one statement that deletes from all tables and counts the rows.
fn deletion(tables: &[String]) -> String {
    let (mut parts, mut counts) = (Vec::new(), Vec::new());
    for (number, table) in tables.iter().enumerate() {
        parts.push(format!("d{number} as (delete from {table} where organization_id = any ($1) returning 1)"));
        counts.push(format!("select '{table}', count(*) from d{number}"));
    }
    format!("with {} {}", parts.join(", "), counts.join(" union all "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_statement_deletes_from_all_tables() {
        let statement = deletion(&["affiliates".to_owned(), "transfers".to_owned()]);
        assert_eq!(
            statement,
            "with d0 as (delete from affiliates where organization_id = any ($1) returning 1), \
             d1 as (delete from transfers where organization_id = any ($1) returning 1) \
             select 'affiliates', count(*) from d0 union all select 'transfers', count(*) from d1"
        );
    }
}
