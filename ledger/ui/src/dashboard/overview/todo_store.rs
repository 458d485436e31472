//! SQL of what waits for someone in the brand: counts up to a limit, each read from an index.

use kit::db::TenantTx;

/// How many of each wait.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Waiting {
    /// Affiliates who applied.
    pub applications: i64,
    /// Missing-sale claims.
    pub claims: i64,
    /// Link domains that aren't verified.
    pub domains: i64,
}

pub(super) async fn waiting(tx: &mut TenantTx, limit: i64) -> Result<Waiting, sqlx::Error> {
    sqlx::query_as!(
        Waiting,
        r#"select (select count(*) from (select from affiliates
                   where organization_id = $1 and status = 'Pending' limit $2) a) as "applications!",
                  (select count(*) from (select from missing_sale_claims
                   where organization_id = $1 and status = 'Open' limit $2) c) as "claims!",
                  (select count(*) from (select from link_hosts
                   where organization_id = $1 and verified_at is null limit $2) h) as "domains!""#,
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
