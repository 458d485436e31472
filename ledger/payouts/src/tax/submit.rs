//! Submits a form: a guided one, filled in on a page, counts immediately; an uploaded one is reviewed by the brand
//! first.

use payout_core::tax::form::Form;
use serde_json::json;
use shared::id::{AffiliateId, FileId, OrganizationId, TaxFormId};

use super::{
    email_branding, encryption, keep,
    store::{self, Filter, New, Source, Status},
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    db::TenantTx,
    error::{Error, Result},
    file,
    state::AppState,
};

/// A form with its file.
#[derive(Debug)]
pub struct Submission<'a> {
    pub affiliate: AffiliateId,
    pub form: &'a Form,
    /// The file is stored, but not recorded yet.
    pub file: FileId,
    pub source: Source,
}

/// Stores a filled-in form's PDF in the file storage.
///
/// # Errors
/// Fails if the storage fails.
pub async fn print(
    state: &AppState,
    organization: OrganizationId,
    affiliate: AffiliateId,
    form: &Form,
) -> Result<FileId> {
    let pdf = form.document().pdf().map_err(|error| Error::internal(error))?;
    file::keep::put(state, organization, affiliate, &pdf, "form").await
}

/// Stores a form. A guided one replaces the one in force; an uploaded one waits, and replaces another that waits.
///
/// # Errors
/// 404 if there is no such affiliate.
pub async fn submit(
    tx: &mut TenantTx,
    state: &AppState,
    submission: &Submission<'_>,
    actor: &Actor,
) -> Result<TaxFormId> {
    let Submission { affiliate, form, file, source } = *submission;
    if !store::hold(tx, affiliate).await? {
        return Err(Error::not_found());
    }
    let (now, id) = (state.clock.now(), state.new_id());
    if !file::store::stored(tx, file, now).await? {
        return Err(Error::unavailable("an upload took longer than files wait for it"));
    }
    let status = if source == Source::Guided { Status::Valid } else { Status::Submitted };
    let filter = Filter { affiliate: Some(affiliate), limit: 1_000, ..Filter::default() };
    let mut waited = false;
    for row in store::list(tx, &filter).await? {
        let waits = row.status == Status::Submitted;
        waited |= waits;
        if waits || (row.status == Status::Valid && status == Status::Valid) {
            keep::end(tx, &row, (Status::Replaced, None, None), now).await?;
        }
        if waits {
            // No payment relied on it.
            keep::forget(tx, &row, now).await?;
        }
    }
    let sealed = encryption::seal(&state.config.keys, tx.organization(), id, form)?;
    let new = New { id, affiliate, form, sealed: &sealed, source, status, file: Some(file) };
    store::insert(tx, &new, now).await?;
    // Repeated uploads send one email: its link leads to the list, which contains the latest form.
    if status == Status::Submitted && !waited {
        let row = store::read(tx, id).await?.ok_or_else(Error::not_found)?;
        email_branding::waiting(tx, state, &row).await?;
    }
    let details = json!({
        "affiliateId": affiliate, "kind": form.kind().as_str(), "source": source.as_str(), "status": status.as_str(),
    });
    audit::record(tx, actor, now, Entry::new("tax_form.submitted", id).after(details)).await?;
    Ok(id)
}
