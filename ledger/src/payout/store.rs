//! Payouts' SQL.

use shared::{
    id::{OrganizationId, PayoutId},
    timestamp::Timestamp,
};

use super::record::Payment;
use crate::db::{TenantTx, at};

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
