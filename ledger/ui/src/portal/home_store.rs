//! SQL of the portal's home page: an affiliate's totals, from the roll-ups.

use shared::id::AffiliateId;

use engine::intake::days_store;
use kit::db::TenantTx;

/// All-time totals of an affiliate.
#[derive(Debug, Clone, Copy)]
pub struct Totals {
    pub clicks: i64,
    pub sales: i64,
    pub leads: i64,
}

pub async fn totals(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<Totals, sqlx::Error> {
    let clicks = days_store::of_all_time(tx, affiliate.uuid()).await?;
    let row = sqlx::query!(
        r#"select coalesce((select sum(conversions) from conversion_days
                            where organization_id = $1 and affiliate_id = $2), 0)::bigint as "sales!",
                  (select count(*) from conversions where organization_id = $1 and affiliate_id = $2 and kind = 'Lead'
                   and review is distinct from 'Denied') as "leads!""#,
        tx.organization().uuid(),
        affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(Totals { clicks, sales: row.sales, leads: row.leads })
}
