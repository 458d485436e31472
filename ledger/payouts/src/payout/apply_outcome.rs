//! Records how a call went, and what follows for the payout, for others of its currency, and for the connection.

use payout_core::{
    step::{All, Fate, Outcome, Reason, Status, Wait},
    stripe::transfer::Transfer,
};
use shared::{id::PayoutConnectionId, timestamp::Timestamp};
use uuid::Uuid;

use super::{
    attempt_store::{self, End},
    cancel::{self, By},
    email, lease_store, paid, reserve,
    row_store::{self, Row, Waits},
    settle::{self, Named},
    view,
    worker::ConnectionWorker,
};
use crate::{payout_account::due_store, payout_connection};
use engine::book;
use kit::{db::TenantTx, error::Result};

/// A call that is recorded and under way.
#[derive(Debug)]
pub(super) struct UnderWay {
    /// The row as it is during the call.
    pub(super) row: Row,
    pub(super) attempt: Uuid,
    /// Since when the fate of earlier calls has been unknown, and how many in a row were unclear.
    pub(super) unclear_before: Option<Timestamp>,
    pub(super) tries_before: i32,
}

/// Applies the outcome of a call. Returns the payout's state for the log, and the payout itself if it is to be sent
/// now.
///
/// # Errors
/// Database errors: nothing of the outcome is written then, and the payout is looked up next.
pub(super) async fn note(
    worker: &ConnectionWorker,
    call: UnderWay,
    end: End,
    outcome: Outcome,
) -> Result<(&'static str, Option<Row>)> {
    match outcome {
        Outcome::Settle(transfer) => settled(worker, &call, &end, &transfer).await.map(|message| (message, None)),
        Outcome::Cancel(reason) => voided(worker, &call, &end, &reason).await.map(|message| (message, None)),
        Outcome::Send => not_found(worker, call, &end).await,
        Outcome::Wait(wait) => waits(worker, &call, &end, &wait).await.map(|message| (message, None)),
    }
}

/// Records the end of the call and returns whether it is the payout's latest call.
async fn ended(tx: &mut TenantTx, worker: &ConnectionWorker, call: &UnderWay, end: &End) -> Result<bool> {
    let now = worker.state.clock.now();
    Ok(attempt_store::end(tx, (call.row.id, call.attempt), end, now).await?)
}

/// Nothing was sent so far, which a look-up can find weeks later. Returns the payout to send it now, unless its
/// affiliate may no longer be paid.
async fn not_found(worker: &ConnectionWorker, call: UnderWay, end: &End) -> Result<(&'static str, Option<Row>)> {
    let (mut tx, _held) = worker.tx().await?;
    let is_stopped = reserve::is_stopped(&mut tx, &call.row).await?;
    if is_stopped {
        book::store::lock(&mut tx).await?;
    }
    let last = ended(&mut tx, worker, &call, end).await?;
    let sends = last && !is_stopped;
    if last && is_stopped {
        let row = row_store::lock(&mut tx, call.row.id).await?;
        if let Some(row) = row.filter(|row| row.status.is_reserved()) {
            reserve::stop(&mut tx, &worker.state, &row).await?;
        }
    }
    tx.commit().await?;
    Ok((if sends { "looked up" } else { "not sent" }, sends.then_some(call.row)))
}

/// Books the payout as sent, whichever calls others made in the meantime: the money has left.
async fn settled(worker: &ConnectionWorker, call: &UnderWay, end: &End, made: &Transfer) -> Result<&'static str> {
    let (payout, transfer) = (call.row.id, made.id.as_str());
    let (mut tx, held) = worker.tx().await?;
    book::store::lock(&mut tx).await?;
    ended(&mut tx, worker, call, end).await?;
    let row = row_store::lock(&mut tx, payout).await?;
    let message = match row {
        Some(row) if row.status.is_reserved() => {
            let paid_at = Some(paid_at(call, made, worker.state.clock.now()));
            let named = Named { transfer: Some(transfer), paid_at, ..Named::default() };
            settle::settle(&mut tx, &worker.state, &row, named).await?;
            "sent"
        }
        Some(row) if row.transfer.as_deref() == Some(transfer) => "sent already",
        _ => {
            // The daily reconciliation with Stripe shows it to the brand.
            tracing::error!(
                event = "payout.transfer_unexpected", job = "send_payouts", %payout, transfer,
                "a transfer exists for a payout that was not being sent"
            );
            "sent although it was given up"
        }
    };
    tx.commit().await?;
    drop(held);
    worker.went_well().await?;
    Ok(message)
}

