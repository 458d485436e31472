//! SQL for simulating a plan: reads a program's past in one statement.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use shared::{
    id::{AffiliateId, ConversionId, CustomerId, PlanVersionId, ProgramId},
    money::Money,
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use engine::{attribution, commission::store::scope};
use kit::db::{TenantTx, corrupt_column, plan_store};
use rules::{
    attribution::policy::{CustomerBinding, Policies, Worth},
    commission::{
        plan::Scope,
        price::BuyerKey,
        simulate::{Needed, Past},
    },
    conversion::Kind,
    fact::Details,
};

/// The maximum number of conversions; more are rejected.
pub const SALES_MAX: usize = 500_000;

#[derive(Debug)]
struct Row {
    id: Uuid,
    external_id: String,
    affiliate_id: Uuid,
    buyer_id: Option<CustomerId>,
    kind: Kind,
    sequence: i32,
    bound_at: Option<Timestamp>,
    /// When the import that bound the customer started: the customer has the plan of that time, as in the real
    /// computation.
    imported_at: Option<Timestamp>,
    occurred_at: Timestamp,
    amount: i64,
    refunded: i64,
    currency: String,
    product_id: Option<String>,
    details: Option<Json<Details>>,
    denied: bool,
    waits: bool,
    unapproved_claim: bool,
    plan_version_id: Option<Uuid>,
    booked: Option<Vec<i64>>,
    currencies: Option<Vec<String>>,
}

/// The credited conversions that a draft needs, except imported ones, which no plan pays; `None` if there are more than [`SALES_MAX`].
pub async fn past(tx: &mut TenantTx, program: ProgramId, needed: Needed) -> Result<Option<Vec<Past>>, sqlx::Error> {
    let organization = tx.organization();
    let policies = attribution::store::policies(tx, &[(organization, program)]).await?;
    // Makes Postgres plan for the requested range: a year and a week need different plans.
    plan_store::by_values(tx).await?;
    let mut rows = sqlx::query_as!(
        Row,
        r#"with imports as (
               select o.group_id, t.affiliate_id, t.touched_at, min(t.reported_at) as reported_at from touches t
               join customers o on o.organization_id = t.organization_id and o.id = t.customer_id
               where t.organization_id = $1 and t.program_id = $2 and t.kind = 'import' group by 1, 2, 3)
           select c.id as "id!", c.external_id as "external_id!", c.affiliate_id as "affiliate_id!",
                  b.buyer_id as "buyer_id?", c.kind as "kind!: Kind", c.sequence as "sequence!", c.bound_at,
                  c.occurred_at as "occurred_at!", c.amount as "amount!", c.refunded as "refunded!",
                  c.currency as "currency!", c.product_id, c.details as "details: Json<Details>",
                  c.review is not distinct from 'Denied' as "denied!",
                  (c.review is null and (array_remove(c.flags, 'SelfRecruit') <> '{}' or coalesce(k.hangs, false)))
                      or (not c.verified and c.review is distinct from 'Approved') as "waits!",
                  (not c.verified and c.review is distinct from 'Approved') as "unapproved_claim!",
                  c.plan_version_id,
                  k.booked, k.currencies, i.reported_at as "imported_at?"
           from (select * from conversions
                 where organization_id = $1 and program_id = $2 and occurred_at >= $3 and occurred_at < $4
                   and details -> 'past' is null
                 union all
                 select * from conversions
                 where $5 and organization_id = $1 and program_id = $2 and occurred_at < $3 and details -> 'past' is null
                   and customer_id in (
                       select o.id from customers o
                       where o.organization_id = $1 and o.buyer_id in (
                           select s.buyer_id from conversions w
                           join customers s on s.organization_id = w.organization_id and s.id = w.customer_id
                           where w.organization_id = $1 and w.program_id = $2
                             and w.occurred_at >= $3 and w.occurred_at < $4))) c
           left join customers b on b.organization_id = $1 and b.id = c.customer_id
           left join imports i on i.group_id = b.group_id and i.affiliate_id = c.affiliate_id
                and i.touched_at = c.bound_at and i.reported_at <= c.occurred_at
           left join lateral (
               select array_agg(k.amount) as booked, array_agg(k.currency) as currencies,
                      bool_or(k.held is not distinct from 'FirstSale') as hangs
               from commissions k
               where k.organization_id = $1 and k.conversion_id = c.id
                 and k.affiliate_id = c.affiliate_id and k.amount <> 0) k on true
           limit $6"#,
        organization.uuid(),
        program.uuid(),
        needed.from,
        needed.to,
        needed.with_earlier,
        i64::try_from(SALES_MAX).unwrap_or(i64::MAX).saturating_add(1),
    )
    .fetch(tx.conn());
    let mut sales = Vec::new();
    while let Some(row) = rows.try_next().await? {
        if sales.len() == SALES_MAX {
            return Ok(None);
        }
        sales.push(row.past(program, &policies)?);
    }
    Ok(Some(sales))
}

