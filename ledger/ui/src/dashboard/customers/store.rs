//! SQL of which customers a list's filters match, of what listed customers bought, and of the affiliate of their latest
//! credited conversion.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CustomerId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use crate::dashboard::facets::Found;
use engine::lead::names_store;
use kit::{
    db::{TenantTx, plan_store},
    page::list::COUNTED_MAX,
};
use rules::customer::mailbox::email_key;

/// What a customer must have: one conversion that matches all filters, and what is searched for.
#[derive(Debug, Clone)]
pub struct Matching<'a> {
    pub found: &'a Found,
    pub currency: Option<&'a str>,
    /// Any of the customer's ids, or their email.
    pub search: Option<&'a str>,
    pub after: Option<Uuid>,
    /// Oldest first.
    pub oldest: bool,
    pub limit: i64,
}

/// If at most this many conversions match, their customers are looked up; otherwise customers are tested one by one.
const FEW: u16 = 2_000;

/// A query about conversions `v`, and the origins `k` of their clicks, that match the filters.
macro_rules! filtered {
    ($beginning:literal, $end:literal, $tx:expr, $filter:expr $(, $parameter:expr)*) => {
        sqlx::query_scalar!(
            $beginning
                + " ($2::uuid is null or v.program_id = $2 or (v.program_id is null and v.reported_program_id = $2))
             and ($3::uuid[] is null or v.affiliate_id = any ($3))
             and ($4::uuid is null or v.link_id = $4) and ($5::text is null or v.currency = $5)
             and ($6::text[] is null or k.country = any ($6) or ('' = any ($6) and k.click_id is null))
             and ($7::text[] is null or k.device = any ($7) or ('' = any ($7) and k.click_id is null))
             and ($8::text[] is null or k.source = any ($8) or ('' = any ($8) and k.click_id is null))"
                + $end,
            $tx.organization().uuid(),
            $filter.found.program,
            $filter.found.affiliates.as_deref(),
            $filter.found.link,
            $filter.currency,
            $filter.found.countries.as_deref(),
            $filter.found.devices.as_deref(),
            $filter.found.sources.as_deref()
            $(, $parameter)*
        )
    };
}

/// Finds the customers, newest or oldest first. Records that are one buyer are one customer.
///
/// Customers are tested one by one, in order, until enough match. Without the `limit 1`, Postgres would read all customers
/// first: it assumes that of 200 records, one is its own buyer, when nearly all are.
pub async fn matching(tx: &mut TenantTx, filter: &Matching<'_>) -> Result<Vec<Uuid>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let few = few(tx, filter).await?;
    let is_address = filter.search.is_some_and(|text| text.contains('@'));
    filtered!(
        r#"select c.id from customers c
           cross join lateral (
               select 1 from customers o
               join conversions v on v.organization_id = o.organization_id and v.customer_id = o.id
               left join click_origins k on k.organization_id = v.organization_id and k.click_id = v.click_id
               where c.buyer_id = c.id
                 and o.organization_id = $1 and o.group_id = c.group_id and o.buyer_id = c.id and"#,
        r#"
               limit 1) matched
           where c.organization_id = $1
             and ($9::text is null or c.id = any (array(
                  select buyer_id from customers where organization_id = $1 and external_id = $9)))
             and ($10::text is null or c.id = any (array(
                  select o.buyer_id from customer_emails e
                  join customers o on o.organization_id = e.organization_id and o.id = e.customer_id
                  where e.organization_id = $1 and e.email_key = $10)))
             and ($11::uuid is null or (not $12 and c.id < $11) or ($12 and c.id > $11))
             and ($13::uuid[] is null or c.id = any (array(
                  select buyer_id from customers where organization_id = $1 and id = any ($13))))
           order by case when $12 then c.id end, case when not $12::boolean then c.id end desc limit $14"#,
        tx,
        filter,
        filter.search.filter(|_| !is_address),
        filter.search.filter(|_| is_address).map(email_key),
        filter.after,
        filter.oldest,
        few.as_deref(),
        filter.limit
    )
    .fetch_all(tx.conn())
    .await
}

/// Returns the customers of the conversions that match the filters, or `None` if that is more than a few.
async fn few(tx: &mut TenantTx, filter: &Matching<'_>) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
    let customers = filtered!(
        r#"select v.customer_id as "customer_id!" from conversions v
           left join click_origins k on k.organization_id = v.organization_id and k.click_id = v.click_id
           where v.organization_id = $1 and v.customer_id is not null and"#,
        " limit $9",
        tx,
        filter,
        i64::from(FEW) + 1
    )
    .fetch_all(tx.conn())
    .await?;
    Ok((customers.len() <= usize::from(FEW)).then_some(customers))
}

/// What one customer bought, and who they are.
#[derive(Debug, Default)]
pub struct Brought {
    /// Sales and renewals; leads don't count.
    pub sales: i64,
    /// Amounts net of refunds, by currency.
    pub amounts: Vec<(String, i64)>,
    pub last_at: Option<Timestamp>,
    pub affiliate: Option<(AffiliateId, String)>,
    /// The name with which their latest lead was reported.
    pub person: Option<String>,
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
    for (id, person) in names_store::of_customers(tx, buyers).await? {
        found.entry(id).or_default().person = Some(person);
    }
    Ok(found)
}

/// Counts all customers, up to one more than a list counts; records that are one buyer count once.
pub async fn count(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select 1 from customers where organization_id = $1 and buyer_id = id limit $2) w"#,
        tx.organization().uuid(),
        COUNTED_MAX + 1,
    )
    .fetch_one(tx.conn())
    .await
}
