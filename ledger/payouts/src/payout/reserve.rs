//! Reserves a payout's money: what is still payable of the approved amount, less tax if tax is now withheld. It is one
//! transaction under the book's lock, so that a refund counts before or after it and never in between.

use payout_core::{
    portion::{self, Portion},
    rail::Rail,
    share,
    step::Status,
};
use shared::{id::CommissionId, money::MoneyError, timestamp::Timestamp};
use uuid::Uuid;

use super::{
    attempt_store, cancel, item_store,
    postings::{self, Move},
    reserve_store::{self, Facts},
    row_store::{self, Reserved, Row, Waits},
    stopped::Stop,
    stripe_lookup::MAY_ARRIVE_MILLIS,
    view::{EXPORT_IT, EXPORT_REASON},
};
use crate::tax::gate::{self, Gate, Verdict};
use engine::{commission, history::write::BookingError};
use kit::{
    db::{TenantTx, corrupt_column},
    error::Result,
    state::AppState,
};
use rules::commission::Commission;

/// Reserves a scheduled payout, or fails it if nothing may be paid any more. `connection` is the worker's, for Stripe's
/// rail. The caller holds the book's lock and the payout's row; a payout that is no longer Scheduled is left as it is.
///
/// # Errors
/// Database errors, or amounts that overflow; nothing may be committed then.
pub(super) async fn reserve(tx: &mut TenantTx, state: &AppState, row: &Row, connection: Option<Uuid>) -> Result<()> {
    if row.status != Status::Scheduled {
        return Ok(());
    }
    match parts(tx, row, connection, state.clock.now()).await? {
        Ok(ready) => set_aside(tx, state, row, connection, ready).await,
        Err((code, message)) => {
            let content = if PASSES.contains(&code) { cancel::By::Nobody } else { cancel::By::Rekomi };
            cancel::cancel(tx, state, row, (code, &message), content).await
        }
    }
}

/// Returns whether a Stripe payout is reserved and no call was made that may have had an effect.
pub(super) fn is_unsent(row: &Row) -> bool {
    row.is_stripe() && row.status == Status::Reserved && row.unclear_since.is_none()
}

/// Returns whether its affiliate was banned, archived or put on hold since the money was reserved, or their destination
/// changed.
pub(super) async fn is_stopped(tx: &mut TenantTx, row: &Row) -> Result<bool> {
    Ok(reserve_store::stop(tx, row).await?.is_some())
}

/// Cancels a reserved Stripe payout whose affiliate may no longer be paid, and of which nothing was sent: it is unsent,
/// or a look-up just found nothing. As long as its last call to send may still arrive, it waits, and is looked up
/// again. The caller holds the book's lock and the payout's row.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub(super) async fn stop(tx: &mut TenantTx, state: &AppState, row: &Row) -> Result<()> {
    let Some(stop) = reserve_store::stop(tx, row).await? else { return Ok(()) };
    let (code, message, now) = (stop.code(), reason(stop), state.clock.now());
    let last = if is_unsent(row) { None } else { attempt_store::last_send(tx, row.id).await? };
    match last.map(|send| send.1.plus_millis(MAY_ARRIVE_MILLIS)).filter(|until| *until > now) {
        Some(until) => {
            let how = Waits {
                status: Status::Unknown,
                code,
                message,
                next_at: Some(until),
                tries: row.tries,
                generation: row.generation,
                unclear_since: row.unclear_since,
            };
            Ok(row_store::wait(tx, row, &how, now).await?)
        }
        None => cancel::cancel(tx, state, row, (code, message), cancel::By::Rekomi).await,
    }
}

/// Why nothing is sent, and what happens to the amount.
const fn reason(stop: Stop) -> &'static str {
    match stop {
        Stop::NotApproved => "The affiliate is no longer approved.",
        Stop::DestinationChanged => {
            "The affiliate's payout destination changed after the run was created. The amount stays payable, and the \
             next run pays it to the new destination."
        }
        Stop::OnHold => "The affiliate's payouts are on hold. Release them to include the amount in the next run.",
    }
}

/// Reasons that need no email: the next run picks the amount up.
const PASSES: [&str; 2] = ["nothing_payable", "below_minimum"];

/// What is sent, and where to.
#[derive(Debug)]
struct Ready {
    parts: Vec<(Commission, i64)>,
    amount: i64,
    withheld: i64,
    withheld_reason: Option<String>,
    destination: Option<String>,
}

