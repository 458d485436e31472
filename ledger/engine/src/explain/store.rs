//! Loads what a receipt is built from: the history as a recomputation loads it, and the book.

use std::collections::{BTreeSet, HashMap, HashSet};

use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CouponId, CustomerId, OrganizationId, PayoutId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{Booked, Facts, Names, Other, SaleFacts};
use crate::{
    commission, conversion, decision,
    history::{load, write::rates},
};
use identity::organization::time_zone;
use kit::{
    compiled_once,
    db::{TenantTx, TenantsTx},
};
use rules::{attribution::touch::Touch, commission::Commission};

/// Loads the facts; `None` if the organization has no such commission.
#[compiled_once]
pub async fn facts(tx: &mut TenantTx, id: CommissionId, now: Timestamp) -> Result<Option<Facts>, sqlx::Error> {
    let organization = tx.organization();
    let found = commission::store::by_id(tx, &[id]).await?;
    let Some(commission) = found.into_iter().next() else { return Ok(None) };
    let sale = match commission.conversion() {
        Some(conversion) => sale(tx, conversion).await?,
        None => None,
    };
    let others = match commission.conversion() {
        Some(conversion) => others(tx, conversion, id).await?,
        None => Vec::new(),
    };
    // A recruiter's share follows the plan of the affiliate who made the sale, which may be one of their own.
    let affiliates = others.iter().map(|other| other.affiliate).chain([commission.affiliate_id]);
    let affiliates: Vec<_> = affiliates.map(|affiliate| (organization, affiliate)).collect();
    let versions = commission::store::plan_versions(tx, &[(organization, commission.program_id)], &affiliates).await?;
    let plan = versions.into_iter().find(|version| Some(version.id) == commission.plan_version_id);
    Ok(Some(Facts {
        zone: time_zone::of(tx).await?,
        now,
        created_at: created_at(tx, id).await?,
        names: names(tx, &commission, sale.as_ref(), &others).await?,
        decisions: decision::store::about(tx, id, commission.conversion()).await?,
        transfers: transfers(tx, id).await?,
        commission,
        sale,
        plan,
        others,
    }))
}

/// The commission's organization, among those of the transaction.
pub async fn owner(tx: &mut TenantsTx, id: CommissionId) -> Result<Option<OrganizationId>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let found = sqlx::query_scalar!(
        "select organization_id from commissions where organization_id = any ($1) and id = $2",
        &tenants,
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found.map(OrganizationId::new))
}

/// The conversion's complete history; `None` if the organization has no such conversion.
pub async fn sale(tx: &mut TenantTx, id: ConversionId) -> Result<Option<SaleFacts>, sqlx::Error> {
    let conversions = conversion::store::by_id(tx, &[id]).await?;
    let keys = load::keys_of(tx, &conversions).await?;
    let mut histories = load::load(tx, &keys).await?;
    load::given_back(tx, &mut histories).await?;
    let rates = rates(tx, &histories).await?;
    let customer = match conversions.first().and_then(|sale| sale.customer_id) {
        Some(customer) => name_of(tx, customer).await?,
        None => None,
    };
    let found = histories.into_values().find_map(|history| {
        let index = history.conversions.iter().position(|sale| sale.id == id)?;
        Some((history, index))
    });
    let zone = time_zone::of(tx).await?;
    Ok(found.map(|(history, index)| SaleFacts { zone, history, rates, index, customer }))
}

