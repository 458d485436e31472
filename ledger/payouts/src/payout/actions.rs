//! What people do about one payout: retry it now, cancel it, or record how a manual payment went. Every action is
//! idempotent. The API, the dashboard's pages and the import of another rail's results all use this module.

use super::{
    actions_store, attempt_store,
    cancel::{self, By},
    paid::{self, PaidOn, Since},
    returned,
    row_store::{self, Row},
    settle::{self, Named},
    stopped::Stop,
    stopped_store, store,
    stripe_lookup::{self, LookupResult, MAY_ARRIVE_MILLIS, age},
    view::Payout,
};
use axum::http::StatusCode;
use engine::book;
use identity::{audit::Entry, organization::time_zone};
use jiff::civil::Date;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};
use payout_core::{step::Status, stripe::transfer::Transfer};
use serde_json::json;
use shared::{id::PayoutId, timestamp::Timestamp};

/// The reason code of a payout whose payment, from an exported file, failed.
pub(super) const FAILED_OUTSIDE: &str = "payment_failed";
/// How long Stripe remembers an idempotency key. After that a person may decide if Stripe can't be asked.
const DAY_MILLIS: i64 = 24 * 3_600_000;
const TEXT_MAX: usize = 200;

/// The payout after the action, and the audit log entry; no entry if nothing changed.
#[derive(Debug)]
pub struct ActionResult {
    pub payout: Payout,
    pub entry: Option<Entry>,
}

/// Identifies a payment that a person made, by at least one of two names, and says when it was made.
#[derive(Debug, Clone, Default)]
pub struct Marked {
    /// The rail's ID of the payment; `tr_…` for Stripe.
    pub transfer: Option<String>,
    /// The brand's own reference for it.
    pub reference: Option<String>,
    pub paid: PaidOn,
    /// Whether the person confirms that they paid it, even if it shouldn't have been paid any more.
    pub confirmed: bool,
}

impl Marked {
    /// # Errors
    /// 400 naming the field.
    pub fn read(
        transfer: Option<&str>,
        reference: Option<&str>,
        paid_on: Option<&str>,
        confirmed: bool,
    ) -> Result<Self> {
        let transfer = line("transferId", transfer)?;
        let reference = line("reference", reference)?;
        if transfer.is_none() && reference.is_none() {
            return Err(Error::field("reference", "reference or transferId must identify the payment"));
        }
        Ok(Self { transfer, reference, paid: PaidOn::read(paid_on)?, confirmed })
    }
}

/// Returns one line of text, trimmed; `None` if it is empty.
///
/// # Errors
/// 400 naming the field.
pub fn line(field: &str, text: Option<&str>) -> Result<Option<String>> {
    let text = text.map(str::trim).filter(|text| !text.is_empty());
    if text.is_some_and(|text| text.chars().count() > TEXT_MAX || text.chars().any(char::is_control)) {
        return Err(Error::field(field, format!("{field} must be a single line of at most {TEXT_MAX} characters")));
    }
    Ok(text.map(str::to_owned))
}

/// Makes a payout due now that is scheduled for later or waits for a person.
///
/// # Errors
/// 404; 409 `not_retryable`, `not_approved` or `not_connected`.
pub async fn retry(tx: &mut TenantTx, state: &AppState, id: PayoutId) -> Result<ActionResult> {
    let row = row_store::lock(tx, id).await?.ok_or_else(Error::not_found)?;
    let due = actions_store::next_at(tx, &row).await?;
    match row.status {
        Status::Scheduled if due.is_none() => {
            return Err(conflict(Code::NotApproved, "The payout run isn\u{2019}t approved yet."));
        }
        Status::Sent | Status::Failed | Status::Reversed => {
            let message = "This payout has ended. Failed and reversed amounts are included in the next run.";
            return Err(conflict(Code::NotRetryable, message));
        }
        _ if !row.is_stripe() => {
            let message = "This payout is paid outside Stripe. Pay it, then mark it as paid.";
            return Err(conflict(Code::NotRetryable, message));
        }
        _ if !actions_store::may_send(tx, &row).await? => {
            let message = "Stripe isn\u{2019}t connected or rejects the key. Enter a working key first.";
            return Err(conflict(Code::NotConnected, message));
        }
        _ => {}
    }
    let now = state.clock.now();
    if due.is_some_and(|due| due <= now) {
        return unchanged(tx, &row).await;
    }
    row_store::due_now(tx, &row, now).await?;
    acted(tx, &row, Entry::new("payout.retried", id).before(json!({"nextAt": due.map(|at| at.to_string())}))).await
}