type Refusal = (&'static str, String);

/// Returns why the affiliate can't be paid, regardless of what is owed.
fn refused(row: &Row, facts: &Facts) -> Option<Refusal> {
    if let Some(stop) = facts.stop {
        return Some((stop.code(), reason(stop).to_owned()));
    }
    if row.is_stripe() && facts.destination.is_none() {
        let message = "The affiliate's Stripe account can't receive money until they complete their Stripe setup.";
        return Some(("account_not_ready", message.to_owned()));
    }
    if !row.is_stripe() && row.rail != "Manual" && !facts.has_method {
        let message =
            format!("The affiliate no longer uses {}. The next run pays them with their new payout method.", row.rail);
        return Some(("no_method", message));
    }
    None
}

async fn parts(
    tx: &mut TenantTx,
    row: &Row,
    connection: Option<Uuid>,
    now: Timestamp,
) -> std::result::Result<std::result::Result<Ready, Refusal>, BookingError> {
    let facts = reserve_store::facts(tx, row, connection).await?;
    if let Some(refusal) = refused(row, &facts) {
        return Ok(Err(refusal));
    }
    let payable = commission::store::payable(tx, row.affiliate, row.currency.code()).await?;
    let in_time = |one: &Commission| {
        let late = facts.cutoff.zip(one.approved_at).is_some_and(|(cutoff, approved)| approved > cutoff);
        one.outstanding() < 0 || !late
    };
    let payable: Vec<Commission> = payable.into_iter().filter(in_time).collect();
    let outstanding: Vec<i64> = payable.iter().map(Commission::outstanding).collect();
    let scheduled = row.scheduled.unwrap_or(row.amount);
    let sum = outstanding.iter().try_fold(0_i64, |sum, part| sum.checked_add(*part)).ok_or(MoneyError::Overflow)?;
    let most = row.money(sum.min(scheduled));
    // In some currencies a rail doesn't carry the last digits: they wait for the next run.
    let rail = Rail::parse(&row.rail).ok_or_else(|| corrupt_column("payouts.rail"))?;
    let tax = tax(tx, row, facts.tax_gate, now).await?;
    let portion = portion::of(most, rail, matches!(tax, Tax::Withhold(_)));
    let Portion { amount, withheld } = portion.unwrap_or(Portion { amount: most.minor, withheld: 0 });
    let Some(taken) = share::take(&outstanding, amount)? else {
        let message = "Nothing is left to pay. The approved amount was refunded, denied or paid another way.";
        return Ok(Err(("nothing_payable", message.to_owned())));
    };
    if portion.is_none() {
        let message = format!("{most} of the approved amount is left, which is too little to pay by {}.", row.rail);
        return Ok(Err(("below_minimum", message)));
    }
    // What was approved is paid; a minimum that was raised in the meantime applies from the next run on.
    if amount < scheduled && amount < facts.minimum {
        let (left, least) = (row.money(amount), row.money(facts.minimum));
        let message = format!("{left} of the approved amount is left, which is below the minimum payout of {least}.");
        return Ok(Err(("below_minimum", message)));
    }
    let withheld_reason = match tax {
        Tax::Pay => None,
        Tax::Withhold(why) => Some(why),
        Tax::Hold(why) => {
            return Ok(Err((
                "no_tax_form",
                format!("{why} The full amount is payable again once a valid form is on file."),
            )));
        }
    };
    let parts = payable.into_iter().zip(taken).filter(|(_, part)| *part != 0).collect();
    Ok(Ok(Ready {
        parts,
        amount,
        withheld,
        withheld_reason,
        destination: facts.destination.filter(|_| row.is_stripe()),
    }))
}

/// What happens to a payout, given the affiliate's tax forms.
#[derive(Debug)]
enum Tax {
    Pay,
    /// The reason code.
    Withhold(String),
    /// Why it can't be paid now.
    Hold(&'static str),
}

/// Decides whether tax is withheld. The approved amount is gross, so this is decided now, by the current forms and
/// settings. A payout without a run stays as the person who recorded it wanted.
async fn tax(tx: &mut TenantTx, row: &Row, gate: Gate, now: Timestamp) -> std::result::Result<Tax, sqlx::Error> {
    if row.run.is_none() {
        return Ok(row.withheld_reason.clone().map_or(Tax::Pay, Tax::Withhold));
    }
    let form_statuses = gate::statuses(tx, &[row.affiliate], now).await?;
    Ok(match gate::decide(gate, form_statuses.of(row.affiliate)) {
        Verdict::Pay | Verdict::PayAndWarn(_) => Tax::Pay,
        Verdict::Withhold(why) => Tax::Withhold(why.code.to_owned()),
        Verdict::Hold(why) => Tax::Hold(why.message),
    })
}

async fn set_aside(
    tx: &mut TenantTx,
    state: &AppState,
    row: &Row,
    connection: Option<Uuid>,
    ready: Ready,
) -> Result<()> {
    let now = state.clock.now();
    let items: Vec<(CommissionId, i64)> = ready.parts.iter().map(|(one, part)| (one.id, *part)).collect();
    item_store::insert(tx, row.id, &items).await?;
    let to = Reserved {
        amount: ready.amount,
        withheld: ready.withheld,
        withheld_reason: ready.withheld_reason.as_deref(),
        connection,
        destination: ready.destination.as_deref(),
        reason: (!row.is_stripe()).then_some((EXPORT_IT, EXPORT_REASON)),
        next_at: row.is_stripe().then_some(now),
    };
    row_store::reserve(tx, row, &to, now).await?;
    postings::commissions(tx, state, row, ready.parts, Move::Reserve).await?;
    Ok(())
}
