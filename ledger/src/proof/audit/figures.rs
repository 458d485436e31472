//! What is kept so that nobody need count, counted: daily figures, and who belongs together.

use futures_util::TryStreamExt;
use shared::id::{AffiliateId, CustomerId, OrganizationId, ProgramId};

use super::Check;
use crate::db::TenantTx;

/// Conversions on their day; commissions on their conversion's day, or their own.
pub(super) async fn days(
    tx: &mut TenantTx,
    organization: OrganizationId,
    check: &mut Check,
) -> Result<(), sqlx::Error> {
    let mut rows = sqlx::query!(
        r#"with counted as (
               select (occurred_at at time zone 'UTC')::date as day, program_id, affiliate_id, currency,
                      1 as conversions, amount - refunded as revenue, 0::bigint as commission, 0 as k, 0::bigint as r, 0::bigint as c
               from conversions where organization_id = $1 and affiliate_id is not null and kind <> 'Lead'
               union all
               select coalesce(c.day, (v.occurred_at at time zone 'UTC')::date), c.program_id, c.affiliate_id, c.currency,
                      0, 0, c.amount, 0, 0, 0
               from commissions c left join conversions v on (v.organization_id, v.id) = (c.organization_id, c.conversion_id)
               where c.organization_id = $1
               union all
               select day, program_id, affiliate_id, currency, 0, 0, 0, conversions, revenue, commission
               from conversion_days where organization_id = $1)
           select day, program_id, affiliate_id, currency as "currency!",
                  format('%s conversions, revenue %s, commission %s', sum(k), sum(r), sum(c)) as "kept!",
                  format('%s conversions, revenue %s, commission %s', sum(conversions), sum(revenue), sum(commission))
                      as "counted!"
           from counted group by day, program_id, affiliate_id, currency"#,
        organization.uuid(),
    )
    .fetch(tx.conn());
    while let Some(row) = rows.try_next().await? {
        check.looked_at(1);
        if row.kept != row.counted {
            check.wrong(|| {
                format!(
                    "{organization}: {} {} {} {}: kept {}; counted {}",
                    row.day.map(|day| day.to_string()).unwrap_or_default(),
                    row.program_id.map(|id| ProgramId::new(id).to_string()).unwrap_or_default(),
                    row.affiliate_id.map(|id| AffiliateId::new(id).to_string()).unwrap_or_default(),
                    row.currency,
                    row.kept,
                    row.counted,
                )
            });
        }
    }
    Ok(())
}

/// A set of customers is named after the smallest of them; one address, one purchase, one set.
pub(super) async fn buyers(
    tx: &mut TenantTx,
    organization: OrganizationId,
    check: &mut Check,
) -> Result<(), sqlx::Error> {
    let count = sqlx::query_scalar!(
        r#"select count(*) as "count!" from customers where organization_id = $1"#,
        organization.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    check.looked_at(count);
    let apart = sqlx::query!(
        r#"select id as "id!", why as "why!", count(*) over () as count from (
               select c.id, 'is not in the set of the smallest id' as why from customers c
               left join customers b on b.organization_id = c.organization_id and b.id = c.buyer_id
               left join customers g on g.organization_id = c.organization_id and g.id = c.group_id
               where c.organization_id = $1
                 and (b.buyer_id is distinct from c.buyer_id or b.group_id is distinct from c.group_id
                      or g.group_id is distinct from c.group_id or c.id < c.buyer_id or c.id < c.group_id)
               union all
               select e.customer_id, 'shares an address with another group' from customer_emails e
               join customers c on (c.organization_id, c.id) = (e.organization_id, e.customer_id)
               join (select email_key from customer_emails where organization_id = $1
                     group by email_key having count(*) > 1) s using (email_key)
               join customer_emails f on (f.organization_id, f.email_key) = (e.organization_id, e.email_key)
               join customers d on (d.organization_id, d.id) = (f.organization_id, f.customer_id)
               where e.organization_id = $1 and d.group_id < c.group_id
               union all
               select r.customer_id, 'was told as the buyer of another buyer''s purchase' from retellings r
               join customers c on (c.organization_id, c.id) = (r.organization_id, r.customer_id)
               join conversions v on (v.organization_id, v.external_id) = (r.organization_id, r.external_id)
               join customers d on (d.organization_id, d.id) = (v.organization_id, v.customer_id)
               where r.organization_id = $1 and d.buyer_id <> c.buyer_id) apart
           order by id limit 5"#,
        organization.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let total = apart.first().and_then(|row| row.count);
    check.wrong_rows(total, apart.iter().map(|row| format!("{organization}: {} {}", CustomerId::new(row.id), row.why)));
    Ok(())
}
