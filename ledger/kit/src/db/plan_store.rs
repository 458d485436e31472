//! How Postgres plans statements whose best plan depends on the values that they are given.

use super::{Db, TenantTx, TenantsTx};

/// Plans each statement anew for its values, until the transaction ends: for lists with optional filters, and for arrays of
/// thousands. A plan for any values would miss the index that fits the given filter, and assumes arrays of about ten.
pub async fn by_values(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('plan_cache_mode', 'force_custom_plan', true)").fetch_one(tx.conn()).await.map(drop)
}

/// Has each statement find its rows by keys, through indexes, until the transaction ends, whatever Postgres believes about the
/// sizes of tables. It keeps a plan that it made while a table was empty until autovacuum analyzes the table, up to a minute
/// later; with it, each batch of a new installation would read all rows of the ones before.
///
/// Does nothing on a cluster, whose coordinator leaves that to the servers that have the rows.
pub async fn by_keys(tx: &mut TenantsTx, db: &Db) -> Result<(), sqlx::Error> {
    use_indexes(tx, db, None).await
}

/// Like [`by_keys`], and keeps the plan of each statement for any values. Postgres otherwise counts the values of a parameter.
/// Given one, planning anew seems cheaper to it each time, as it expects ten of an array that it doesn't know, and takes ten
/// times as long as the statement. Given a thousand, it would read all rows of the organization a few times, while every other
/// writer of the organization waits.
///
/// Does nothing on a cluster: its coordinator needs the values to see which server has the rows, and refuses such plans.
pub async fn for_any_values(tx: &mut TenantsTx, db: &Db) -> Result<(), sqlx::Error> {
    use_indexes(tx, db, Some("force_generic_plan")).await
}

/// Leaves the way that plans are cached as it is if none is given.
async fn use_indexes(tx: &mut TenantsTx, db: &Db, plan_cache: Option<&str>) -> Result<(), sqlx::Error> {
    if db.is_cluster() {
        return Ok(());
    }
    sqlx::query!(
        r#"select set_config(s.name, s.value, true) as "now"
           from (values ('plan_cache_mode', coalesce($1, current_setting('plan_cache_mode'))), ('enable_seqscan', 'off'),
                        ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('enable_material', 'off')) s (name, value)"#,
        plan_cache,
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}
