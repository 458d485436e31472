//! SQL of the conversion list, and of one conversion's commissions.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CouponId, CustomerId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use crate::dashboard::facets::Found;
use kit::db::{TenantTx, plan_store};
use rules::{coupon::key::key, customer::mailbox::email_key};

/// How many coupons can have had the code that the list is filtered by.
const COUPONS_MAX: i64 = 100;

/// The list's filters.
#[derive(Debug, Clone)]
pub struct Filter {
    /// Only leads, or only sales.
    pub lead: Option<bool>,
    pub found: Found,
    pub currency: Option<String>,
    pub coupons: Option<Vec<Uuid>>,
    pub status: Option<&'static str>,
    pub search: Option<String>,
    pub from: Timestamp,
    pub to: Timestamp,
    pub after: Option<(Timestamp, Uuid)>,
    /// Oldest first.
    pub oldest: bool,
    pub limit: i64,
}

#[derive(Debug)]
pub struct Row {
    pub id: ConversionId,
    pub at: Timestamp,
    pub external_id: String,
    pub kind: String,
    /// `SettledThere` if an import left its commission to the earlier platform.
    pub status: String,
    pub affiliate: Option<(AffiliateId, String)>,
    pub program: Option<String>,
    pub source: String,
    pub verified: bool,
    pub credited_by: Option<String>,
    /// The code of a sale credited to a coupon. For sales from before coupons were recorded: if the affiliate has just
    /// one in the program.
    pub code: Option<String>,
    /// Our id, and the one that the brand or its gateway uses.
    pub customer: Option<(CustomerId, String)>,
    pub subscription: Option<String>,
    pub amount: i64,
    pub refunded: i64,
    pub currency: String,
    /// Flagged and not yet decided.
    pub in_review: bool,
}

