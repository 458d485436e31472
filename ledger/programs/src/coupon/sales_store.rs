//! SQL of what coupons sold lately.

use std::collections::HashMap;

use shared::{
    money::{Currency, Money},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::view::{Coupon, CouponRevenue, CouponSales};
use identity::organization::time_zone;
use kit::{
    db::{TenantTx, corrupt_column},
    page::span::Span,
};

/// As many days as the clicks of links are counted for.
const DAYS: i32 = 30;

/// What these coupons sold in the organization's last 30 days. Those that sold nothing are left out.
pub async fn lately(
    tx: &mut TenantTx,
    coupons: &[Uuid],
    now: Timestamp,
) -> Result<HashMap<Uuid, CouponSales>, sqlx::Error> {
    if coupons.is_empty() {
        return Ok(HashMap::new());
    }
    let span = Span::last(DAYS, &time_zone::of(tx).await?, now);
    let rows = sqlx::query!(
        r#"select coupon_id as "coupon_id!", currency,
                  count(*) filter (where kind = 'Sale' and (refunded < amount or amount = 0)) as "sales!",
                  count(*) filter (where kind = 'Recurring' and (refunded < amount or amount = 0)) as "renewals!",
                  count(*) filter (where refunded = amount and amount > 0) as "refunded!",
                  sum(amount - refunded)::bigint as "revenue!"
           from conversions
           where organization_id = $1 and coupon_id is not null and coupon_id = any ($2) and occurred_at >= $3
             and kind <> 'Lead' and review is distinct from 'Denied'
           group by coupon_id, currency order by coupon_id, currency"#,
        tx.organization().uuid(),
        coupons,
        span.from(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut sold: HashMap<Uuid, CouponSales> = HashMap::new();
    for row in rows {
        let currency: Currency = row.currency.parse().map_err(|_| corrupt_column("conversions.currency"))?;
        let sales = sold.entry(row.coupon_id).or_default();
        sales.sales += row.sales;
        sales.renewals += row.renewals;
        sales.refunded += row.refunded;
        sales.revenue.push(CouponRevenue::from(Money::new(row.revenue, currency)));
    }
    Ok(sold)
}

/// Adds to the coupons what they sold.
pub async fn fill(tx: &mut TenantTx, coupons: &mut [Coupon], now: Timestamp) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = coupons.iter().map(|coupon| coupon.id.uuid()).collect();
    let mut sold = lately(tx, &ids, now).await?;
    for coupon in coupons {
        coupon.sold = sold.remove(&coupon.id.uuid()).unwrap_or_default();
    }
    Ok(())
}