/// Cancels a payout of which nothing is in transit: the reserved money is owed again. `looked` is what
/// [`super::stripe_lookup::look_up`] found right before.
///
/// # Errors
/// 404; 409 `already_sent`, `exported`, or `fate_unknown` as long as a transfer may have been made.
pub async fn cancel(tx: &mut TenantTx, state: &AppState, id: PayoutId, looked: &LookupResult) -> Result<ActionResult> {
    let row = lock(tx, id).await?;
    match row.status {
        Status::Failed => return unchanged(tx, &row).await,
        Status::Sent | Status::Reversed => {
            return Err(conflict(
                Code::AlreadySent,
                "This payout was already sent. You can reverse the transfer in Stripe.",
            ));
        }
        Status::Sending if !row.is_stripe() => {
            let message = "This payout is in an exported file and may already be paid. Mark it as paid or failed.";
            return Err(conflict(Code::Exported, message));
        }
        Status::Scheduled | Status::Reserved | Status::Sending | Status::Unknown => {}
    }
    if row.unclear_since.is_some() || row.status == Status::Sending {
        is_known_not_to_arrive(tx, &row, looked, state.clock.now()).await?;
    }
    let was = row.status;
    cancel::cancel(tx, state, &row, ("cancelled", "The brand canceled the payout."), By::Brand).await?;
    let entry = Entry::new("payout.cancelled", id).before(json!({"status": was.as_str()}));
    acted(tx, &row, entry).await
}

/// # Errors
/// 409 `fate_unknown`, `already_sent`.
async fn is_known_not_to_arrive(tx: &mut TenantTx, row: &Row, looked: &LookupResult, now: Timestamp) -> Result<()> {
    let last = attempt_store::last_send(tx, row.id).await?;
    if stripe_lookup::is_under_way(row, last, now) {
        return Err(unknown("A request to Stripe is in progress."));
    }
    match looked {
        LookupResult::Sent(transfer) => {
            let message = format!("Stripe made the transfer {}. It will be recorded on the next attempt.", transfer.id);
            Err(conflict(Code::AlreadySent, &message))
        }
        LookupResult::Nothing { after } if *after == last.map(|send| send.0) => {
            if last.is_some_and(|send| age(send.1, now) < MAY_ARRIVE_MILLIS) {
                return Err(unknown(
                    "Stripe has no transfer for this payout, but a recent request may still go through.",
                ));
            }
            Ok(())
        }
        LookupResult::Else(what) => {
            let message = "The payout may already be paid, so it can\u{2019}t be canceled. Check the Stripe dashboard, \
                           then either record the transfer that belongs to this payout, or reverse the wrong transfers \
                           and cancel again.";
            Err(conflict(Code::FateUnknown, &format!("{}. {message}", what.trim_end_matches('.'))))
        }
        // Any call from a day ago has ended by now, and the person who cancels has checked Stripe's dashboard. If the
        // payout was sent again since the first unclear call, the day counts from the last send.
        LookupResult::Unknown(why) => match last.map(|send| send.1).or(row.unclear_since) {
            Some(since) if age(since, now) >= DAY_MILLIS => Ok(()),
            _ => Err(unknown(&format!("{}.", why.trim_end_matches('.')))),
        },
        LookupResult::Nothing { .. } | LookupResult::Clear => Err(unknown("The payout was just retried.")),
    }
}

