//! Gives a payout up: what was set aside is owed again, and those who are to know are told.

use super::{
    email, item_store,
    postings::{self, Move},
    row_store::{self, Row},
    settle,
};
use crate::receipt;
use kit::{db::TenantTx, error::Result, state::AppState};
use outbox::webhook::EventKind;

/// Who gave it up, which decides whom an email tells something new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum By {
    /// The engine: owners and admins are told.
    Rekomi,
    /// Nobody's doing, and nothing that anybody must look after.
    Nobody,
    /// Somebody of the brand, who knows.
    Brand,
}

/// Under the book's lock, the payout's row held; nothing of it may be on its way.
///
/// # Errors
/// Of the database; nothing may be committed then.
pub(super) async fn cancel(tx: &mut TenantTx, state: &AppState, row: &Row, reason: (&str, &str), by: By) -> Result<()> {
    let now = state.clock.now();
    row_store::failed(tx, row, reason, now).await?;
    if row.status.is_reserved() {
        let items = item_store::read(tx, row.organization, row.id).await?;
        postings::items(tx, state, row, &postings::whole(&items), Move::Cancel).await?;
    }
    settle::announce(tx, row, EventKind::PayoutFailed, now).await?;
    if by != By::Rekomi {
        return Ok(());
    }
    if receipt::email::is_theirs(reason.0) {
        receipt::email::failed(tx, state, row.organization, row.id).await?;
    }
    email::failed(tx, state, row, reason.1).await
}