/// When the transfer was made: now, unless an earlier call may have made it, whose answer can be found days later.
fn paid_at(call: &UnderWay, made: &Transfer, now: Timestamp) -> Timestamp {
    let from = match call.unclear_before {
        Some(since) => since,
        None if call.row.status == Status::Sending => now,
        // It was looked up because the database may be older than the transfer.
        None => call.row.created_at,
    };
    paid::made_at(made, from, now)
}

async fn voided(worker: &ConnectionWorker, call: &UnderWay, end: &End, reason: &Reason) -> Result<&'static str> {
    let (mut tx, _held) = worker.tx().await?;
    book::store::lock(&mut tx).await?;
    let last = ended(&mut tx, worker, call, end).await?;
    let row = row_store::lock(&mut tx, call.row.id).await?;
    if let Some(row) = row.filter(|row| last && row.status.is_reserved()) {
        cancel::cancel(&mut tx, &worker.state, &row, (&reason.code, &reason.message), By::Rekomi).await?;
        if let Some(account) = row.destination.as_deref().filter(|_| view::is_of_account(&reason.code)) {
            // What we know of the account is outdated: the next run would try it again in vain.
            let connection = PayoutConnectionId::new(worker.lease.connection);
            due_store::look_again(&mut tx, connection, account, worker.state.clock.now()).await?;
        }
    }
    tx.commit().await?;
    Ok("given up")
}

async fn waits(worker: &ConnectionWorker, call: &UnderWay, end: &End, wait: &Wait) -> Result<&'static str> {
    let (state, lease) = (&worker.state, &worker.lease);
    let now = state.clock.now();
    let (mut tx, _held) = worker.tx().await?;
    // Lock order: the connection's row first, then the payouts' rows.
    concerns_all(&mut tx, worker, call, wait).await?;
    let last = ended(&mut tx, worker, call, end).await?;
    let row = row_store::lock(&mut tx, call.row.id).await?;
    if let Some(row) = row.filter(|row| last && row.status.is_reserved()) {
        let how = how(call, wait, now);
        row_store::wait(&mut tx, &row, &how, now).await?;
        if how.next_at.is_none() {
            email::stuck(&mut tx, state, &row, &wait.reason.message).await?;
        }
    }
    if wait.all == All::Pause {
        let id = PayoutConnectionId::new(lease.connection);
        let (code, message) = (&wait.reason.code, &wait.reason.message);
        payout_connection::pause::pause(&mut tx, state, id, code, message).await?;
    }
    tx.commit().await?;
    Ok("waits")
}

async fn concerns_all(tx: &mut TenantTx, worker: &ConnectionWorker, call: &UnderWay, wait: &Wait) -> Result<()> {
    let (lease, now) = (&worker.lease, worker.state.clock.now());
    let message = &wait.reason.message;
    match wait.all {
        All::GoOn => lease_store::went_wrong(tx, lease, message, None, now).await?,
        All::Wait(time) => {
            lease_store::went_wrong(tx, lease, message, Some(after(now, time)), now).await?;
            worker.end();
        }
        All::Pause => {
            lease_store::went_wrong(tx, lease, message, None, now).await?;
            worker.end();
        }
        All::CurrencyWaits(time) => {
            lease_store::went_wrong(tx, lease, message, None, now).await?;
            let currency = call.row.currency.code();
            let until = (after(now, time), message.as_str());
            if lease_store::currency_waits(tx, lease, currency, until, call.attempt, now).await? {
                email::waits_for_money(tx, &worker.state, currency).await?;
            }
        }
    }
    Ok(())
}

/// How the payout waits, given what is now known of its calls.
fn how<'a>(call: &UnderWay, wait: &'a Wait, now: Timestamp) -> Waits<'a> {
    let row = &call.row;
    let (unclear_since, tries, generation) = match wait.fate {
        Fate::Refused => (None, 0, row.generation.saturating_add(1)),
        Fate::AsBefore => (call.unclear_before, call.tries_before, row.generation),
        Fate::Unclear => (row.unclear_since.or(Some(now)), row.tries, row.generation),
    };
    // A paused connection continues as soon as it has a new key.
    let wait_for = if wait.all == All::Pause { Some(std::time::Duration::ZERO) } else { wait.after };
    Waits {
        status: if unclear_since.is_some() { Status::Unknown } else { wait.status },
        code: &wait.reason.code,
        message: &wait.reason.message,
        next_at: wait_for.map(|time| after(now, time)),
        tries,
        generation,
        unclear_since,
    }
}

