//! `POST /dashboard/payouts/{id}/…`: actions on one payout. Errors are shown on its page, where the form keeps what was
//! typed.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::{OrganizationId, PayoutId};

use super::{PLACE, detail};
use identity::{
    access::{member::Member, session::Session},
    audit,
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    form::{Fields, Problems, Refused, sentence_for},
    page::{Html, PageError, flash::Flash},
    state::AppState,
};
use payouts::payout::{
    actions::{self, ActionResult, Marked},
    stripe_lookup,
};

/// Runs `retry`, `cancel`, `mark-sent` or `mark-failed`.
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. Other errors are shown on the
/// page.
pub async fn submit(
    State(state): State<AppState>,
    session: Session,
    Path((id, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let organization = member.organization;
    let id: PayoutId = id.parse().map_err(|_| Error::not_found())?;
    match act(&state, &member, id, &what, &fields).await {
        Ok(()) => {
            let flash = Flash::done(detail::message(&what));
            Ok(flash.redirect(&format!("{PLACE}/{id}?organization={organization}")))
        }
        Err(error) if error.status().is_client_error() && error.status() != axum::http::StatusCode::NOT_FOUND => {
            let mut page = detail::load(&state, &session, organization, id, None).await?;
            // Two forms of the page mark a payout as paid.
            let form = if fields.sent("transfer").is_some() { "transfer" } else { what.as_str() };
            let problems = Problems::at("", sentence_for(&error));
            page.refused = Refused { form: form.to_owned(), problems, typed: fields };
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn act(state: &AppState, member: &Member, id: PayoutId, what: &str, fields: &Fields) -> Result<()> {
    let organization = member.organization;
    match what {
        "retry" => {
            let mut tx = state.db.tenant(organization).await?;
            let acted = actions::retry(&mut tx, state, id).await?;
            keep(tx, state, member, acted).await
        }
        "cancel" => {
            let looked = stripe_lookup::look_up(state, organization, id).await?;
            let mut tx = state.db.tenant(organization).await?;
            let acted = actions::cancel(&mut tx, state, id, &looked).await?;
            keep(tx, state, member, acted).await
        }
        "mark-sent" => sent(state, member, organization, id, fields).await,
        "mark-failed" => {
            let reason = actions::line("reason", Some(fields.raw("reason")))?;
            let reason = reason.ok_or_else(|| Error::field("reason", "Enter why the payment didn\u{2019}t arrive."))?;
            let mut tx = state.db.tenant(organization).await?;
            let acted = actions::mark_failed(&mut tx, state, id, &reason, None).await?;
            keep(tx, state, member, acted).await
        }
        _ => Err(Error::not_found()),
    }
}

async fn sent(
    state: &AppState,
    member: &Member,
    organization: OrganizationId,
    id: PayoutId,
    fields: &Fields,
) -> Result<()> {
    let (transfer, reference) = (fields.sent("transfer"), fields.sent("reference"));
    let marked = Marked::read(transfer, reference, fields.sent("paidOn"), fields.is_ticked("confirmed"))?;
    let checked = match &marked.transfer {
        Some(transfer) => stripe_lookup::transfer(state, organization, id, transfer).await?,
        None => None,
    };
    let mut tx = state.db.tenant(organization).await?;
    let acted = actions::mark_sent(&mut tx, state, id, &marked, checked.as_ref()).await?;
    keep(tx, state, member, acted).await
}

async fn keep(mut tx: kit::db::TenantTx, state: &AppState, member: &Member, acted: ActionResult) -> Result<()> {
    if let Some(entry) = acted.entry {
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(member.organization));
    Ok(())
}
