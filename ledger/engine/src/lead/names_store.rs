//! SQL of the names with which leads were reported. They are in the events alone, so an erasure removes them with the rest
//! of an event.

use std::collections::HashMap;

use shared::id::{ConversionId, CustomerId};

use crate::privacy::redact::GONE;
use kit::db::TenantTx;

/// How many of the newest leads of customers are searched for a name.
const LEADS_MAX: i64 = 10_000;

/// The names of the people in these leads. Other conversions, and leads of gateways, have none.
///
/// A page may have reported a lead before a verified source did. Such a lead has the verified report's name, or none.
pub async fn of_leads(tx: &mut TenantTx, leads: &[ConversionId]) -> Result<HashMap<ConversionId, String>, sqlx::Error> {
    if leads.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select p.id as "id!", e.body::json #>> '{payload,conversion,customerName}' as "name!"
           from (select c.id, c.verified, c.event_id from conversions c
                 where c.organization_id = $1 and c.id = any ($2) and c.kind = 'Lead'
                 union all
                 select c.id, c.verified, r.event_id from conversions c
                 join repeated_reports r on r.organization_id = c.organization_id and r.external_id = c.external_id
                 where c.organization_id = $1 and c.id = any ($2) and c.kind = 'Lead' and c.verified
                   and r.customer_id is not null) p
           join events e on e.organization_id = $1 and e.id = p.event_id
           where case when e.kind = 'conversion'
                        and not (p.verified and e.body::json #>> '{payload,conversion,source}' = 'pixel')
                      then e.body::json #>> '{payload,conversion,customerName}' end <> $3"#,
        tx.organization().uuid(),
        &leads.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
        GONE,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (ConversionId::new(row.id), row.name)).collect())
}

/// The names in the latest leads of these customers, whichever of a buyer's records a lead belongs to.
pub async fn of_customers(
    tx: &mut TenantTx,
    customers: &[CustomerId],
) -> Result<HashMap<CustomerId, String>, sqlx::Error> {
    if customers.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select c.id as customer_id, v.id as lead_id
         from customers c
         join customers o on o.organization_id = c.organization_id and o.group_id = c.group_id
                          and o.buyer_id = c.buyer_id
         join conversions v on v.organization_id = o.organization_id and v.customer_id = o.id
         where c.organization_id = $1 and c.id = any ($2) and v.kind = 'Lead'
         order by v.occurred_at desc, v.id desc limit $3",
        tx.organization().uuid(),
        &customers.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
        LEADS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    let leads: Vec<ConversionId> = rows.iter().map(|row| ConversionId::new(row.lead_id)).collect();
    let names = of_leads(tx, &leads).await?;
    let mut found = HashMap::new();
    for row in rows {
        if let Some(name) = names.get(&ConversionId::new(row.lead_id)) {
            found.entry(CustomerId::new(row.customer_id)).or_insert_with(|| name.clone());
        }
    }
    Ok(found)
}
