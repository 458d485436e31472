//! SQL of the forecast.

use shared::timestamp::Timestamp;

use kit::db::TenantTx;

/// What becomes payable in one week, in one currency.
#[derive(Debug, Clone)]
pub(super) struct Due {
    pub currency: String,
    /// From 0 on.
    pub week: i32,
    pub amount: i64,
}

/// Commissions on hold whose hold ends before `to`, by week. A hold that is over counts in the first week. It reads
/// only what is on hold, through the index `commissions_due`.
pub(super) async fn due(tx: &mut TenantTx, starts: &[Timestamp], to: Timestamp) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        r#"select currency, greatest(width_bucket(hold_until, $2::timestamptz[]), 1) - 1 as "week!",
                  sum(amount - paid - reserved)::bigint as "amount!"
           from commissions
           where organization_id = $1 and status = 'Pending' and held is null and hold_until < $3
           group by 1, 2"#,
        tx.organization().uuid(),
        starts,
        to,
    )
    .fetch_all(tx.conn())
    .await
}

/// What affiliates are owed in one currency.
#[derive(Debug, Clone)]
pub(super) struct Owed {
    pub currency: String,
    /// May be paid now.
    pub payable: i64,
    pub on_hold: i64,
}

/// The balances of all affiliates, by currency. What one was overpaid isn't subtracted from what others may be paid.
pub(super) async fn owed(tx: &mut TenantTx) -> Result<Vec<Owed>, sqlx::Error> {
    sqlx::query_as!(
        Owed,
        r#"select currency,
                  coalesce(sum(balance) filter (where kind = 'affiliate_approved' and balance > 0), 0)::bigint as "payable!",
                  coalesce(sum(balance) filter (where kind = 'affiliate_pending'), 0)::bigint as "on_hold!"
           from accounts
           where organization_id = $1 and kind in ('affiliate_approved', 'affiliate_pending')
           group by 1 having bool_or(balance > 0) order by sum(abs(balance)) desc, 1"#,
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await
}
