//! SQL of customers. A customer known by several names is one row of the list, under the smallest of their ids.

use shared::{
    id::{AffiliateId, CustomerId, ProgramId},
    money::Currency,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::view::{Customer, CustomerTotal};
use crate::history::HistoryKey;
use kit::db::{TenantTx, corrupt_column, plan_store};

/// The filters of the list.
#[derive(Debug, Default)]
pub struct Filter {
    pub id: Option<CustomerId>,
    /// Only these.
    pub ids: Option<Vec<Uuid>>,
    /// Any of the customer's names.
    pub customer_id: Option<String>,
    /// See `customer::mailbox::email_key`.
    pub email_key: Option<String>,
    /// An affiliate who is credited with one of the customer's conversions.
    pub affiliate: Option<AffiliateId>,
    pub program: Option<ProgramId>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Customer>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select c.id, c.external_id, coalesce(c.email, n.email) as email, c.created_at, n.others
           from customers c
           left join lateral (
               select array_agg(o.external_id order by o.id) as others, min(o.email) as email from customers o
               where o.organization_id = $1 and o.group_id = c.group_id and o.buyer_id = c.id
                 and o.id <> c.id) n on true
           where c.organization_id = $1 and c.buyer_id = c.id and ($2::uuid is null or c.id = $2)
             and ($3::text is null or c.id = any (array(
                  select buyer_id from customers where organization_id = $1 and external_id = $3)))
             and ($4::text is null or c.id = any (array(
                  select o.buyer_id from customer_emails e
                  join customers o on o.organization_id = e.organization_id and o.id = e.customer_id
                  where e.organization_id = $1 and e.email_key = $4)))
             and (($5::uuid is null and $6::uuid is null) or exists (
                  select from customers o
                  join conversions v on v.organization_id = o.organization_id and v.customer_id = o.id
                  where o.organization_id = $1 and o.group_id = c.group_id and o.buyer_id = c.id
                    and ($5::uuid is null or v.affiliate_id = $5) and ($6::uuid is null or v.program_id = $6)))
             and ($7::timestamptz is null or c.created_at >= $7) and ($8::timestamptz is null or c.created_at < $8)
             and ($9::uuid is null or (not $10 and c.id < $9) or ($10 and c.id > $9))
             and ($12::uuid[] is null or c.id = any ($12))
           order by case when $10 then c.id end, case when not $10::boolean then c.id end desc limit $11"#,
        tx.organization().uuid(),
        filter.id.map(CustomerId::uuid),
        filter.customer_id,
        filter.email_key,
        filter.affiliate.map(AffiliateId::uuid),
        filter.program.map(ProgramId::uuid),
        filter.from,
        filter.to,
        filter.after,
        filter.oldest,
        filter.limit,
        filter.ids.as_deref(),
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Customer {
        id: CustomerId::new(row.id),
        customer_id: row.external_id,
        other_customer_ids: row.others.unwrap_or_default(),
        email: row.email,
        created_at: row.created_at,
    });
    Ok(view.collect())
}

/// The history that the customer belongs to.
pub async fn history_of(tx: &mut TenantTx, customer: CustomerId) -> Result<Option<HistoryKey>, sqlx::Error> {
    let organization = tx.organization();
    let group = sqlx::query_scalar!(
        "select group_id from customers where organization_id = $1 and id = $2",
        organization.uuid(),
        customer.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(group.map(|group| HistoryKey::Group(organization, CustomerId::new(group))))
}

/// Totals of what the buyer bought, and of the commissions on it, by currency.
pub async fn totals(tx: &mut TenantTx, buyer: CustomerId) -> Result<Vec<CustomerTotal>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"with own as (
               select v.* from customers c
               join customers o on o.organization_id = c.organization_id and o.group_id = c.group_id and o.buyer_id = c.id
               join conversions v on v.organization_id = o.organization_id and v.customer_id = o.id
               where c.organization_id = $1 and c.id = $2)
           select currency as "currency!", sum(conversions)::bigint as "conversions!", sum(amount)::bigint as "amount!",
                  sum(refunded)::bigint as "refunded!", sum(commission)::bigint as "commission!"
           from (select currency, count(*) as conversions, sum(amount) as amount, sum(refunded) as refunded,
                        0 as commission
                 from own where kind <> 'Lead' group by currency
                 union all
                 select k.currency, 0, 0, 0, sum(k.amount)
                 from own v join commissions k on k.organization_id = $1 and k.conversion_id = v.id
                 group by k.currency) s
           group by currency order by 3 desc, currency"#,
        tx.organization().uuid(),
        buyer.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency: Currency = row.currency.parse().map_err(|_| corrupt_column("currency"))?;
            Ok(CustomerTotal {
                currency,
                conversions: row.conversions,
                amount_cents: row.amount,
                refunded_cents: row.refunded,
                commission_cents: row.commission,
            })
        })
        .collect()
}
