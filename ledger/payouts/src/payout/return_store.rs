//! SQL of what happens after a payment was sent: it came back, or a bank refused it.

use shared::{id::AffiliateId, timestamp::Timestamp};

use uuid::Uuid;

use super::row_store::Row;
use kit::db::TenantTx;

/// Records that a part of the payout's amount, and of the tax withheld from it, came back at the given time.
pub(super) async fn insert(
    tx: &mut TenantTx,
    row: &Row,
    id: Uuid,
    (amount, withheld): (i64, i64),
    (returned_at, now): (Timestamp, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_returns (organization_id, id, payout_id, amount, withheld, returned_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        row.organization.uuid(),
        id,
        row.id.uuid(),
        amount,
        withheld,
        returned_at,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Updates payouts, found by their transfers, whose bank status changed. A bank that took the money keeps it, except
/// that some banks send it back days later; a failed one goes with the next bank payout.
pub(super) async fn bank(
    tx: &mut TenantTx,
    transfers: &[String],
    (status, reason): (&str, Option<&str>),
    now: Timestamp,
) -> Result<Vec<AffiliateId>, sqlx::Error> {
    sqlx::query_scalar!(
        "update payouts set bank_status = $3, bank_reason = $4, updated_at = $5
         where organization_id = $1 and transfer = any ($2) and rail = 'Stripe' and status = 'Sent'
           and (bank_status, coalesce(bank_reason, '')) is distinct from ($3, coalesce($4, ''))
         returning affiliate_id",
        tx.organization().uuid(),
        transfers,
        status,
        reason,
        now,
    )
    .fetch_all(tx.conn())
    .await
}
