//! SQL of what listed customers bought, and of the affiliate of their latest credited conversion.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CustomerId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::{db::TenantTx, page::list::COUNTED_MAX};

/// What one customer bought.
#[derive(Debug, Default)]
pub struct Brought {
    /// Sales and renewals; leads don't count.
    pub sales: i64,
    /// Amounts net of refunds, by currency.
    pub amounts: Vec<(String, i64)>,
    pub last_at: Option<Timestamp>,
    pub affiliate: Option<(AffiliateId, String)>,
}

/// Loads it for the given customers, including all records merged into each.
pub async fn brought(tx: &mut TenantTx, buyers: &[CustomerId]) -> Result<HashMap<CustomerId, Brought>, sqlx::Error> {
    let organization = tx.organization();
    let ids: Vec<Uuid> = buyers.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select c.id, v.currency, count(*) filter (where v.kind <> 'Lead') as "sales!",
                  coalesce(sum(v.amount - v.refunded), 0)::bigint as "amount!", max(v.occurred_at) as "last_at!"
           from customers c
           join customers o on o.organization_id = c.organization_id and o.group_id = c.group_id and o.buyer_id = c.id
           join conversions v on v.organization_id = o.organization_id and v.customer_id = o.id
           where c.organization_id = $1 and c.id = any ($2) group by 1, 2 order by 1, 2"#,
        organization.uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut found: HashMap<CustomerId, Brought> = HashMap::new();
    for row in rows {
        let brought = found.entry(CustomerId::new(row.id)).or_default();
        brought.sales += row.sales;
        brought.last_at = brought.last_at.max(Some(row.last_at));
        if row.amount != 0 {
            brought.amounts.push((row.currency, row.amount));
        }
    }
    let rows = sqlx::query!(
        "select distinct on (c.id) c.id, v.affiliate_id as \"affiliate_id!\", a.name
         from customers c
         join customers o on o.organization_id = c.organization_id and o.group_id = c.group_id and o.buyer_id = c.id
         join conversions v on v.organization_id = o.organization_id and v.customer_id = o.id
         join affiliates a on a.organization_id = v.organization_id and a.id = v.affiliate_id
         where c.organization_id = $1 and c.id = any ($2) order by c.id, v.occurred_at desc, v.id desc",
        organization.uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in rows {
        let brought = found.entry(CustomerId::new(row.id)).or_default();
        brought.affiliate = Some((AffiliateId::new(row.affiliate_id), row.name));
    }
    Ok(found)
}

/// Counts all customers, up to one more than a list counts; records that are one buyer count once.
pub async fn count(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select from customers where organization_id = $1 and buyer_id = id limit $2) w"#,
        tx.organization().uuid(),
        COUNTED_MAX + 1,
    )
    .fetch_one(tx.conn())
    .await
}
