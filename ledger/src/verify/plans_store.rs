//! SQL that makes a verification's plans independent of what Postgres happens to know about the tables. Just after a
//! restore or a large import, it knows nothing, takes thousands of rows for one, and reads whole tables for each page.

use shared::id::OrganizationId;

use kit::db::{Db, TenantTx};

/// Refreshes the statistics of large tables that have none, or much older ones. It has a transaction of its own, since the
/// tables are locked against other maintenance until its end.
pub(super) async fn refresh_statistics(db: &Db, organization: OrganizationId) -> Result<(), sqlx::Error> {
    let mut tx = db.snapshot(organization).await?;
    sqlx::query!("select rekomi_refresh_statistics()").fetch_one(tx.conn()).await?;
    tx.commit().await
}

/// Lets this transaction find rows by indexes alone. A page is a few thousand keys of a table that may have millions, so
/// that this is right whatever the statistics say; without them, Postgres would read and sort everything for each page.
/// Plans are made anew for each page: one that other work left on this connection may be of the other kind.
pub(super) async fn find_by_index(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"select set_config(s.name, s.value, true) as "now"
           from (values ('plan_cache_mode', 'force_custom_plan'), ('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'),
                        ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off')) s (name, value)"#
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Makes this transaction compare whole tables with each other, not row by row: an organization's sums are joined with its
/// rows, and Postgres can't know how many sums there will be. Where it takes thousands for one, it would add them all up
/// again for each row.
pub(super) async fn compare_whole(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"select set_config(s.name, s.value, true) as "now"
           from (values ('plan_cache_mode', 'force_custom_plan'), ('enable_nestloop', 'off')) s (name, value)"#
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Ends [`compare_whole`], for statements that find some rows by their keys.
pub(super) async fn compare_rows(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"select set_config(s.name, s.value, true) as "now"
           from (values ('plan_cache_mode', 'auto'), ('enable_nestloop', 'on')) s (name, value)"#
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}
