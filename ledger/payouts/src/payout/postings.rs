//! Moves a payout's part of its commissions and books it: the only code through which a payout moves money.

use shared::id::CommissionId;

use super::{item_store::Item, row_store::Row};
use engine::{
    accrual::change::{self, Change},
    commission,
    history::write::BookingError,
};
use kit::{db::TenantTx, state::AppState};
use rules::{
    book::entry::Cause,
    commission::{Commission, CommissionState, CommissionStatus, stand},
};

/// The state from which and to which money moves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Move {
    /// Owed money is reserved.
    Reserve,
    /// Reserved money is paid.
    Settle,
    /// Reserved money is owed again.
    Cancel,
    /// Paid money is owed again.
    Return,
}

impl Move {
    /// # Errors
    /// Fails if an amount overflows.
    fn apply(self, commission: &mut Commission, part: i64) -> Result<(), BookingError> {
        let overflow = BookingError::Money(shared::money::MoneyError::Overflow);
        let (reserved, paid) = match self {
            Self::Reserve => (Some(part), Some(0)),
            Self::Settle => (part.checked_neg(), Some(part)),
            Self::Cancel => (part.checked_neg(), Some(0)),
            Self::Return => (Some(0), part.checked_neg()),
        };
        let moved = reserved.zip(paid).and_then(|(reserved, paid)| {
            Some((commission.reserved.checked_add(reserved)?, commission.paid.checked_add(paid)?))
        });
        (commission.reserved, commission.paid) = moved.ok_or(overflow)?;
        Ok(())
    }
}

/// Moves a part of each of these commissions. The caller holds the book's lock and read the commissions under it.
///
/// # Errors
/// [`BookingError`]; nothing may be committed then.
pub async fn commissions(
    tx: &mut TenantTx,
    state: &AppState,
    row: &Row,
    parts: Vec<(Commission, i64)>,
    to: Move,
) -> Result<(), BookingError> {
    let now = state.clock.now();
    let mut changes: Vec<Change> = Vec::with_capacity(parts.len());
    for (before, part) in parts {
        let mut after = before.clone();
        to.apply(&mut after, part)?;
        // A payment lifts neither a denial nor a dispute.
        let denied = before.status == CommissionStatus::Denied;
        stand(&mut after, CommissionState { denied, held: before.held, released: false }, now);
        changes.push((Some(before), after));
    }
    let undone = matches!(to, Move::Cancel | Move::Return);
    let cause = Cause { payout_id: Some(row.id.uuid()), undone, ..Cause::default() };
    change::apply(tx, state, &changes, cause).await
}

/// Like [`commissions`], for those that the payout lists.
pub async fn items(
    tx: &mut TenantTx,
    state: &AppState,
    row: &Row,
    items: &[(CommissionId, i64)],
    to: Move,
) -> Result<(), BookingError> {
    let items: Vec<_> = items.iter().filter(|item| item.1 != 0).collect();
    let ids: Vec<CommissionId> = items.iter().map(|item| item.0).collect();
    let mut found: std::collections::HashMap<_, _> =
        commission::store::by_id(tx, &ids).await?.into_iter().map(|one| (one.id, one)).collect();
    let parts: Option<Vec<_>> = items.iter().map(|item| Some((found.remove(&item.0)?, item.1))).collect();
    let parts = parts.ok_or_else(|| kit::db::corrupt_column("payout_items.commission_id"))?;
    commissions(tx, state, row, parts, to).await
}

/// The payout's items, each with its full amount.
pub fn whole(items: &[Item]) -> Vec<(CommissionId, i64)> {
    items.iter().map(|item| (item.commission, item.amount)).collect()
}