async fn name_of(tx: &mut TenantTx, customer: CustomerId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select external_id from customers where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        customer.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

async fn created_at(tx: &mut TenantTx, id: CommissionId) -> Result<Timestamp, sqlx::Error> {
    sqlx::query_scalar!(
        "select created_at from commissions where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

async fn others(tx: &mut TenantTx, conversion: ConversionId, than: CommissionId) -> Result<Vec<Other>, sqlx::Error> {
    let organization = tx.organization();
    let mut rows: Vec<Commission> =
        commission::store::load(tx, &[(organization, conversion)]).await?.into_iter().map(|(_, row)| row).collect();
    rows.retain(|row| row.id != than);
    rows.sort_by_key(|row| (row.component, row.id));
    let other =
        |row: Commission| Other { id: row.id, affiliate: row.affiliate_id, amount: row.amount, status: row.status };
    Ok(rows.into_iter().map(other).collect())
}

/// Display names of everyone and everything that the receipt mentions.
async fn names(
    tx: &mut TenantTx,
    commission: &Commission,
    sale: Option<&SaleFacts>,
    others: &[Other],
) -> Result<Names, sqlx::Error> {
    let touches = sale.map(|sale| sale.history.touches.as_slice()).unwrap_or_default();
    let mut affiliates: BTreeSet<Uuid> = touches.iter().map(|touch| touch.affiliate_id.uuid()).collect();
    affiliates.insert(commission.affiliate_id.uuid());
    affiliates.extend(others.iter().map(|other| other.affiliate.uuid()));
    let decided = sale.into_iter().flat_map(|sale| &sale.history.decisions);
    affiliates.extend(decided.filter_map(|decision| Some(decision.credit?.1.uuid())));
    let links: HashSet<Uuid> = touches.iter().filter_map(|touch| Some(touch.link_id?.uuid())).collect();
    let names = names_of(tx, affiliates, BTreeSet::from([commission.program_id.uuid()]), links).await?;
    Ok(Names { coupons: codes_of(tx, touches).await?, ..names })
}

/// The codes of the coupons that these touches name.
pub async fn codes_of(tx: &mut TenantTx, touches: &[Touch]) -> Result<HashMap<CouponId, String>, sqlx::Error> {
    let coupons: BTreeSet<Uuid> = touches.iter().filter_map(|touch| Some(touch.coupon_id?.uuid())).collect();
    if coupons.is_empty() {
        return Ok(HashMap::new());
    }
    let rows = sqlx::query!(
        "select id, code from coupons where organization_id = $1 and id = any ($2)",
        tx.organization().uuid(),
        &coupons.into_iter().collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (CouponId::new(row.id), row.code)).collect())
}

/// Display names of these affiliates, programs and links.
pub async fn names_of(
    tx: &mut TenantTx,
    affiliates: BTreeSet<Uuid>,
    programs: BTreeSet<Uuid>,
    links: HashSet<Uuid>,
) -> Result<Names, sqlx::Error> {
    let organization = tx.organization();
    let affiliates = sqlx::query!(
        "select id, name from affiliates where organization_id = $1 and id = any ($2)",
        organization.uuid(),
        &affiliates.into_iter().collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let programs = sqlx::query!(
        "select id, name from programs where organization_id = $1 and id = any ($2)",
        organization.uuid(),
        &programs.into_iter().collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let links = sqlx::query!(
        "select id, host, slug from links where organization_id = $1 and id = any ($2)",
        organization.uuid(),
        &links.into_iter().collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(Names {
        affiliates: affiliates.into_iter().map(|row| (AffiliateId::new(row.id), row.name)).collect(),
        programs: programs.into_iter().map(|row| (row.id, row.name)).collect(),
        links: links.into_iter().map(|row| (row.id, format!("{}/{}", row.host, row.slug))).collect(),
        coupons: HashMap::new(),
    })
}

/// The commission's transfers. Those with the same time are in the order in which corrections are booked: value, then
/// account, then payment.
async fn transfers(tx: &mut TenantTx, id: CommissionId) -> Result<Vec<Booked>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select t.id, t.created_at, t.kind, d.kind as "from!", c.kind as "to!", t.amount, t.event_id, t.decision_id,
                  t.payout_id, p.reference as "reference?", coalesce(p.settled_there, false) as "left!"
           from transfers t
           join accounts d on d.organization_id = t.organization_id and d.id = t.debit_account_id
           join accounts c on c.organization_id = t.organization_id and c.id = t.credit_account_id
           left join payouts p on p.organization_id = t.organization_id and p.id = t.payout_id
           where t.organization_id = $1 and t.commission_id = $2"#,
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut booked: Vec<Booked> = rows
        .into_iter()
        .map(|row| Booked {
            id: row.id,
            at: row.created_at,
            kind: row.kind,
            from: row.from,
            to: row.to,
            amount: row.amount,
            event: row.event_id,
            decision: row.decision_id,
            payout: row.payout_id.map(|id| (PayoutId::new(id), row.reference)),
            left: row.left,
        })
        .collect();
    let order =
        ["commission_earned", "commission_reversed", "commission_approved", "payout_reserved", "commission_paid"];
    let place: HashMap<&str, usize> = order.into_iter().zip(0..).collect();
    booked.sort_by_key(|row| (row.at, place.get(row.kind.as_str()).copied().unwrap_or(order.len()), row.id));
    Ok(booked)
}