/// Newest first, or oldest first. An unknown value of a click matches what no click brought, too. What credits no one is
/// in the program that it was reported for, as the column says.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Row>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select c.id, c.occurred_at, c.external_id, c.kind, c.affiliate_id, a.name as "affiliate?",
                  p.name as "program?", c.source, c.verified, c.credited_by, c.customer_id, b.external_id as "customer?",
                  c.subscription_id, c.amount, c.refunded, c.currency,
                  c.flags <> '{}' and c.review is null as "in_review!",
                  case when c.status = 'Paid' and exists (
                           select 1 from commissions m
                           join payout_items i on i.organization_id = m.organization_id and i.commission_id = m.id
                           join payouts y on y.organization_id = i.organization_id and y.id = i.payout_id and y.settled_there
                           where m.organization_id = $1 and m.conversion_id = c.id)
                       then 'SettledThere' else c.status end as "status!",
                  case when c.credited_by = 'coupon' then coalesce(
                      (select k.code from coupons k where k.organization_id = $1 and k.id = c.coupon_id),
                      (select min(k.code) from coupons k
                       where k.organization_id = $1 and k.affiliate_id = c.affiliate_id
                         and k.program_id = c.program_id having count(*) = 1)) end as code
           from conversions c
           left join affiliates a on a.organization_id = c.organization_id and a.id = c.affiliate_id
           left join programs p on p.organization_id = c.organization_id
                                and p.id = coalesce(c.program_id, c.reported_program_id)
           left join customers b on b.organization_id = c.organization_id and b.id = c.customer_id
           left join click_origins o on o.organization_id = c.organization_id and o.click_id = c.click_id
           where c.organization_id = $1 and c.occurred_at >= $2 and c.occurred_at < $3
             and ($4::boolean is null or ($4 and c.kind = 'Lead') or (not $4 and c.kind <> 'Lead'))
             and ($5::uuid is null or c.program_id = $5 or (c.program_id is null and c.reported_program_id = $5))
             and ($6::uuid[] is null or c.affiliate_id = any ($6))
             and ($7::text is null or c.status = $7)
             and ($14::uuid is null or c.link_id = $14) and ($15::text is null or c.currency = $15)
             and ($19::uuid[] is null or c.coupon_id = any ($19))
             and ($16::text[] is null or o.country = any ($16) or ('' = any ($16) and o.click_id is null))
             and ($17::text[] is null or o.device = any ($17) or ('' = any ($17) and o.click_id is null))
             and ($18::text[] is null or o.source = any ($18) or ('' = any ($18) and o.click_id is null))
             and ($8::text is null or c.id = any (array(
                  select id from conversions where organization_id = $1 and external_id = $8
                  union all
                  select v.id from customers n
                  join customers o on o.organization_id = n.organization_id and o.group_id = n.group_id
                                   and o.buyer_id = n.buyer_id
                  join conversions v on v.organization_id = o.organization_id and v.customer_id = o.id
                  where n.organization_id = $1 and n.id = any (array(
                      select id from customers where organization_id = $1 and external_id = $8
                      union all
                      select customer_id from customer_emails where organization_id = $1 and email_key = $9)))))
             and ($10::timestamptz is null or (not $13 and (c.occurred_at, c.id) < ($10, $11))
                  or ($13 and (c.occurred_at, c.id) > ($10, $11)))
           order by case when $13 then c.occurred_at end, case when $13 then c.id end,
                    case when not $13 then c.occurred_at end desc, case when not $13::boolean then c.id end desc
           limit $12"#,
        tx.organization().uuid(),
        filter.from,
        filter.to,
        filter.lead,
        filter.found.program,
        filter.found.affiliates.as_deref(),
        filter.status,
        filter.search,
        filter.search.as_deref().map(email_key),
        filter.after.map(|(moment, _)| moment),
        filter.after.map(|(_, id)| id),
        filter.limit,
        filter.oldest,
        filter.found.link,
        filter.currency,
        filter.found.countries.as_deref(),
        filter.found.devices.as_deref(),
        filter.found.sources.as_deref(),
        filter.coupons.as_deref(),
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Row {
        id: ConversionId::new(row.id),
        at: row.occurred_at,
        external_id: row.external_id,
        kind: row.kind,
        status: row.status,
        affiliate: row.affiliate_id.map(AffiliateId::new).zip(row.affiliate),
        program: row.program,
        source: row.source,
        verified: row.verified,
        credited_by: row.credited_by,
        code: row.code,
        customer: row.customer_id.map(CustomerId::new).zip(row.customer),
        subscription: row.subscription_id,
        amount: row.amount,
        refunded: row.refunded,
        currency: row.currency,
        in_review: row.in_review,
    });
    Ok(rows.collect())
}

