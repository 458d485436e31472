//! Executes one payout, step by step: does what `payout_core::step` says and records the outcome.
//!
//! A commit before each call says that the call is made, and a commit after it says how it went. A process that dies in
//! between leaves a payout with an unknown fate, which is looked up before anything is sent.

use std::time::Instant;

use payout_core::{
    step::{self, Outcome, Status, Step},
    stripe::{
        Answer, Call, StripeError,
        transfer::{self, Found, Order},
    },
};
use shared::id::PayoutId;

use super::{
    apply_outcome::{self, UnderWay},
    attempt_store::{self, Attempt, End},
    lease_store, reserve,
    row_store::{self, Row},
    worker::ConnectionWorker,
};
use crate::payout_connection::client;
use engine::book;
use kit::error::{Error, Result};

const LATER: &str = "left for later";
/// A payout that is older is looked up even before its first send: the database may be a copy from before it was sent,
/// and Stripe forgets its key within a day.
const OLD_MILLIS: i64 = 3_600_000;

/// Works on a payout until it rests or waits. Returns its state for the log.
///
/// # Errors
/// Only our own errors: the database is unavailable, or the row can't be read.
pub(super) async fn run(worker: &ConnectionWorker, payout: PayoutId) -> Result<&'static str> {
    let Some(row) = reserved(worker, payout).await? else { return Ok("gone") };
    let is_old = worker.state.clock.now().millis() - row.created_at.millis() > OLD_MILLIS;
    match step::next(row.status, row.unclear_since.is_some() || is_old) {
        Step::LookUp => look_up(worker, row).await,
        Step::Send => send(worker, row, true).await,
        Step::Reserve => Ok("at rest"),
        Step::Rest => rest(worker, payout).await,
    }
}

/// Something made a payout due that is over: the worker must not load it again and again.
async fn rest(worker: &ConnectionWorker, payout: PayoutId) -> Result<&'static str> {
    let (mut tx, _held) = worker.tx().await?;
    lease_store::rest(&mut tx, payout).await?;
    tx.commit().await?;
    Ok("at rest")
}

/// Reserves the payout's money or cancels the payout. Also cancels it if it was reserved already and the affiliate was
/// put on hold in the meantime.
async fn reserved(worker: &ConnectionWorker, payout: PayoutId) -> Result<Option<Row>> {
    let organization = worker.lease.organization;
    let (mut tx, _held) = worker.tx().await?;
    let row = row_store::lock(&mut tx, payout).await?;
    let is_stopped = match &row {
        Some(row) if reserve::is_unsent(row) => reserve::is_stopped(&mut tx, row).await?,
        _ => false,
    };
    tx.commit().await?;
    if !is_stopped && row.as_ref().is_none_or(|row| row.status != Status::Scheduled) {
        return Ok(row);
    }
    let mut tx = worker.state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    let Some(row) = row_store::lock(&mut tx, payout).await? else { return Ok(None) };
    reserve::reserve(&mut tx, &worker.state, &row, Some(worker.lease.connection)).await?;
    if reserve::is_unsent(&row) {
        reserve::stop(&mut tx, &worker.state, &row).await?;
    }
    let row = row_store::lock(&mut tx, payout).await?;
    tx.commit().await?;
    Ok(row)
}

/// `counts`: whether this is the round's first call; a call that follows a look-up isn't another try.
async fn send(worker: &ConnectionWorker, row: Row, counts: bool) -> Result<&'static str> {
    let order = order(&row)?;
    let call = transfer::send(&order, row.generation);
    let Some(under_way) = begin(worker, row, Step::Send, &call, counts).await? else { return Ok(LATER) };
    let (end, result) = match client::call(&worker.state, &worker.key, &call).await {
        Ok(answer) => (end_of(&answer), transfer::sent(&answer, &order)),
        Err(failure) => (End::default(), Err(failure)),
    };
    let end = named(end, result.as_ref().map(|_| "sent").map_err(Clone::clone));
    let tries = u32::try_from(under_way.row.tries).unwrap_or(1);
    let outcome = step::after_send(result, tries);
    apply_outcome::note(worker, under_way, end, outcome).await.map(|(message, _)| message)
}