/// Books a payout that someone paid outside as paid, on the day of the payment. On Stripe's rail the payment must be a
/// transfer of that amount to that account, which [`super::stripe_lookup::transfer`] read right before, and counts from
/// when Stripe made it.
///
/// # Errors
/// 404; 409 `already_sent`, `not_reserved`, `payout_failed`, `payout_stopped`, `fate_unknown`, `transfer_taken`; 422
/// `transfer_differs`, `date_out_of_range`; 400 naming `transferId` or `paidOn`.
pub async fn mark_sent(
    tx: &mut TenantTx,
    state: &AppState,
    id: PayoutId,
    marked: &Marked,
    checked: Option<&Transfer>,
) -> Result<ActionResult> {
    let row = lock(tx, id).await?;
    match row.status {
        Status::Sent if is_named(tx, &row, marked).await? => return unchanged(tx, &row).await,
        Status::Sent | Status::Reversed => {
            return Err(conflict(Code::AlreadySent, "This payout is already marked as paid."));
        }
        Status::Failed => {
            let message = "This payout failed, and its amount is payable again. Record the payment separately.";
            return Err(conflict(Code::PayoutFailed, message));
        }
        Status::Scheduled => return Err(conflict(Code::NotReserved, "The money isn\u{2019}t reserved yet.")),
        Status::Reserved | Status::Sending | Status::Unknown => {}
    }
    let made = if row.is_stripe() { Some(check_transfer(&row, marked, checked)?) } else { None };
    let despite = despite(tx, &row, marked).await?;
    let now = state.clock.now();
    let since = Since { at: row.created_at, what: "the payout was created" };
    let at = match made {
        Some(made) => paid::made_at(made, row.created_at, now),
        None => paid::moment(tx, marked.paid, since, now).await?,
    };
    let (transfer, reference) = (marked.transfer.as_deref(), marked.reference.as_deref());
    settle::settle(tx, state, &row, Named { transfer, reference, paid_at: Some(at) }).await?;
    let mut after = json!({"transferId": transfer, "reference": reference, "sentAt": at.to_string()});
    if let (Some(stop), Some(fields)) = (despite, after.as_object_mut()) {
        fields.insert("confirmedDespite".to_owned(), json!(stop.code()));
    }
    acted(tx, &row, Entry::new("payout.marked_sent", id).after(after)).await
}

/// Returns why the payout shouldn't have been paid outside, if the person confirms that it was.
///
/// # Errors
/// 409 `payout_stopped` without that confirmation.
async fn despite(tx: &mut TenantTx, row: &Row, marked: &Marked) -> Result<Option<Stop>> {
    match stopped_store::read(tx, &[row.id]).await?.of(row.id) {
        Some(stop) if !marked.confirmed => {
            let message = format!("{} If you already paid it, confirm that you did.", stop.message());
            Err(conflict(Code::PayoutStopped, &message))
        }
        stop => Ok(stop),
    }
}

/// Returns whether the payout is already marked with this payment.
async fn is_named(tx: &mut TenantTx, row: &Row, marked: &Marked) -> Result<bool> {
    let reference = actions_store::reference(tx, row).await?;
    let same = |requested: &Option<String>, is: &Option<String>| requested.is_none() || requested == is;
    let same_day = match (marked.paid, row.sent_at) {
        (PaidOn::Day(day), Some(at)) => time_zone::of(tx).await?.day_of(at) == day,
        _ => true,
    };
    Ok(same(&marked.transfer, &row.transfer) && same(&marked.reference, &reference) && same_day)
}

/// Returns the transfer if it can be this payout's.
fn check_transfer<'t>(row: &Row, marked: &Marked, checked: Option<&'t Transfer>) -> Result<&'t Transfer> {
    let transfer = checked.filter(|one| marked.transfer.as_deref() == Some(&*one.id)).ok_or_else(|| {
        Error::field("transferId", "transferId must be the ID of a Stripe transfer, such as tr_\u{2026}")
    })?;
    if marked.paid != PaidOn::Now {
        return Err(Error::field("paidOn", "paidOn must be left out for Stripe transfers"));
    }
    let is_ours = transfer.transfer_group.as_deref() == Some(&*row.id.to_string());
    if row.unclear_since.is_some() && !is_ours {
        return Err(unknown("We may have made a separate transfer for this payout."));
    }
    let differs = |what: &str| {
        let message = format!("{} {what}.", transfer.id);
        Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::TransferDiffers, message)
    };
    if transfer.transfer_group.as_deref().is_some_and(|group| group.starts_with("po_")) && !is_ours {
        return Err(differs("belongs to a different payout"));
    }
    if transfer.money() != Some(row.money(row.net())) {
        return Err(differs("has a different amount or currency than this payout"));
    }
    if transfer.amount_reversed != 0 {
        return Err(differs("was reversed in part or in full"));
    }
    if transfer.destination != row.destination {
        return Err(differs("went to a different account than this payout"));
    }
    Ok(transfer)
}

