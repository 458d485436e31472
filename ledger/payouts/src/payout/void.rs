//! Gives a payout up: what was set aside is owed again, and those who are to know are told.

use super::{
    item_store, letter,
    row_store::{self, Row},
    settle,
    shift::{self, Move},
};
use crate::receipt;
use kit::{db::TenantTx, error::Result, state::AppState};
use outbox::webhook::EventKind;

/// Who gave it up, which decides whom a letter tells something new.
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
pub(super) async fn void(tx: &mut TenantTx, state: &AppState, row: &Row, reason: (&str, &str), by: By) -> Result<()> {
    let now = state.clock.now();
    row_store::failed(tx, row, reason, now).await?;
    if row.status.is_reserved() {
        let items = item_store::read(tx, row.organization, row.id).await?;
        shift::items(tx, state, row, &shift::whole(&items), Move::Void).await?;
    }
    settle::announce(tx, row, EventKind::PayoutFailed, now).await?;
    if by != By::Rekomi {
        return Ok(());
    }
    if receipt::letter::is_theirs(reason.0) {
        receipt::letter::failed(tx, state, row.organization, row.id).await?;
    }
    letter::failed(tx, state, row, reason.1).await
}
