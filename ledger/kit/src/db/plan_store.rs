//! How Postgres plans statements whose best plan depends on the values that they are given.

use super::{Db, TenantTx, TenantsTx};

/// Plans each statement anew for its values, until the transaction ends: for lists with optional filters, and for arrays of
/// thousands. A plan for any values would miss the index that fits the given filter, and assumes arrays of about ten.
pub async fn by_values(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('plan_cache_mode', 'force_custom_plan', true)").fetch_one(tx.conn()).await.map(drop)
}

/// Keeps the plan of each statement for any values, until the transaction ends: for statements that find their rows by keys.
/// Postgres otherwise counts the values of a parameter. Given one, planning anew seems cheaper to it each time, as it expects
/// ten of an array that it doesn't know, and takes ten times as long as the statement. Given a thousand, it would read all rows
/// of the organization a few times, while every other writer of the organization waits.
///
/// Does nothing on a cluster: its coordinator needs the values to see which server has the rows, and refuses such plans.
pub async fn for_any_values(tx: &mut TenantsTx, db: &Db) -> Result<(), sqlx::Error> {
    if db.is_cluster() {
        return Ok(());
    }
    sqlx::query!("select set_config('plan_cache_mode', 'force_generic_plan', true)")
        .fetch_one(tx.conn())
        .await
        .map(drop)
}
