//! Conversions' SQL: customers, conversions and refunds, as sets.

use std::collections::{HashMap, HashSet};

use shared::{
    id::{AffiliateId, ClickId, ConversionId, CustomerId, EventId, LinkId, OrganizationId, PlanVersionId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use time::OffsetDateTime;
use uuid::Uuid;

use super::{Conversion, Credited, Kind, Outcome, Status};
use crate::{
    attribution::store::odd,
    db::{TenantTx, at, moment},
    fact::{Buyer, RefundFact},
};

/// Finds customers by name, and makes those that are missing. Answers ids, and which of them are new.
///
/// # Errors
/// Database errors.
pub async fn customers(
    tx: &mut TenantTx,
    buyers: &[(OrganizationId, &Buyer)],
    now: Timestamp,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<(HashMap<(OrganizationId, String), CustomerId>, HashSet<CustomerId>), sqlx::Error> {
    // The first e-mail told for a name is kept.
    let mut wanted: HashMap<(OrganizationId, &str), Option<&str>> = HashMap::new();
    for (organization, buyer) in buyers {
        let email = wanted.entry((*organization, &buyer.external_id)).or_default();
        *email = email.or(buyer.email.as_deref());
    }
    if wanted.is_empty() {
        return Ok((HashMap::new(), HashSet::new()));
    }
    let organizations: Vec<Uuid> = wanted.keys().map(|key| key.0.uuid()).collect();
    let names: Vec<String> = wanted.keys().map(|key| key.1.to_owned()).collect();
    let made = sqlx::query!(
        "insert into customers (organization_id, id, external_id, email, created_at)
         select *, $5::timestamptz from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[])
         on conflict (organization_id, external_id) do nothing
         returning organization_id, id, external_id",
        &organizations,
        &names.iter().map(|_| new_id()).collect::<Vec<_>>(),
        &names,
        &wanted.values().map(|email| email.map(str::to_owned)).collect::<Vec<_>>() as &[Option<String>],
        at(now),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut ids: HashMap<(OrganizationId, String), CustomerId> = made
        .into_iter()
        .map(|row| ((OrganizationId::new(row.organization_id), row.external_id), CustomerId::new(row.id)))
        .collect();
    let new: HashSet<CustomerId> = ids.values().copied().collect();
    if new.len() < names.len() {
        let found = sqlx::query!(
            "select organization_id, id, external_id from customers
             where (organization_id, external_id) in (select * from unnest($1::uuid[], $2::text[]))",
            &organizations,
            &names,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in found {
            ids.insert((OrganizationId::new(row.organization_id), row.external_id), CustomerId::new(row.id));
        }
    }
    Ok((ids, new))
}

/// Conversions, by a condition; its parameters follow.
macro_rules! conversions {
    ($condition:literal, $($parameter:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            "select organization_id, id, event_id, external_id, source, verified, kind, told_recurring, status,
                    customer_id, subscription_id, product_id, amount, refunded, currency, occurred_at, program_id,
                    affiliate_id, link_id, click_id, plan_version_id, credited_by
             from conversions where " + $condition,
            $($parameter),*
        )
    };
}

/// Conversions with these external ids.
///
/// # Errors
/// Database errors.
pub async fn by_external_id(
    tx: &mut TenantTx,
    names: &[(OrganizationId, &str)],
) -> Result<Vec<Conversion>, sqlx::Error> {
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let rows = conversions!(
        "(organization_id, external_id) in (select * from unnest($1::uuid[], $2::text[]))",
        &names.iter().map(|name| name.0.uuid()).collect::<Vec<_>>(),
        &names.iter().map(|name| name.1.to_owned()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Conversion::try_from).collect()
}

/// All conversions of these customers.
///
/// # Errors
/// Database errors.
pub async fn by_customer(
    tx: &mut TenantTx,
    customers: &[(OrganizationId, CustomerId)],
) -> Result<Vec<Conversion>, sqlx::Error> {
    if customers.is_empty() {
        return Ok(Vec::new());
    }
    let rows = conversions!(
        "(organization_id, customer_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &customers.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &customers.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Conversion::try_from).collect()
}

#[derive(Debug)]
struct Row {
    organization_id: Uuid,
    id: Uuid,
    event_id: Uuid,
    external_id: String,
    source: String,
    verified: bool,
    kind: String,
    told_recurring: bool,
    status: String,
    customer_id: Option<Uuid>,
    subscription_id: Option<String>,
    product_id: Option<String>,
    amount: i64,
    refunded: i64,
    currency: String,
    occurred_at: OffsetDateTime,
    program_id: Option<Uuid>,
    affiliate_id: Option<Uuid>,
    link_id: Option<Uuid>,
    click_id: Option<Uuid>,
    plan_version_id: Option<Uuid>,
    credited_by: Option<String>,
}

impl TryFrom<Row> for Conversion {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let kind = Kind::parse(&row.kind).ok_or_else(|| odd("conversions.kind"))?;
        let currency: Currency = row.currency.parse().map_err(|_| odd("conversions.currency"))?;
        let credit = match (row.program_id, row.affiliate_id, row.credited_by) {
            (Some(program), Some(affiliate), Some(rule)) => Some(Credited {
                program_id: ProgramId::new(program),
                affiliate_id: AffiliateId::new(affiliate),
                link_id: row.link_id.map(LinkId::new),
                click_id: row.click_id.map(ClickId::new),
                plan_version_id: row.plan_version_id.map(PlanVersionId::new),
                rule,
            }),
            _ => None,
        };
        Ok(Self {
            organization_id: OrganizationId::new(row.organization_id),
            id: ConversionId::new(row.id),
            event_id: EventId::new(row.event_id),
            external_id: row.external_id,
            source: row.source,
            verified: row.verified,
            lead: kind == Kind::Lead,
            told_recurring: row.told_recurring,
            customer_id: row.customer_id.map(CustomerId::new),
            subscription_id: row.subscription_id,
            product_id: row.product_id,
            amount: Money::new(row.amount, currency),
            occurred_at: moment(row.occurred_at),
            outcome: Outcome {
                kind,
                status: Status::parse(&row.status).ok_or_else(|| odd("conversions.status"))?,
                refunded: row.refunded,
                credit,
            },
        })
    }
}

/// Writes conversions as they are now: new ones are inserted, of known ones the outcome is updated.
///
/// # Errors
/// Database errors.
pub async fn save(tx: &mut TenantTx, conversions: &[&Conversion], now: Timestamp) -> Result<(), sqlx::Error> {
    if conversions.is_empty() {
        return Ok(());
    }
    let ids = |of: fn(&Conversion) -> Uuid| conversions.iter().map(|row| of(row)).collect::<Vec<_>>();
    let texts = |of: fn(&Conversion) -> &str| conversions.iter().map(|row| of(row).to_owned()).collect::<Vec<_>>();
    let maybe_ids = |of: fn(&Credited) -> Option<Uuid>| {
        conversions.iter().map(|row| row.outcome.credit.as_ref().and_then(of)).collect::<Vec<_>>()
    };
    sqlx::query!(
        "insert into conversions (organization_id, id, event_id, external_id, source, verified, kind, told_recurring,
                                  status, customer_id, subscription_id, product_id, amount, refunded, currency,
                                  occurred_at, program_id, affiliate_id, link_id, click_id, plan_version_id,
                                  credited_by, created_at, updated_at)
         select *, $23::timestamptz, $23::timestamptz
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::boolean[],
                     $9::text[], $10::uuid[], $11::text[], $12::text[], $13::bigint[], $14::bigint[], $15::text[],
                     $16::timestamptz[], $17::uuid[], $18::uuid[], $19::uuid[], $20::uuid[], $21::uuid[], $22::text[])
         on conflict (organization_id, id) do update set
             kind = excluded.kind, status = excluded.status, refunded = excluded.refunded,
             program_id = excluded.program_id, affiliate_id = excluded.affiliate_id, link_id = excluded.link_id,
             click_id = excluded.click_id, plan_version_id = excluded.plan_version_id,
             credited_by = excluded.credited_by, updated_at = excluded.updated_at",
        &ids(|row| row.organization_id.uuid()),
        &ids(|row| row.id.uuid()),
        &ids(|row| row.event_id.uuid()),
        &texts(|row| &row.external_id),
        &texts(|row| &row.source),
        &conversions.iter().map(|row| row.verified).collect::<Vec<_>>(),
        &texts(|row| row.outcome.kind.as_str()),
        &conversions.iter().map(|row| row.told_recurring).collect::<Vec<_>>(),
        &texts(|row| row.outcome.status.as_str()),
        &conversions.iter().map(|row| row.customer_id.map(|id| id.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &conversions.iter().map(|row| row.subscription_id.clone()).collect::<Vec<_>>() as &[Option<String>],
        &conversions.iter().map(|row| row.product_id.clone()).collect::<Vec<_>>() as &[Option<String>],
        &conversions.iter().map(|row| row.amount.minor).collect::<Vec<_>>(),
        &conversions.iter().map(|row| row.outcome.refunded).collect::<Vec<_>>(),
        &texts(|row| row.amount.currency.code()),
        &conversions.iter().map(|row| at(row.occurred_at)).collect::<Vec<_>>(),
        &maybe_ids(|credit| Some(credit.program_id.uuid())) as &[Option<Uuid>],
        &maybe_ids(|credit| Some(credit.affiliate_id.uuid())) as &[Option<Uuid>],
        &maybe_ids(|credit| credit.link_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &maybe_ids(|credit| credit.click_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &maybe_ids(|credit| credit.plan_version_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &conversions.iter().map(|row| row.outcome.credit.as_ref().map(|credit| credit.rule.clone())).collect::<Vec<_>>()
            as &[Option<String>],
        at(now),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A refund as told.
#[derive(Debug, Clone)]
pub struct Refund {
    pub organization_id: OrganizationId,
    pub event_id: EventId,
    pub occurred_at: Timestamp,
    pub fact: RefundFact,
}

/// # Errors
/// Database errors.
pub async fn insert_refunds(tx: &mut TenantTx, refunds: &[Refund]) -> Result<(), sqlx::Error> {
    if refunds.is_empty() {
        return Ok(());
    }
    sqlx::query!(
        "insert into refunds (organization_id, event_id, external_id, refund_of, amount, currency, occurred_at)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::bigint[], $6::text[],
                              $7::timestamptz[])
         on conflict do nothing",
        &refunds.iter().map(|row| row.organization_id.uuid()).collect::<Vec<_>>(),
        &refunds.iter().map(|row| row.event_id.uuid()).collect::<Vec<_>>(),
        &refunds.iter().map(|row| row.fact.external_id.clone()).collect::<Vec<_>>(),
        &refunds.iter().map(|row| row.fact.refund_of.clone()).collect::<Vec<_>>(),
        &refunds.iter().map(|row| row.fact.amount).collect::<Vec<_>>(),
        &refunds.iter().map(|row| row.fact.currency.code().to_owned()).collect::<Vec<_>>(),
        &refunds.iter().map(|row| at(row.occurred_at)).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What was refunded of each sale, by tenant, sale and currency. Sums saturate: more than a sale counts as all of it.
pub type Refunded = HashMap<(OrganizationId, String, Currency), i64>;

/// # Errors
/// Database errors.
pub async fn refunded(tx: &mut TenantTx, sales: &[(OrganizationId, &str)]) -> Result<Refunded, sqlx::Error> {
    if sales.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        r#"select organization_id, refund_of, currency, least(sum(amount), 9223372036854775807)::bigint as "amount!"
           from refunds where (organization_id, refund_of) in (select * from unnest($1::uuid[], $2::text[]))
           group by organization_id, refund_of, currency"#,
        &sales.iter().map(|sale| sale.0.uuid()).collect::<Vec<_>>(),
        &sales.iter().map(|sale| sale.1.to_owned()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            let currency = row.currency.parse().map_err(|_| odd("refunds.currency"))?;
            Ok(((OrganizationId::new(row.organization_id), row.refund_of, currency), row.amount))
        })
        .collect()
}