async fn look_up(worker: &ConnectionWorker, row: Row) -> Result<&'static str> {
    let order = order(&row)?;
    let call = transfer::look_up(&order);
    let Some(under_way) = begin(worker, row, Step::LookUp, &call, true).await? else { return Ok(LATER) };
    let (end, result) = match client::call(&worker.state, &worker.key, &call).await {
        Ok(answer) => (end_of(&answer), transfer::found(&answer, &order)),
        Err(failure) => (End::default(), Err(failure)),
    };
    let end = named(end, result.as_ref().map(found).map_err(Clone::clone));
    let tries = u32::try_from(under_way.row.tries).unwrap_or(1);
    let outcome = step::after_look_up(result, tries);
    let sends = outcome == Outcome::Send;
    let (message, row) = apply_outcome::note(worker, under_way, end, outcome).await?;
    match row {
        Some(row) if sends => Box::pin(send(worker, row, false)).await,
        _ => Ok(message),
    }
}

pub(super) const fn found(found: &Found) -> &'static str {
    match found {
        Found::Nothing => "not_found",
        Found::Sent(_) => "found",
        Found::Else(_) => "differs",
    }
}

/// Waits for its turn, then records that a call is made. Returns `None` if it may not be made: the lease is lost,
/// someone else changed the payout, or the time is up.
async fn begin(worker: &ConnectionWorker, row: Row, step: Step, call: &Call, counts: bool) -> Result<Option<UnderWay>> {
    tokio::time::sleep(worker.pace.wait(Instant::now())).await;
    if worker.is_over() {
        return Ok(None);
    }
    let (mut tx, _held) = worker.tx().await?;
    if !lease_store::renew(&mut tx, &worker.lease).await? {
        worker.end();
        return Ok(None);
    }
    let Some(now_row) = row_store::lock(&mut tx, row.id).await? else { return Ok(None) };
    let state_of = |row: &Row| (row.status, row.generation, row.unclear_since, row.tries);
    if state_of(&now_row) != state_of(&row) {
        return Ok(None);
    }
    let now = worker.state.clock.now();
    let tries = if counts { row.tries.saturating_add(1) } else { row.tries };
    let next_at = now.plus_millis(1_000 << tries.clamp(1, 11));
    let is_send = step == Step::Send;
    if is_send {
        row_store::sending(&mut tx, &row, tries, next_at, now).await?;
    } else {
        row_store::looking_up(&mut tx, &row, tries, next_at, now).await?;
    }
    let attempt = Attempt { payout: row.id, step: if is_send { "Send" } else { "LookUp" }, key: call.key.as_deref() };
    let attempt = attempt_store::begin(&mut tx, &attempt, now).await?;
    tx.commit().await?;
    let (unclear_before, tries_before) = (row.unclear_since, row.tries);
    let unclear_since = if is_send { unclear_before.or(Some(now)) } else { unclear_before };
    let status = if is_send { Status::Sending } else { row.status };
    let row = Row { status, tries, unclear_since, ..row };
    Ok(Some(UnderWay { row, attempt, unclear_before, tries_before }))
}

/// Builds the order. It is equal for every attempt of a payout: nothing in it may change once the money is reserved.
pub(super) fn order(row: &Row) -> Result<Order> {
    let destination =
        row.destination.clone().ok_or_else(|| Error::internal("a reserved payout without destination"))?;
    Ok(Order {
        payout: row.id.to_string(),
        run: row.run.map(|run| run.to_string()),
        organization: row.organization.to_string(),
        destination,
        amount: row.money(row.net()),
        description: format!("Affiliate payout {}", row.id),
    })
}

pub(super) fn end_of(answer: &Answer) -> End {
    End { status: Some(answer.status), request_id: answer.request_id.clone(), ..End::default() }
}

/// Names the call's result in one word.
pub(super) fn named(end: End, went: std::result::Result<&'static str, StripeError>) -> End {
    let (outcome, message) = match went {
        Ok(well) => (well.to_owned(), None),
        Err(StripeError::Refused(refusal)) => (refusal.name().to_owned(), Some(refusal.message)),
        Err(StripeError::Busy { .. }) => ("rate_limited".to_owned(), None),
        Err(StripeError::InUse) => ("in_use".to_owned(), None),
        Err(StripeError::Forbidden { message }) => ("key_refused".to_owned(), Some(message)),
        Err(StripeError::OtherRequest { message }) => ("key_in_use".to_owned(), Some(message)),
        Err(StripeError::Unclear { why }) => ("unclear".to_owned(), Some(why)),
    };
    End { outcome, message, ..end }
}