fn after(now: Timestamp, time: std::time::Duration) -> Timestamp {
    now.plus_millis(i64::try_from(time.as_millis()).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests {
    //! Goal: what is known of a payout's calls follows from each call's fate, and no key changes while one is unclear.
    //! Method: one payout, called for the first time and after an unclear call; each fate.

    use std::time::Duration;

    use shared::{
        id::{AffiliateId, OrganizationId, PayoutId},
        money::Currency,
    };
    use uuid::Uuid;

    use super::*;

    fn call(unclear_before: Option<Timestamp>) -> UnderWay {
        let nil = Uuid::nil();
        let row = Row {
            organization: OrganizationId::new(nil),
            id: PayoutId::new(nil),
            affiliate: AffiliateId::new(nil),
            currency: Currency::USD,
            amount: 1_000,
            scheduled: Some(1_000),
            withheld: 0,
            withheld_reason: None,
            rail: row_store::STRIPE.to_owned(),
            status: Status::Sending,
            run: None,
            connection: Some(nil),
            destination: Some("acct_1".to_owned()),
            reason_code: None,
            tries: 3,
            generation: 2,
            unclear_since: unclear_before.or(Some(Timestamp::EPOCH)),
            transfer: None,
            sent_at: None,
            returned: 0,
            withheld_returned: 0,
            exported_at: None,
            created_at: Timestamp::EPOCH,
        };
        UnderWay { row, attempt: nil, unclear_before, tries_before: 2 }
    }

    fn after(unclear_before: Option<Timestamp>, fate: Fate, all: All) -> (Status, i32, i32, bool, Option<i64>) {
        let reason = Reason { code: "code".to_owned(), message: "message".to_owned() };
        let status = if fate == Fate::Unclear { Status::Unknown } else { Status::Reserved };
        let wait = Wait { status, reason, after: Some(Duration::from_secs(60)), fate, all };
        let call = call(unclear_before);
        let how = how(&call, &wait, Timestamp::EPOCH);
        (how.status, how.tries, how.generation, how.unclear_since.is_some(), how.next_at.map(Timestamp::seconds))
    }

    #[test]
    fn a_payment_that_is_found_later_keeps_its_date() {
        let at = |seconds: i64| Timestamp::from_seconds(seconds).unwrap();
        let transfer = |created: i64| {
            let json = serde_json::json!({
                "id": "tr_1", "amount": 1_000, "currency": "usd", "destination": "acct_1", "created": created,
            });
            serde_json::from_value::<Transfer>(json).unwrap()
        };
        let found = |unclear_before, status, created: i64| {
            let mut call = call(unclear_before);
            (call.row.status, call.row.created_at) = (status, at(1_000));
            paid_at(&call, &transfer(created), at(9_000)).seconds()
        };
        let unclear = Some(at(2_000));
        assert_eq!(found(unclear, Status::Unknown, 2_003), 2_003);
        assert_eq!(found(unclear, Status::Sending, 2_003), 2_003, "the same key returns the same transfer");
        assert_eq!(found(None, Status::Sending, 8_999), 9_000, "the answer came at once");
        assert_eq!(found(None, Status::Reserved, 2_003), 2_003, "after a restored copy of the database");
        // No clock can move it before the call that made it, or into the future.
        assert_eq!(found(unclear, Status::Unknown, 1_500), 2_000);
        assert_eq!(found(unclear, Status::Unknown, 9_500), 9_000);
        assert_eq!(found(unclear, Status::Unknown, 0), 2_000);
    }

    #[test]
    fn a_new_key_only_after_a_definite_refusal() {
        let earlier = Some(Timestamp::EPOCH);
        for before in [None, earlier] {
            assert_eq!(after(before, Fate::Refused, All::GoOn), (Status::Reserved, 0, 3, false, Some(60)));
            assert_eq!(after(before, Fate::Unclear, All::GoOn), (Status::Unknown, 3, 2, true, Some(60)));
        }
        assert_eq!(after(None, Fate::AsBefore, All::GoOn), (Status::Reserved, 2, 2, false, Some(60)));
        assert_eq!(after(earlier, Fate::AsBefore, All::GoOn), (Status::Unknown, 2, 2, true, Some(60)));
    }

    #[test]
    fn a_new_key_of_the_connection_lets_it_go_on_at_once() {
        assert_eq!(after(None, Fate::AsBefore, All::Pause).4, Some(0));
    }
}
