//! Asks Stripe what happened to a payout, for a person who is about to decide. It only reads.

use axum::http::StatusCode;
use payout_core::{
    step::Status,
    stripe::{
        StripeError, reversal,
        transfer::{self, Found, Transfer},
    },
};
use shared::{
    id::{OrganizationId, PayoutId},
    seal::Secret,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    attempt_store::{self, Attempt, End},
    executor, lease_store,
    row_store::{self, Row},
};
use crate::payout_connection::client;
use kit::{
    compiled_once,
    error::{Code, Error, Result},
    state::AppState,
};

/// How long after a call to send it may still arrive: Stripe may still be working on it.
pub(super) const MAY_ARRIVE_MILLIS: i64 = 5 * 60_000;

/// What Stripe says about a payout whose fate was unknown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LookupResult {
    /// Nothing is unknown.
    Clear,
    /// Stripe had no transfer of it after this last call to send.
    Nothing { after: Option<Uuid> },
    /// It was sent.
    Sent(Transfer),
    /// Stripe has something other than what was ordered, or more than one transfer: the description.
    Else(String),
    /// Stripe can't be asked: the reason.
    Unknown(String),
}

/// Returns whether a call to send may be under way right now. One that began longer ago was left behind by a crash: its
/// fate is as unknown as any. `last` is the last call to send.
pub(super) fn is_under_way(row: &Row, last: Option<(Uuid, Timestamp)>, now: Timestamp) -> bool {
    row.status == Status::Sending && last.is_some_and(|send| age(send.1, now) < MAY_ARRIVE_MILLIS)
}

/// The time between `at` and `now` in milliseconds.
pub(super) const fn age(at: Timestamp, now: Timestamp) -> i64 {
    now.millis().saturating_sub(at.millis())
}

/// Looks up a payout whose last call to send has no known result, including one that a crash left behind. The look-up
/// is recorded like every other call.
///
/// # Errors
/// 404 if there is no such payout; database errors.
#[compiled_once]
pub async fn look_up(state: &AppState, organization: OrganizationId, id: PayoutId) -> Result<LookupResult> {
    let mut tx = state.db.tenant(organization).await?;
    let row = row_store::lock(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    if !(row.is_stripe() && row.status.is_reserved() && row.unclear_since.is_some()) {
        return Ok(LookupResult::Clear);
    }
    let last = attempt_store::last_send(&mut tx, id).await?;
    if is_under_way(&row, last, state.clock.now()) {
        return Ok(LookupResult::Clear);
    }
    let key = match key(&mut tx, state, &row).await? {
        Some(key) => key,
        None => return Ok(LookupResult::Unknown("Stripe isn\u{2019}t connected".to_owned())),
    };
    let after = last.map(|send| send.0);
    let attempt = Attempt { payout: id, step: "LookUp", key: None };
    let attempt = attempt_store::begin(&mut tx, &attempt, state.clock.now()).await?;
    tx.commit().await?;
    let order = executor::order(&row)?;
    let (end, result) = match client::call(state, &key, &transfer::look_up(&order)).await {
        Ok(answer) => (executor::end_of(&answer), transfer::found(&answer, &order)),
        Err(failure) => (End::default(), Err(failure)),
    };
    let end = executor::named(end, result.as_ref().map(executor::found).map_err(Clone::clone));
    let text = end.message.clone().unwrap_or_else(|| "Stripe didn\u{2019}t respond".to_owned());
    let mut tx = state.db.tenant(organization).await?;
    attempt_store::end(&mut tx, (id, attempt), &end, state.clock.now()).await?;
    tx.commit().await?;
    Ok(match result {
        Ok(Found::Nothing) => LookupResult::Nothing { after },
        Ok(Found::Sent(transfer)) => LookupResult::Sent(transfer),
        Ok(Found::Else(why)) => LookupResult::Else(why),
        Err(_) => LookupResult::Unknown(text),
    })
}

/// Reads a transfer that a person says is this payout's.
///
/// # Errors
/// 404 if there is no such payout, 409 `not_connected`, 422 `no_such_transfer`, 503 if Stripe doesn't answer.
pub async fn transfer(
    state: &AppState,
    organization: OrganizationId,
    id: PayoutId,
    name: &str,
) -> Result<Option<Transfer>> {
    let mut tx = state.db.tenant(organization).await?;
    let row = row_store::lock(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    if !row.is_stripe() || !row.status.is_reserved() {
        return Ok(None);
    }
    let key = key(&mut tx, state, &row).await?;
    tx.commit().await?;
    let key = key.ok_or_else(|| {
        Error::new(StatusCode::CONFLICT, Code::NotConnected, "We can\u{2019}t reach Stripe. Reconnect it first.")
    })?;
    match client::call(state, &key, &reversal::retrieve(name)).await.and_then(|answer| transfer::read(&answer)) {
        Ok(transfer) => Ok(Some(transfer)),
        Err(StripeError::Refused(refusal)) => {
            let text = format!("Stripe couldn\u{2019}t find this transfer: {}", refusal.message);
            Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::NoSuchTransfer, text))
        }
        Err(failure) => Err(Error::unavailable(format!("{failure:?}"))),
    }
}

async fn key(tx: &mut kit::db::TenantTx, state: &AppState, row: &Row) -> Result<Option<Secret>> {
    let Some(connection) = row.connection else { return Ok(None) };
    let found = lease_store::key(tx, &state.config.keys, connection, None).await;
    match found {
        Ok(key) => Ok(key),
        Err(lease_store::KeyError::Database(error)) => Err(error.into()),
        Err(lease_store::KeyError::Seal(_)) => Ok(None),
    }
}
