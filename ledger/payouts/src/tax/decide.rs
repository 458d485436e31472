//! Accepts or rejects a form, as the brand decides.

use axum::http::StatusCode;
use serde_json::json;
use shared::id::TaxFormId;

use super::{
    email, keep,
    store::{self, Filter, Row, Status},
};
use identity::audit::Entry;
use kit::{
    api::text::checked,
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

const REASON_MAX: usize = 500;

/// The audit log entry, and the form's new state.
#[derive(Debug)]
pub struct Decided {
    pub entry: Entry,
    pub row: Row,
}

/// Changes a form from Submitted to Valid; the form in force until now is replaced.
///
/// # Errors
/// 404; 409 `already_decided`, or `form_expired`.
pub async fn accept(tx: &mut TenantTx, state: &AppState, id: TaxFormId, by: &str) -> Result<Decided> {
    let (row, now) = (held(tx, id).await?, state.clock.now());
    if row.status != Status::Submitted {
        return Err(already(&row));
    }
    if !keep::counts(&row, now.date()) {
        let message = "This form has expired. Reject it and ask for a new one.";
        return Err(Error::new(StatusCode::CONFLICT, Code::FormExpired, message));
    }
    let filter = Filter { affiliate: Some(row.affiliate), status: Some("Valid"), limit: 1, ..Filter::default() };
    for before in store::list(tx, &filter).await? {
        keep::end(tx, &before, (Status::Replaced, None, None), now).await?;
    }
    store::accept(tx, id, by, now).await?;
    let entry = Entry::new("tax_form.accepted", id).before(json!({"status": "Submitted"}));
    Ok(Decided { entry: entry.after(json!({"status": "Valid"})), row: one(tx, id).await? })
}

/// Rejects a form that waits, or one in force that turned out to be wrong, for example after a notice from the tax
/// authority. The affiliate gets an email with the reason.
///
/// # Errors
/// 400 naming `reason`; 404; 409 `already_decided`.
pub async fn reject(tx: &mut TenantTx, state: &AppState, id: TaxFormId, (by, reason): (&str, &str)) -> Result<Decided> {
    let reason = checked("reason", reason, REASON_MAX)?;
    let (row, now) = (held(tx, id).await?, state.clock.now());
    if !matches!(row.status, Status::Submitted | Status::Valid) {
        return Err(already(&row));
    }
    keep::end(tx, &row, (Status::Rejected, Some(by), Some(&reason)), now).await?;
    email::rejected(tx, state, &row, &reason).await?;
    let entry = Entry::new("tax_form.rejected", id).before(json!({"status": row.status.as_str()}));
    let entry = entry.after(json!({"status": "Rejected", "reason": reason}));
    Ok(Decided { entry, row: one(tx, id).await? })
}

async fn held(tx: &mut TenantTx, id: TaxFormId) -> Result<Row> {
    let row = one(tx, id).await?;
    store::hold(tx, row.affiliate).await?;
    // Reads it again under the lock: no one else can decide now.
    one(tx, id).await
}

async fn one(tx: &mut TenantTx, id: TaxFormId) -> Result<Row> {
    store::read(tx, id).await?.ok_or_else(Error::not_found)
}

fn already(row: &Row) -> Error {
    let message = format!("This form\u{2019}s status is already {}.", row.status.as_str());
    Error::new(StatusCode::CONFLICT, Code::AlreadyDecided, message)
}
