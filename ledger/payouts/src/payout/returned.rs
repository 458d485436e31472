//! A payment that came back: Stripe reversed its transfer, in full or in part. The returned amount is owed again, and
//! isn't paid again before a person has reviewed it.

use payout_core::{
    share::{self, Part},
    step::Status,
    stripe::transfer::Transfer,
};
use serde_json::json;
use shared::{
    id::{CommissionId, PayoutId},
    timestamp::Timestamp,
};

use super::{
    email, item_store,
    postings::{self, Move},
    return_store,
    row_store::{self, Back, Row},
    settle,
};
use crate::receipt;
use engine::{book, history::write::BookingError};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{db::TenantTx, error::Result, state::AppState};
use outbox::webhook::EventKind;
use programs::payout_account::hold_store;

/// Updates the payout so that as much of what was sent is returned as Stripe's transfer says, when Stripe reversed it:
/// it may be noticed in the next tax year. A repeated or smaller amount changes nothing. Returns false then, and if the
/// payout isn't sent.
///
/// A payout that came back in full is Reversed, and `payout_failed` is announced; one that came back in part stays
/// Sent, and `returnedCents` says how much. Owners and admins get an email either way, and the affiliate is put on
/// hold.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub async fn apply(tx: &mut TenantTx, state: &AppState, payout: PayoutId, transfer: &Transfer) -> Result<bool> {
    book::store::lock(tx).await?;
    let Some(row) = row_store::lock(tx, payout).await? else { return Ok(false) };
    if row.status != Status::Sent {
        return Ok(false);
    }
    let net = row.net();
    let back = transfer.returned().map_or(0, |back| back.minor).clamp(0, net);
    let (gross, tax) = share::gross_of(back, net, row.withheld).map_err(BookingError::from)?;
    if gross <= row.returned {
        return Ok(false);
    }
    let whole = back == net;
    let message = if whole {
        "The transfer was reversed in Stripe. The full amount is payable again.".to_owned()
    } else {
        format!("{} of the transfer was reversed in Stripe and is payable again.", row.money(back))
    };
    let status = if whole { Status::Reversed } else { Status::Sent };
    let how = Back { status, returned: gross, withheld_returned: tax, reason: ("transfer_reversed", &message) };
    let now = state.clock.now();
    let at = transfer.returned_at().map_or(now, |at| at.max(row.sent_at.unwrap_or(now)).min(now));
    bring_back(tx, state, &row, &how, at).await?;
    notify(tx, state, &row, &how).await?;
    email::returned(tx, state, &row, &message).await?;
    Ok(true)
}

/// Records in the audit log what came back, and puts the affiliate on hold.
async fn notify(tx: &mut TenantTx, state: &AppState, row: &Row, how: &Back<'_>) -> Result<()> {
    let (now, system) = (state.clock.now(), Actor::system());
    let entry = Entry::new("payout.returned", row.id)
        .before(json!({"status": row.status.as_str(), "returnedCents": row.returned}))
        .after(json!({"status": how.status.as_str(), "returnedCents": how.returned, "transferId": row.transfer}));
    audit::record(tx, &system, now, entry).await?;
    hold(tx, state, row, "was reversed").await
}

/// Puts the affiliate on hold: nothing is paid to them before a person has found out why a payment came back or failed,
/// and releases the hold.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub(super) async fn hold(tx: &mut TenantTx, state: &AppState, row: &Row, what: &str) -> Result<()> {
    let now = state.clock.now();
    let reason = format!("The payment for {} {what}. Find out why before paying them again.", row.id);
    if hold_store::add(tx, row.affiliate, &reason, now).await? {
        let entry =
            Entry::new("payout_hold.placed", row.affiliate).after(json!({"reason": reason, "payoutId": row.id}));
        audit::record(tx, &Actor::system(), now, entry).await?;
    }
    Ok(())
}

/// Marks a payment that was made outside as returned in full, as a person of the brand or a file says: they need no
/// email about it. `at` is when it came back.
///
/// # Errors
/// Database errors; nothing may be committed then.
pub(super) async fn by_hand(tx: &mut TenantTx, state: &AppState, row: &Row, reason: &str, at: Timestamp) -> Result<()> {
    let how = Back {
        status: Status::Reversed,
        returned: row.amount,
        withheld_returned: row.withheld,
        reason: ("marked_failed", reason),
    };
    bring_back(tx, state, row, &how, at).await?;
    hold(tx, state, row, "was returned").await
}

/// Books what came back. `at`: when the money came back.
async fn bring_back(tx: &mut TenantTx, state: &AppState, row: &Row, how: &Back<'_>, at: Timestamp) -> Result<()> {
    let now = state.clock.now();
    give_back(tx, state, row, how.returned).await?;
    row_store::back(tx, row, how, (at, now)).await?;
    let withheld = how.withheld_returned.saturating_sub(row.withheld_returned);
    let gross = how.returned.saturating_sub(row.returned);
    return_store::insert(tx, row, state.new_id::<shared::id::Transfer>().uuid(), (gross, withheld), (at, now)).await?;
    settle::withheld(tx, state, row, withheld.saturating_neg(), now).await?;
    if how.status == Status::Reversed {
        settle::announce(tx, row, EventKind::PayoutFailed, now).await?;
    }
    receipt::email::returned(tx, state, row.id, row.affiliate).await
}

async fn give_back(tx: &mut TenantTx, state: &AppState, row: &Row, gross: i64) -> Result<()> {
    let items = item_store::read(tx, row.id).await?;
    let parts: Vec<Part> = items.iter().map(|item| Part { amount: item.amount, returned: item.returned }).collect();
    let back = share::give_back(&parts, gross).map_err(BookingError::from)?;
    let back: Vec<(CommissionId, i64)> = items.iter().map(|item| item.commission).zip(back).collect();
    item_store::give_back(tx, row.id, &back).await?;
    postings::items(tx, state, row, &back, Move::Return).await?;
    Ok(())
}
