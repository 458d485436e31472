//! SQL of the commissions that a payout pays, and the amount of each.

use shared::id::{CommissionId, PayoutId};

use kit::db::TenantTx;

/// One commission's share in a payout.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Item {
    pub commission: CommissionId,
    /// Less than 0 if the payout deducts it.
    pub amount: i64,
    pub returned: i64,
}

/// Stores which commissions a payout pays, and how much of each.
pub(super) async fn insert(
    tx: &mut TenantTx,
    payout: PayoutId,
    items: &[(CommissionId, i64)],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_items (organization_id, payout_id, commission_id, amount)
         select $1, $2, * from unnest($3::uuid[], $4::bigint[])
         returning 1 as one",
        tx.organization().uuid(),
        payout.uuid(),
        &items.iter().map(|item| item.0.uuid()).collect::<Vec<_>>(),
        &items.iter().map(|item| item.1).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// The payout's items, ordered by commission.
pub(super) async fn read(tx: &mut TenantTx, payout: PayoutId) -> Result<Vec<Item>, sqlx::Error> {
    let rows = sqlx::query!(
        "select commission_id, amount, returned from payout_items
         where organization_id = $1 and payout_id = $2 order by commission_id",
        tx.organization().uuid(),
        payout.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    let item =
        rows.into_iter().map(|row| Item { commission: row.commission_id, amount: row.amount, returned: row.returned });
    Ok(item.collect())
}

/// Adds to how much of each item came back.
pub(super) async fn give_back(
    tx: &mut TenantTx,
    payout: PayoutId,
    back: &[(CommissionId, i64)],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_items i set returned = i.returned + b.back
         from unnest($3::uuid[], $4::bigint[]) b (commission_id, back)
         where i.organization_id = $1 and i.payout_id = $2 and i.commission_id = b.commission_id",
        tx.organization().uuid(),
        payout.uuid(),
        &back.iter().map(|part| part.0.uuid()).collect::<Vec<_>>(),
        &back.iter().map(|part| part.1).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