impl Row {
    fn past(self, program: ProgramId, policies: &Policies) -> Result<Past, sqlx::Error> {
        let conversion = ConversionId::new(self.id);
        let occurred_at = self.occurred_at;
        let bound_at = self.bound_at.unwrap_or(occurred_at);
        let policy = policies.at(program, occurred_at);
        let bound_to_plan = policy.is_none_or(|policy| policy.binding == CustomerBinding::AffiliateAndPlan);
        let trusts_claims = policy.is_some_and(|policy| policy.claims.worth == Worth::Trusted);
        let currency = |text: &str| text.parse().map_err(|_| corrupt_column("currency"));
        let booked = self.booked.unwrap_or_default().into_iter().zip(self.currencies.unwrap_or_default());
        Ok(Past {
            conversion,
            external_id: self.external_id,
            affiliate: AffiliateId::new(self.affiliate_id),
            buyer: self.buyer_id.map_or(BuyerKey::Unknown(conversion), BuyerKey::Customer),
            kind: self.kind,
            sequence: u32::try_from(self.sequence).map_err(|_| corrupt_column("conversions.sequence"))?,
            bound_at,
            occurred_at,
            amount: Money::new(self.amount, currency(&self.currency)?),
            refunded: self.refunded,
            product_id: self.product_id,
            details: self.details.map(|details| details.0).unwrap_or_default(),
            denied: self.denied,
            waits: self.waits,
            is_claim: self.unapproved_claim,
            is_apart: self.unapproved_claim && !trusts_claims,
            version: self.plan_version_id.map(PlanVersionId::new),
            plan_at: if bound_to_plan { self.imported_at.unwrap_or(bound_at) } else { occurred_at },
            booked: booked
                .map(|(minor, code)| Ok(Money::new(minor, currency(&code)?)))
                .collect::<Result<_, sqlx::Error>>()?,
        })
    }
}

/// The program's overrides: versions for a segment or an affiliate.
pub async fn overrides(tx: &mut TenantTx, program: ProgramId) -> Result<HashMap<PlanVersionId, Scope>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, affiliate_id, segment from plan_versions
         where organization_id = $1 and program_id = $2 and (affiliate_id is not null or segment is not null)",
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, scope(row.affiliate_id, row.segment))).collect())
}

/// A commission of an example.
#[derive(Debug)]
pub struct Booked {
    pub amount: Money,
    pub reason: String,
}

/// The booked commissions of these conversions, with their explanations.
pub async fn booked(
    tx: &mut TenantTx,
    conversions: &[ConversionId],
) -> Result<HashMap<ConversionId, Vec<Booked>>, sqlx::Error> {
    let ids: Vec<Uuid> = conversions.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        r#"select k.conversion_id as "conversion_id!", k.amount, k.currency, k.reason
           from commissions k
           join conversions c on c.organization_id = k.organization_id and c.id = k.conversion_id
                and c.affiliate_id = k.affiliate_id
           where k.organization_id = $1 and k.conversion_id = any ($2) and k.amount <> 0 order by k.component"#,
        tx.organization().uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut booked: HashMap<ConversionId, Vec<Booked>> = HashMap::new();
    for row in rows {
        let currency = row.currency.parse().map_err(|_| corrupt_column("commissions.currency"))?;
        let commission = Booked { amount: Money::new(row.amount, currency), reason: row.reason };
        booked.entry(ConversionId::new(row.conversion_id)).or_default().push(commission);
    }
    Ok(booked)
}

/// The default start of the range.
pub const fn a_year_before(to: Timestamp) -> Timestamp {
    to.plus_days(-365)
}
