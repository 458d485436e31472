//! How Postgres plans statements whose best plan depends on the values that they are given.

use super::TenantTx;

/// Plans each statement anew for its values, until the transaction ends: for lists with optional filters, and for arrays of
/// thousands. A plan for any values would miss the index that fits the given filter, and assumes arrays of about ten.
pub async fn by_values(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('plan_cache_mode', 'force_custom_plan', true)").fetch_one(tx.conn()).await.map(drop)
}

/// Keeps the plan of each statement for any values, until the transaction ends: for statements that find their rows by keys, of
/// which they are usually given one. Postgres expects ten elements of an array that it doesn't know, so a plan for the one seems
/// cheaper to it each time, and planning takes ten times as long as the statement. Not on a cluster, which refuses such plans.
pub async fn for_any_values(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('plan_cache_mode', 'force_generic_plan', true)")
        .fetch_one(tx.conn())
        .await
        .map(drop)
}
