//! SQL of payments that another platform made before the move.

use shared::{
    id::{AffiliateId, CommissionId, PayoutId},
    money::Currency,
    timestamp::Timestamp,
};

use super::past::Origin;
use kit::db::TenantTx;

/// A payment of the past, as far as these commissions are concerned.
#[derive(Debug, Clone)]
pub(super) struct PastPayout {
    pub affiliate: AffiliateId,
    pub currency: Currency,
    /// In minor units; more than 0.
    pub amount: i64,
    pub reference: String,
    pub taxed_elsewhere: bool,
    /// Whether the other platform hasn't paid it yet: it is no payment to the affiliate.
    pub settled_there: bool,
    pub sent_at: Timestamp,
    pub items: Vec<(CommissionId, i64)>,
}

/// Stores the payments with what each pays. One that is stored already is extended: it came in an earlier part of the
/// same file.
pub(super) async fn insert(
    tx: &mut TenantTx,
    origin: &Origin<'_>,
    payouts: &[(PayoutId, PastPayout)],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payouts (organization_id, id, affiliate_id, currency, amount, rail, status, reference, actor,
                              sent_at, ended_at, updated_at, created_at, imported_from, taxed_elsewhere, settled_there)
         select $1, p.id, p.affiliate_id, p.currency, p.amount, 'Manual', 'Sent', p.reference, $8, p.sent_at,
                p.sent_at, $9, $9, $10, p.taxed_elsewhere, p.settled_there
         from unnest($2::uuid[], $3::uuid[], $4::text[], $5::bigint[], $6::text[], $7::timestamptz[], $11::boolean[],
                     $12::boolean[])
              p (id, affiliate_id, currency, amount, reference, sent_at, taxed_elsewhere, settled_there)
         on conflict (organization_id, id) do update
             set amount = payouts.amount + excluded.amount, updated_at = excluded.updated_at",
        tx.organization().uuid(),
        &payouts.iter().map(|(id, _)| id.uuid()).collect::<Vec<_>>(),
        &payouts.iter().map(|(_, row)| row.affiliate.uuid()).collect::<Vec<_>>(),
        &payouts.iter().map(|(_, row)| row.currency.code().to_owned()).collect::<Vec<_>>(),
        &payouts.iter().map(|(_, row)| row.amount).collect::<Vec<_>>(),
        &payouts.iter().map(|(_, row)| row.reference.clone()).collect::<Vec<_>>(),
        &payouts.iter().map(|(_, row)| row.sent_at).collect::<Vec<_>>(),
        origin.actor,
        now,
        origin.source,
        &payouts.iter().map(|(_, row)| row.taxed_elsewhere).collect::<Vec<_>>(),
        &payouts.iter().map(|(_, row)| row.settled_there).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    let items: Vec<(PayoutId, CommissionId, i64)> =
        payouts.iter().flat_map(|(id, row)| row.items.iter().map(|item| (*id, item.0, item.1))).collect();
    sqlx::query!(
        "insert into payout_items (organization_id, payout_id, commission_id, amount)
         select $1, * from unnest($2::uuid[], $3::uuid[], $4::bigint[])
         returning 1 as one",
        tx.organization().uuid(),
        &items.iter().map(|item| item.0.uuid()).collect::<Vec<_>>(),
        &items.iter().map(|item| item.1.uuid()).collect::<Vec<_>>(),
        &items.iter().map(|item| item.2).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}
