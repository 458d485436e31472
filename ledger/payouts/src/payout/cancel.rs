//! Cancels a payout: the reserved money is owed again, and the people concerned are notified.

use super::{
    email, item_store,
    postings::{self, Move},
    row_store::{self, Row},
    settle,
};
use crate::receipt;
use kit::{db::TenantTx, error::Result, state::AppState};
use outbox::webhook::EventKind;

/// Who cancelled it, which decides whom an email would tell something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The engine: owners and admins are notified.
    Rekomi,
    /// No one; nothing needs attention.
    Nobody,
    /// A person of the brand, who knows already.
    Brand,
}

/// Cancels the payout. The caller holds the book's lock and the payout's row; nothing of the payout may be in transit.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub(super) async fn cancel(tx: &mut TenantTx, state: &AppState, row: &Row, reason: (&str, &str), by: By) -> Result<()> {
    let now = state.clock.now();
    row_store::failed(tx, row, reason, now).await?;
    if row.status.is_reserved() {
        let items = item_store::read(tx, row.id).await?;
        postings::items(tx, state, row, &postings::whole(&items), Move::Cancel).await?;
    }
    settle::announce(tx, row, EventKind::PayoutFailed, now).await?;
    if by != By::Rekomi {
        return Ok(());
    }
    if receipt::email::is_theirs(reason.0) {
        receipt::email::failed(tx, state, row.id, row.affiliate).await?;
    }
    email::failed(tx, state, row, reason.1).await
}