/// Cancels a payout of another rail whose payment didn't arrive: what it paid is owed again, even if it was marked as
/// sent before or recorded as paid outside. `back_on` is the day on which the money came back, if a file says it.
///
/// A payment that was sent, or that is in an exported file, isn't repeated before a person has looked into it: the
/// affiliate is put on hold.
///
/// # Errors
/// 404; 409 `not_by_hand` for Stripe's rail, `not_reserved`, `already_sent` for an imported payment.
pub async fn mark_failed(
    tx: &mut TenantTx,
    state: &AppState,
    id: PayoutId,
    reason: &str,
    back_on: Option<Date>,
) -> Result<ActionResult> {
    let row = lock(tx, id).await?;
    if row.is_stripe() {
        let message = "Stripe reports the result of this payout. Cancel it instead, or reverse the transfer in Stripe.";
        return Err(conflict(Code::NotByHand, message));
    }
    let was = row.status;
    match was {
        Status::Failed | Status::Reversed => return unchanged(tx, &row).await,
        Status::Scheduled => {
            return Err(conflict(Code::NotReserved, "The money isn\u{2019}t reserved yet. Cancel the payout instead."));
        }
        Status::Sent if actions_store::is_imported(tx, &row).await? => {
            let message = "This was paid on another platform before the move. It can\u{2019}t become payable here.";
            return Err(conflict(Code::AlreadySent, message));
        }
        Status::Sent => {
            let zone = time_zone::of(tx).await?;
            let at = paid::back(&zone, back_on, row.sent_at, state.clock.now());
            returned::by_hand(tx, state, &row, reason, at).await?;
        }
        Status::Reserved | Status::Sending | Status::Unknown if row.exported_at.is_some() => {
            cancel::cancel(tx, state, &row, (FAILED_OUTSIDE, reason), By::Brand).await?;
            returned::hold(tx, state, &row, "failed").await?;
        }
        Status::Reserved | Status::Sending | Status::Unknown => {
            cancel::cancel(tx, state, &row, ("marked_failed", reason), By::Brand).await?;
        }
    }
    let entry =
        Entry::new("payout.marked_failed", id).before(json!({"status": was.as_str()})).after(json!({"reason": reason}));
    acted(tx, &row, entry).await
}

/// Takes the book's lock, then locks the payout and returns it.
async fn lock(tx: &mut TenantTx, id: PayoutId) -> Result<Row> {
    book::store::lock(tx).await?;
    row_store::lock(tx, id).await?.ok_or_else(Error::not_found)
}

async fn acted(tx: &mut TenantTx, row: &Row, entry: Entry) -> Result<ActionResult> {
    Ok(ActionResult { entry: Some(entry), ..unchanged(tx, row).await? })
}

async fn unchanged(tx: &mut TenantTx, row: &Row) -> Result<ActionResult> {
    let payout = store::one(tx, row.id).await?.ok_or_else(Error::not_found)?;
    Ok(ActionResult { payout, entry: None })
}

fn conflict(code: Code, message: &str) -> Error {
    Error::new(StatusCode::CONFLICT, code, message)
}

fn unknown(why: &str) -> Error {
    let message = format!(
        "{why} We don\u{2019}t know yet whether it was paid. We\u{2019}ll check with Stripe and continue automatically."
    );
    Error::new(StatusCode::CONFLICT, Code::FateUnknown, message)
}
