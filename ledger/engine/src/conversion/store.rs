//! SQL of conversions, in sets.

use std::collections::HashSet;

use shared::{
    id::{
        AffiliateId, ClickId, ConversionId, CouponId, CustomerId, EventId, LinkId, OrganizationId, PlanVersionId,
        ProgramId,
    },
    money::{Currency, Money},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use super::claim_day::ClaimDay;
use kit::{
    compiled_once,
    db::{TenantTx, TenantsTx, corrupt_column},
};
use rules::{
    attribution::flag::{Flag, Review},
    commission::price::Pool,
    conversion::{Conversion, Credited, Kind, Outcome, RefundIssue, Status},
    fact::{Details, DisputeState, Provenance},
};

/// A query for conversions by a condition, followed by its parameters.
macro_rules! conversions {
    ($condition:literal, $($parameter:expr),* $(,)?) => {
        sqlx::query_as!(
            Row,
            r#"select organization_id, id, event_id, external_id, source, verified, claimed_email_key, kind as "kind: Kind",
                    reported_recurring, reported_program_id, status as "status: Status", customer_id, subscription_id, product_id, details as "details: Json<Details>", amount, paid,
                    paid_known, refunded, currency, occurred_at, program_id, affiliate_id, link_id, click_id, coupon_id,
                    plan_version_id, bound_at, credited_by, sequence, flags as "flags: Vec<Flag>", review as "review: Review",
                    dispute as "dispute: DisputeState", issues as "issues: Vec<RefundIssue>"
             from conversions where "# + $condition,
            $($parameter),*
        )
    };
}

/// Conversions with these external ids.
pub async fn by_external_id(
    tx: &mut TenantsTx,
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
pub async fn by_customer(
    tx: &mut TenantsTx,
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

/// Conversions of unknown buyers that were first reported by these events.
pub async fn by_event(
    tx: &mut TenantsTx,
    events: &[(OrganizationId, EventId)],
) -> Result<Vec<Conversion>, sqlx::Error> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let rows = conversions!(
        "customer_id is null and (organization_id, event_id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &events.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &events.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Conversion::try_from).collect()
}

/// Conversions with these ids.
#[compiled_once]
pub async fn by_id(tx: &mut TenantTx, ids: &[ConversionId]) -> Result<Vec<Conversion>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = conversions!("organization_id = $1 and id = any ($2)", tx.organization().uuid(), &ids)
        .fetch_all(tx.conn())
        .await?;
    rows.into_iter().map(Conversion::try_from).collect()
}

/// The credited conversions of these pools (affiliate, program and period). Claims that no one approved are left out,
/// except those of programs in `trusting`.
pub async fn in_pools(
    tx: &mut TenantsTx,
    pools: &[(OrganizationId, Pool)],
    trusting: &HashSet<ProgramId>,
) -> Result<Vec<Conversion>, sqlx::Error> {
    if pools.is_empty() {
        return Ok(Vec::new());
    }
    let rows = conversions!(
        "(organization_id, id) in (
             select c.organization_id, c.id
             from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[])
                  p (organization_id, program_id, affiliate_id, starts, ends)
             join conversions c on c.organization_id = p.organization_id and c.affiliate_id = p.affiliate_id
                  and c.program_id = p.program_id and c.occurred_at >= p.starts and c.occurred_at < p.ends
                  and (c.verified or c.review = 'Approved' or c.program_id = any ($6)))",
        &pools.iter().map(|pool| pool.0.uuid()).collect::<Vec<_>>(),
        &pools.iter().map(|pool| pool.1.program.uuid()).collect::<Vec<_>>(),
        &pools.iter().map(|pool| pool.1.affiliate.uuid()).collect::<Vec<_>>(),
        &pools.iter().map(|pool| pool.1.from).collect::<Vec<_>>(),
        &pools.iter().map(|pool| pool.1.to).collect::<Vec<_>>(),
        &trusting.iter().map(|program| program.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter().map(Conversion::try_from).collect()
}

/// The credited claims in these programs on these days.
pub async fn claims_of(
    tx: &mut TenantsTx,
    days: &[(OrganizationId, ClaimDay)],
) -> Result<Vec<Conversion>, sqlx::Error> {
    if days.is_empty() {
        return Ok(Vec::new());
    }
    let rows = conversions!(
        "(organization_id, id) in (
             select c.organization_id, c.id
             from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::timestamptz[])
                  d (organization_id, program_id, starts, ends)
             join conversions c on c.organization_id = d.organization_id and c.program_id = d.program_id
                  and not c.verified and c.occurred_at >= d.starts and c.occurred_at < d.ends)",
        &days.iter().map(|day| day.0.uuid()).collect::<Vec<_>>(),
        &days.iter().map(|day| day.1.program.uuid()).collect::<Vec<_>>(),
        &days.iter().map(|day| day.1.from).collect::<Vec<_>>(),
        &days.iter().map(|day| day.1.to).collect::<Vec<_>>(),
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
    claimed_email_key: Option<String>,
    kind: Kind,
    reported_recurring: bool,
    reported_program_id: Option<Uuid>,
    status: Status,
    customer_id: Option<Uuid>,
    subscription_id: Option<String>,
    product_id: Option<String>,
    details: Option<Json<Details>>,
    amount: i64,
    paid: i64,
    paid_known: bool,
    refunded: i64,
    currency: String,
    occurred_at: Timestamp,
    program_id: Option<Uuid>,
    affiliate_id: Option<Uuid>,
    link_id: Option<Uuid>,
    click_id: Option<Uuid>,
    coupon_id: Option<Uuid>,
    plan_version_id: Option<Uuid>,
    bound_at: Option<Timestamp>,
    credited_by: Option<String>,
    sequence: i32,
    flags: Vec<Flag>,
    review: Option<Review>,
    dispute: Option<DisputeState>,
    issues: Vec<RefundIssue>,
}

impl TryFrom<Row> for Conversion {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let currency: Currency = row.currency.parse().map_err(|_| corrupt_column("conversions.currency"))?;
        let credit = match (row.program_id, row.affiliate_id, row.credited_by) {
            (Some(program), Some(affiliate), Some(rule)) => Some(Credited {
                program_id: ProgramId::new(program),
                affiliate_id: AffiliateId::new(affiliate),
                link_id: row.link_id.map(LinkId::new),
                click_id: row.click_id.map(ClickId::new),
                coupon_id: row.coupon_id.map(CouponId::new),
                plan_version_id: row.plan_version_id.map(PlanVersionId::new),
                bound_at: row.bound_at.unwrap_or(row.occurred_at),
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
            provenance: Provenance::from_verified(row.verified),
            claimed_email_key: row.claimed_email_key,
            lead: row.kind == Kind::Lead,
            reported_recurring: row.reported_recurring,
            reported_program_id: row.reported_program_id.map(ProgramId::new),
            customer_id: row.customer_id.map(CustomerId::new),
            subscription_id: row.subscription_id,
            product_id: row.product_id,
            details: row.details.map(|details| details.0).unwrap_or_default(),
            amount: Money::new(row.amount, currency),
            paid: row.paid,
            paid_known: row.paid_known,
            occurred_at: row.occurred_at,
            outcome: Outcome {
                kind: row.kind,
                status: row.status,
                refunded: row.refunded,
                credit,
                sequence: u32::try_from(row.sequence).map_err(|_| corrupt_column("conversions.sequence"))?,
                flags: row.flags,
                review: row.review,
                dispute: row.dispute,
                issues: row.issues,
            },
        })
    }
}

/// Joins the values with commas; the statement splits them again, because Postgres has no arrays of arrays of varying
/// length.
fn joined<T: Copy>(values: &[T], spell: fn(T) -> &'static str) -> String {
    values.iter().map(|value| spell(*value)).collect::<Vec<_>>().join(",")
}

/// Saves conversions. Columns that never change are left alone for existing ones.
#[compiled_once]
pub async fn save(tx: &mut TenantsTx, conversions: &[&Conversion], now: Timestamp) -> Result<(), sqlx::Error> {
    if conversions.is_empty() {
        return Ok(());
    }
    let ids = |of: fn(&Conversion) -> Uuid| conversions.iter().map(|row| of(row)).collect::<Vec<_>>();
    let texts = |of: fn(&Conversion) -> &str| conversions.iter().map(|row| of(row).to_owned()).collect::<Vec<_>>();
    let maybe = |of: fn(&Conversion) -> Option<String>| conversions.iter().map(|row| of(row)).collect::<Vec<_>>();
    let maybe_ids = |of: fn(&Credited) -> Option<Uuid>| {
        conversions.iter().map(|row| row.outcome.credit.as_ref().and_then(of)).collect::<Vec<_>>()
    };
    let details = |row: &&Conversion| (row.details != Details::default()).then(|| Json(row.details.clone()));
    sqlx::query!(
        "insert into conversions (organization_id, id, event_id, external_id, source, verified, kind, reported_recurring,
                                  reported_program_id, status, customer_id, subscription_id, product_id, details, amount, paid,
                                  refunded, currency, occurred_at, program_id, affiliate_id, link_id, click_id,
                                  plan_version_id, bound_at, credited_by, sequence, review, dispute, flags, issues,
                                  claimed_email_key, paid_known, coupon_id, created_at, updated_at)
         select c.organization_id, c.id, c.event_id, c.external_id, c.source, c.verified, c.kind, c.reported_recurring,
                c.reported_program_id, c.status, c.customer_id, c.subscription_id, c.product_id, c.details, c.amount, c.paid,
                c.refunded, c.currency, c.occurred_at, c.program_id, c.affiliate_id, c.link_id, c.click_id,
                c.plan_version_id, c.bound_at, c.credited_by, c.sequence, c.review, c.dispute,
                string_to_array(c.flags, ','), string_to_array(c.issues, ','), c.claimed_email_key, c.paid_known,
                c.coupon_id, $32::timestamptz, $32::timestamptz
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::boolean[], $7::text[], $8::boolean[],
                     $9::uuid[], $10::text[], $11::uuid[], $12::text[], $13::text[], $14::jsonb[], $15::bigint[],
                     $16::bigint[], $17::bigint[], $18::text[], $19::timestamptz[], $20::uuid[], $21::uuid[], $22::uuid[],
                     $23::uuid[], $24::uuid[], $25::timestamptz[], $26::text[], $27::integer[], $28::text[], $29::text[],
                     $30::text[], $31::text[], $33::text[], $34::boolean[], $35::uuid[])
              c (organization_id, id, event_id, external_id, source, verified, kind, reported_recurring, reported_program_id,
                 status, customer_id, subscription_id, product_id, details, amount, paid, refunded, currency, occurred_at,
                 program_id, affiliate_id, link_id, click_id, plan_version_id, bound_at, credited_by, sequence, review,
                 dispute, flags, issues, claimed_email_key, paid_known, coupon_id)
         on conflict (organization_id, id) do update set
             source = excluded.source, amount = excluded.amount, currency = excluded.currency, verified = excluded.verified, kind = excluded.kind, reported_recurring = excluded.reported_recurring,
             reported_program_id = excluded.reported_program_id, status = excluded.status, customer_id = excluded.customer_id,
             subscription_id = excluded.subscription_id, product_id = excluded.product_id, details = excluded.details,
             paid = excluded.paid, paid_known = excluded.paid_known, refunded = excluded.refunded, occurred_at = excluded.occurred_at,
             program_id = excluded.program_id, affiliate_id = excluded.affiliate_id, link_id = excluded.link_id,
             click_id = excluded.click_id, coupon_id = excluded.coupon_id,
             plan_version_id = excluded.plan_version_id, bound_at = excluded.bound_at,
             credited_by = excluded.credited_by, sequence = excluded.sequence, review = excluded.review,
             dispute = excluded.dispute, flags = excluded.flags, issues = excluded.issues,
             claimed_email_key = excluded.claimed_email_key, updated_at = excluded.updated_at",
        &ids(|row| row.organization_id.uuid()),
        &ids(|row| row.id.uuid()),
        &ids(|row| row.event_id.uuid()),
        &texts(|row| &row.external_id),
        &texts(|row| &row.source),
        &conversions.iter().map(|row| row.provenance.is_verified()).collect::<Vec<_>>(),
        &texts(|row| row.outcome.kind.as_str()),
        &conversions.iter().map(|row| row.reported_recurring).collect::<Vec<_>>(),
        &conversions.iter().map(|row| row.reported_program_id.map(|id| id.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &texts(|row| row.outcome.status.as_str()),
        &conversions.iter().map(|row| row.customer_id.map(|id| id.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &maybe(|row| row.subscription_id.clone()) as &[Option<String>],
        &maybe(|row| row.product_id.clone()) as &[Option<String>],
        &conversions.iter().map(details).collect::<Vec<_>>() as &[Option<Json<Details>>],
        &conversions.iter().map(|row| row.amount.minor).collect::<Vec<_>>(),
        &conversions.iter().map(|row| row.paid).collect::<Vec<_>>(),
        &conversions.iter().map(|row| row.outcome.refunded).collect::<Vec<_>>(),
        &texts(|row| row.amount.currency.code()),
        &conversions.iter().map(|row| row.occurred_at).collect::<Vec<_>>(),
        &maybe_ids(|credit| Some(credit.program_id.uuid())) as &[Option<Uuid>],
        &maybe_ids(|credit| Some(credit.affiliate_id.uuid())) as &[Option<Uuid>],
        &maybe_ids(|credit| credit.link_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &maybe_ids(|credit| credit.click_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &maybe_ids(|credit| credit.plan_version_id.map(|id| id.uuid())) as &[Option<Uuid>],
        &conversions.iter().map(|row| row.outcome.credit.as_ref().map(|credit| credit.bound_at)).collect::<Vec<_>>()
            as &[Option<Timestamp>],
        &maybe(|row| row.outcome.credit.as_ref().map(|credit| credit.rule.clone())) as &[Option<String>],
        &conversions.iter().map(|row| i32::try_from(row.outcome.sequence).unwrap_or(i32::MAX)).collect::<Vec<_>>(),
        &maybe(|row| row.outcome.review.map(|review| review.as_str().to_owned())) as &[Option<String>],
        &maybe(|row| row.outcome.dispute.map(|state| state.as_str().to_owned())) as &[Option<String>],
        &conversions.iter().map(|row| joined(&row.outcome.flags, Flag::as_str)).collect::<Vec<_>>(),
        &conversions.iter().map(|row| joined(&row.outcome.issues, RefundIssue::as_str)).collect::<Vec<_>>(),
        now,
        &maybe(|row| row.claimed_email_key.clone()) as &[Option<String>],
        &conversions.iter().map(|row| row.paid_known).collect::<Vec<_>>(),
        &maybe_ids(|credit| credit.coupon_id.map(|id| id.uuid())) as &[Option<Uuid>],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
