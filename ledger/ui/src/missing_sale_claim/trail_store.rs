//! SQL of the sales that match a claim, by order number or buyer, and of their touches.

use std::cmp::Reverse;

use shared::{
    id::{AffiliateId, ConversionId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::TenantTx;

const SALES_MAX: i64 = 10;
const TOUCHES_MAX: i64 = 50;

/// A sale that matches a claim.
#[derive(Debug)]
pub struct Sale {
    pub id: ConversionId,
    pub external_id: String,
    pub kind: String,
    pub at: Timestamp,
    pub amount: i64,
    pub currency: String,
    pub status: String,
    pub affiliate: Option<AffiliateId>,
    pub affiliate_name: Option<String>,
    pub credited_by: Option<String>,
    /// Whether the order number matches; otherwise the buyer does.
    pub by_number: bool,
}

/// Newest first. If a buyer has more sales than are returned, those with the order number are among these.
pub async fn sales(tx: &mut TenantTx, number: Option<&str>, email: Option<&str>) -> Result<Vec<Sale>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with found as (
               select id, true as by_number from conversions where organization_id = $1 and external_id = $2
               union
               select c.id, true from sale_aliases s
               join conversions c on c.organization_id = s.organization_id and c.external_id = s.name
               where s.organization_id = $1 and s.alias = $2
               union
               select c.id, false from customer_emails e
               join conversions c on c.organization_id = e.organization_id and c.customer_id = e.customer_id
               where e.organization_id = $1 and e.email_key = $3)
           select c.id, c.external_id, c.kind, c.occurred_at, c.amount, c.currency, c.status, c.affiliate_id,
                  a.name as "affiliate_name?", c.credited_by, bool_or(f.by_number) as "by_number!"
           from found f
           join conversions c on c.organization_id = $1 and c.id = f.id
           left join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           group by c.organization_id, c.id, a.name
           order by bool_or(f.by_number) desc, c.occurred_at desc, c.id desc limit $4"#,
        tx.organization().uuid(),
        number,
        email,
        SALES_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let sales = rows.into_iter().map(|row| Sale {
        id: ConversionId::new(row.id),
        external_id: row.external_id,
        kind: row.kind,
        at: row.occurred_at,
        amount: row.amount,
        currency: row.currency,
        status: row.status,
        affiliate: row.affiliate_id.map(AffiliateId::new),
        affiliate_name: row.affiliate_name,
        credited_by: row.credited_by,
        by_number: row.by_number,
    });
    let mut sales: Vec<Sale> = sales.collect();
    sales.sort_by_key(|sale| Reverse(sale.at));
    Ok(sales)
}

/// A click, coupon or named affiliate that counted when one of the sales was attributed.
#[derive(Debug)]
pub struct Touch {
    pub sale: ConversionId,
    pub kind: String,
    pub at: Timestamp,
    pub affiliate: AffiliateId,
    pub affiliate_name: String,
}

/// Oldest first.
pub async fn touches(tx: &mut TenantTx, sales: &[ConversionId]) -> Result<Vec<Touch>, sqlx::Error> {
    let sales: Vec<Uuid> = sales.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select c.id as sale, t.kind, t.touched_at, t.affiliate_id, a.name
           from conversions c
           join touches t on t.organization_id = c.organization_id
                and (t.event_id = c.event_id or (c.customer_id is not null and t.customer_id = c.customer_id))
           join affiliates a on a.organization_id = t.organization_id and a.id = t.affiliate_id
           where c.organization_id = $1 and c.id = any ($2)
           order by t.touched_at, t.event_id limit $3"#,
        tx.organization().uuid(),
        &sales,
        TOUCHES_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let touches = rows.into_iter().map(|row| Touch {
        sale: ConversionId::new(row.sale),
        kind: row.kind,
        at: row.touched_at,
        affiliate: row.affiliate_id,
        affiliate_name: row.name,
    });
    Ok(touches.collect())
}
