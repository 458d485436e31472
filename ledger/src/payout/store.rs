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
    pub after: Option<Uuid>,
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
    let rows = sqlx::query!(
        "select id, affiliate_id, amount, currency, rail, status, reference, actor, created_at from payouts
         where organization_id = $1 and ($2::uuid is null or id = $2) and ($3::uuid is null or affiliate_id = $3)
           and ($4::uuid is null or id < $4)
         order by id desc limit $5",
        organization.uuid(),
        filter.id.map(PayoutId::uuid),
        filter.affiliate.map(AffiliateId::uuid),
        filter.after,
        filter.limit,
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
