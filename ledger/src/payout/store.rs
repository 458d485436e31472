//! Payouts' SQL.

use shared::{
    id::{AffiliateId, OrganizationId, PayoutId},
    money::Currency,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::view::Payout;
use crate::{
    api::view::Moment,
    db::{TenantTx, at, moment},
};

/// Whom, and what people should know about it.
#[derive(Debug, Clone)]
pub struct Payment {
    pub affiliate_id: AffiliateId,
    pub currency: Currency,
    /// What the payer expects it to be: it must be what is payable by then.
    pub expected: Option<i64>,
    pub reference: Option<String>,
    pub actor: String,
}

/// # Errors
/// Database errors.
pub async fn insert(
    tx: &mut TenantTx,
    organization: OrganizationId,
    id: PayoutId,
    payment: &Payment,
    amount: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payouts (organization_id, id, affiliate_id, currency, amount, rail, status, reference, actor, created_at)
         values ($1, $2, $3, $4, $5, 'Manual', 'Sent', $6, $7, $8)",
        organization.uuid(),
        id.uuid(),
        payment.affiliate_id.uuid(),
        payment.currency.code(),
        amount,
        payment.reference,
        payment.actor,
        at(now),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What narrows the list.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub id: Option<PayoutId>,
    pub affiliate: Option<AffiliateId>,
    pub currency: Option<String>,
    pub status: Option<&'static str>,
    pub reference: Option<String>,
    pub from: Option<Timestamp>,
    pub to: Option<Timestamp>,
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

/// Newest first.
///
/// # Errors
/// Database errors.
pub async fn list(
    tx: &mut TenantTx,
    organization: OrganizationId,
    filter: &Filter,
) -> Result<Vec<Payout>, sqlx::Error> {
    sqlx::query!("select set_config('plan_cache_mode', 'force_custom_plan', true)").fetch_one(tx.conn()).await?;
    let rows = sqlx::query!(
        r#"select id, affiliate_id, amount, currency, rail, status, reference, actor, created_at from payouts
           where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::uuid is null or affiliate_id = $3)
             and ($6::text is null or currency = $6) and ($7::text is null or status = $7)
             and ($8::text is null or reference = $8)
             and ($9::timestamptz is null or created_at >= $9) and ($10::timestamptz is null or created_at < $10)
             and ($4::uuid is null or (not $11 and id < $4) or ($11 and id > $4))
           order by case when $11 then id end, case when not $11::boolean then id end desc limit $5"#,
        organization.uuid(),
        filter.id.map(PayoutId::uuid),
        filter.affiliate.map(AffiliateId::uuid),
        filter.after,
        filter.limit,
        filter.currency,
        filter.status,
        filter.reference,
        filter.from.map(at),
        filter.to.map(at),
        filter.oldest,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Payout {
        id: PayoutId::new(row.id),
        affiliate_id: AffiliateId::new(row.affiliate_id),
        amount_cents: row.amount,
        currency: row.currency,
        rail: row.rail,
        status: row.status,
        reference: row.reference,
        actor: row.actor,
        created_at: Moment(moment(row.created_at)),
    });
    Ok(view.collect())
}
