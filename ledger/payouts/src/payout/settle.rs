//! Books a payout as paid, and notifies everyone concerned.

use axum::http::StatusCode;
use shared::timestamp::Timestamp;

use super::{
    item_store,
    postings::{self, Move},
    row_store::{self, Row},
    store,
};
use crate::receipt;
use engine::book;
use kit::{
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::webhook::{self, Event, EventKind};
use rules::book::entry::{Cause, Entry};

/// The other side's names for the payment.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Named<'a> {
    /// `tr_…`, or the other rail's ID.
    pub(super) transfer: Option<&'a str>,
    /// The brand's own reference for it.
    pub(super) reference: Option<&'a str>,
    /// When it was paid, if not now.
    pub(super) paid_at: Option<Timestamp>,
}

/// Books the payout as paid. The caller holds the book's lock and the payout's row, and its money is reserved.
///
/// # Errors
/// 409 `transfer_taken` if the transfer belongs to another payout; database errors. Nothing may be committed then.
pub(super) async fn settle(tx: &mut TenantTx, state: &AppState, row: &Row, named: Named<'_>) -> Result<()> {
    let now = state.clock.now();
    let items = item_store::read(tx, row.id).await?;
    let paid_at = named.paid_at.unwrap_or(now);
    let names = (named.transfer, named.reference);
    row_store::sent(tx, row, names, paid_at, now).await.on_constraint("payouts_transfer", || {
        let message = "This transfer already belongs to another payout.";
        Error::new(StatusCode::CONFLICT, Code::TransferTaken, message)
    })?;
    postings::items(tx, state, row, &postings::whole(&items), Move::Settle).await?;
    withheld(tx, state, row, row.withheld, now).await?;
    announce(tx, row, EventKind::PayoutSent, now).await?;
    receipt::email::sent(tx, state, row.id, row.affiliate).await
}

/// Books the tax withheld from a payout; less than 0 if the payment came back.
pub(super) async fn withheld(
    tx: &mut TenantTx,
    state: &AppState,
    row: &Row,
    amount: i64,
    now: Timestamp,
) -> Result<()> {
    let cause = Cause { payout_id: Some(row.id.uuid()), undone: amount < 0, ..Cause::default() };
    let entry = rules::book::entry::withheld(row.organization, (row.affiliate, row.currency), amount, cause);
    let entries: Vec<Entry> = entry.into_iter().collect();
    book::store::post(tx, &entries, now, || state.new_id::<shared::id::Transfer>().uuid()).await?;
    Ok(())
}

/// Announces the payout's current state to webhooks.
pub(super) async fn announce(tx: &mut TenantTx, row: &Row, kind: EventKind, now: Timestamp) -> Result<()> {
    let written = store::one(tx, row.id).await?;
    let events: std::result::Result<Vec<Event>, sqlx::Error> =
        written.iter().map(|payout| Event::of(kind, payout)).collect();
    webhook::announce(tx, now, &events?).await?;
    Ok(())
}
