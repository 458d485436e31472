//! Records a payment that was made outside: everything that is payable to an affiliate in one currency, less earlier
//! overpayments.

use shared::id::{CommissionId, PayoutId};

use super::{
    item_store,
    paid::{self, Since},
    store::{self, Filter, Payment},
};
use engine::{accrual::change, book, commission, history::write::BookingError};
use kit::{db::TenantTx, error::Error, state::AppState};
use outbox::webhook::{self, Event, EventKind};
use rules::{
    book::entry::Cause,
    commission::{Commission, CommissionState, stand},
};

#[derive(Debug, thiserror::Error)]
pub enum Unpayable {
    #[error(transparent)]
    Booking(#[from] BookingError),
    /// Nothing, or less than nothing, is payable; carries that amount.
    #[error("{0} minor units are payable")]
    Nothing(i64),
    /// Another amount is payable than the payer expects; carries the payable amount.
    #[error("{0} minor units are payable")]
    Differs(i64),
    /// The payment can't have been made on that day.
    #[error("the payment date isn't possible")]
    Day(Error),
}

impl From<sqlx::Error> for Unpayable {
    fn from(error: sqlx::Error) -> Self {
        Self::Booking(error.into())
    }
}

/// # Errors
/// [`Unpayable`]; nothing may be committed then.
pub async fn record(tx: &mut TenantTx, state: &AppState, payment: &Payment) -> Result<(PayoutId, i64), Unpayable> {
    book::store::lock(tx).await?;
    let now = state.clock.now();
    let payable = commission::store::payable(tx, payment.affiliate_id, payment.currency.code()).await?;
    let sum = payable
        .iter()
        .try_fold(0_i64, |sum, row| sum.checked_add(row.outstanding()))
        .ok_or(BookingError::Money(shared::money::MoneyError::Overflow))?;
    if sum <= 0 {
        return Err(Unpayable::Nothing(sum));
    }
    if payment.expected.is_some_and(|expected| expected != sum) {
        return Err(Unpayable::Differs(sum));
    }
    let id: PayoutId = state.new_id();
    let items: Vec<_> = payable.iter().map(|row| (row.id, row.outstanding())).collect();
    let ids: Vec<CommissionId> = items.iter().map(|item| item.0).collect();
    let earned = store::earliest(tx, &ids).await?.unwrap_or(now);
    let since = Since { at: earned, what: "its first commission was earned" };
    let paid_at = paid::moment(tx, payment.paid, since, now).await.map_err(Unpayable::Day)?;
    store::insert(tx, id, payment, sum, (paid_at, now)).await?;
    item_store::insert(tx, id, &items).await?;
    let changes: Vec<change::Change> = payable
        .into_iter()
        .map(|before| {
            let mut after = Commission { paid: before.amount - before.reserved, ..before.clone() };
            // A payment lifts neither a denial nor a dispute.
            let denied = before.status == rules::commission::CommissionStatus::Denied;
            stand(&mut after, CommissionState { denied, held: before.held, released: false }, now);
            (Some(before), after)
        })
        .collect();
    let cause = Cause { payout_id: Some(id.uuid()), ..Cause::default() };
    change::apply(tx, state, &changes, cause).await?;
    let written = store::list(tx, &Filter { id: Some(id), limit: 1, ..Filter::default() }).await?;
    let events: Result<Vec<Event>, _> = written.iter().map(|payout| Event::of(EventKind::PayoutSent, payout)).collect();
    webhook::announce(tx, now, &events?).await?;
    Ok((id, sum))
}