/// Counts the rows of all pages, up to one more than a list counts. It looks for them in the list's order: otherwise, Postgres
/// would first read all clicks from a filter's country.
pub async fn count(tx: &mut TenantTx, filter: &Filter) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select 1 from conversions c
               left join click_origins o on o.organization_id = c.organization_id and o.click_id = c.click_id
               where c.organization_id = $1 and c.occurred_at >= $2 and c.occurred_at < $3
                 and ($4::boolean is null or ($4 and c.kind = 'Lead') or (not $4 and c.kind <> 'Lead'))
                 and ($5::uuid is null or c.program_id = $5 or (c.program_id is null and c.reported_program_id = $5))
                 and ($6::uuid[] is null or c.affiliate_id = any ($6))
                 and ($7::text is null or c.status = $7)
                 and ($11::uuid is null or c.link_id = $11) and ($12::text is null or c.currency = $12)
                 and ($16::uuid[] is null or c.coupon_id = any ($16))
                 and ($13::text[] is null or o.country = any ($13) or ('' = any ($13) and o.click_id is null))
                 and ($14::text[] is null or o.device = any ($14) or ('' = any ($14) and o.click_id is null))
                 and ($15::text[] is null or o.source = any ($15) or ('' = any ($15) and o.click_id is null))
                 and ($8::text is null or c.id = any (array(
                      select id from conversions where organization_id = $1 and external_id = $8
                      union all
                      select v.id from customers n
                      join customers o on o.organization_id = n.organization_id and o.group_id = n.group_id
                                       and o.buyer_id = n.buyer_id
                      join conversions v on v.organization_id = o.organization_id and v.customer_id = o.id
                      where n.organization_id = $1 and n.id = any (array(
                          select id from customers where organization_id = $1 and external_id = $8
                          union all
                          select customer_id from customer_emails where organization_id = $1 and email_key = $9)))))
               order by c.occurred_at desc, c.id desc limit $10) w"#,
        tx.organization().uuid(),
        filter.from,
        filter.to,
        filter.lead,
        filter.found.program,
        filter.found.affiliates.as_deref(),
        filter.status,
        filter.search,
        filter.search.as_deref().map(email_key),
        filter.found.counted_max() + 1,
        filter.found.link,
        filter.currency,
        filter.found.countries.as_deref(),
        filter.found.devices.as_deref(),
        filter.found.sources.as_deref(),
        filter.coupons.as_deref(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The coupon with this id, or those that have or had this code.
pub async fn coupons(tx: &mut TenantTx, typed: &str) -> Result<Vec<(CouponId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, code from coupons where organization_id = $1 and (id = $2 or code_key = $3) order by id desc limit $4",
        tx.organization().uuid(),
        typed.parse::<CouponId>().ok().map(CouponId::uuid),
        key(typed),
        COUPONS_MAX,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (CouponId::new(row.id), row.code)).collect())
}

/// What conversions earn, by conversion. Each amount is in its own currency, which may differ from the sale's.
pub type Earned = HashMap<ConversionId, Vec<(String, i64)>>;

pub async fn earned(tx: &mut TenantTx, conversions: &[ConversionId]) -> Result<Earned, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select conversion_id as "conversion_id!", currency, sum(amount)::bigint as "amount!" from commissions
           where organization_id = $1 and conversion_id = any ($2) group by 1, 2 order by 1, 2"#,
        tx.organization().uuid(),
        &conversions.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut earned = Earned::new();
    for row in rows {
        earned.entry(ConversionId::new(row.conversion_id)).or_default().push((row.currency, row.amount));
    }
    Ok(earned)
}

/// A commission of one conversion.
#[derive(Debug)]
pub struct Part {
    pub id: CommissionId,
    pub affiliate: AffiliateId,
    pub name: String,
    pub amount: i64,
    pub earned: i64,
    pub paid: i64,
    pub reserved: i64,
    pub currency: String,
    /// `SettledThere` for what an import left to the earlier platform.
    pub status: String,
    pub held: Option<String>,
    pub hold_until: Timestamp,
    pub reason: String,
}

pub async fn parts(tx: &mut TenantTx, conversion: ConversionId) -> Result<Vec<Part>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select m.id, m.affiliate_id, a.name, m.amount, m.earned, m.paid, m.reserved, m.currency, m.held, m.hold_until,
                  m.reason,
                  case when m.status = 'Paid' and exists (
                           select 1 from payout_items i
                           join payouts y on y.organization_id = i.organization_id and y.id = i.payout_id and y.settled_there
                           where i.organization_id = $1 and i.commission_id = m.id)
                       then 'SettledThere' else m.status end as "status!"
           from commissions m join affiliates a on a.organization_id = m.organization_id and a.id = m.affiliate_id
           where m.organization_id = $1 and m.conversion_id = $2 order by m.component, m.id limit 100"#,
        tx.organization().uuid(),
        conversion.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let parts = rows.into_iter().map(|row| Part {
        id: CommissionId::new(row.id),
        affiliate: AffiliateId::new(row.affiliate_id),
        name: row.name,
        amount: row.amount,
        earned: row.earned,
        paid: row.paid,
        reserved: row.reserved,
        currency: row.currency,
        status: row.status,
        held: row.held,
        hold_until: row.hold_until,
        reason: row.reason,
    });
    Ok(parts.collect())
}
