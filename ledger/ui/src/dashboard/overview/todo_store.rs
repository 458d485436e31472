//! SQL of what waits for someone in the brand, besides what the menu counts.

use kit::db::TenantTx;

/// Counts link domains that aren't verified, up to `limit`.
pub(super) async fn domains(tx: &mut TenantTx, limit: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select from link_hosts where organization_id = $1 and verified_at is null limit $2) h"#,
        tx.organization().uuid(),
        limit,
    )
    .fetch_one(tx.conn())
    .await
}

/// What can be paid in one currency.
#[derive(Debug, Clone)]
pub(super) struct Payable {
    pub currency: String,
    pub amount: i64,
    /// Affiliates in all currencies together.
    pub people: i64,
}

/// By currency, the one with the most affiliates first. Reads at most `limit` balances.
pub(super) async fn payable(tx: &mut TenantTx, limit: i64) -> Result<Vec<Payable>, sqlx::Error> {
    sqlx::query_as!(
        Payable,
        r#"with owed as materialized (
               select affiliate_id, currency, balance from accounts
               where organization_id = $1 and kind = 'affiliate_approved' and balance > 0 limit $2)
           select currency as "currency!", sum(balance)::bigint as "amount!",
                  (select count(distinct affiliate_id) from owed) as "people!"
           from owed group by currency order by count(*) desc, currency"#,
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await
}
