//! Decisions about commissions: in bulk on the list, or about one on its receipt.

use axum::{
    Extension, Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::CommissionId;

use super::{PLACE, all_actions, filters::ListFilters, list};
use crate::dashboard::{
    bulk::{Bulk, Outcome},
    list_filters,
};
use engine::{
    decision::{commission, reason},
    explain,
    history::DecisionKind,
};
use identity::{
    access::{member::Member, session::Session},
    audit,
    suggestion::Suggestions,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::{Error, Result},
    form::{Fields, Problems, Refused, field_of},
    page::{Html, PageError},
    state::AppState,
};

pub const SAY_WHY: &str = "Enter a reason of 1 to 1,000 characters. It appears on the receipt.";

/// The decision, and its words for [`Outcome`].
pub fn kind(what: &str) -> Option<(DecisionKind, Outcome)> {
    let outcome = |word, past| Outcome { word, past, ..Outcome::default() };
    match what {
        "approve" => Some((DecisionKind::Approve, outcome("Denials undone:", "no longer denied"))),
        "deny" => Some((DecisionKind::Deny, outcome("Denied", "denied"))),
        "release" => Some((DecisionKind::Release, outcome("Released", "released"))),
        _ => None,
    }
}

/// `POST /dashboard/commissions`: decides each selected commission in its own transaction, so that one failure doesn't
/// stop the rest.
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable. A missing reason is requested
/// on the page.
pub async fn many(
    State(state): State<AppState>,
    session: Session,
    query: Query,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let bulk = Bulk::of(fields);
    let member = session.member(Some(bulk.field("organization")), Right::Operate)?;
    if bulk.is_all() {
        return all_actions::submit(&state, &session, &member, query, bulk).await;
    }
    let refused = |why: &str| (StatusCode::BAD_REQUEST, Outcome::refused(why));
    let (kind, ticked) = (kind(bulk.field("what")), bulk.ticked("commission"));
    let (status, outcome) = match (kind, ticked, reason::checked(bulk.field("reason"))) {
        (None, ..) => refused("Choose what to do."),
        (_, Err(error), _) => refused(&kit::form::sentence_for(&error)),
        (.., Err(_)) => refused(SAY_WHY),
        (Some(kind), Ok(ids), Ok(reason)) => (StatusCode::OK, each(&state, &member, ids, kind, &reason).await?),
    };
    if let Some(flash) = outcome.flash("commission", "commissions") {
        let here = ListFilters::read(query, member.organization, list_filters::ROWS)?.address();
        return Ok(flash.redirect(&here.to_string()));
    }
    // After a successful action, nothing stays selected.
    let left = if outcome.problem.is_some() { bulk } else { Bulk::default() };
    let page = list::load(&state, &session, member.organization, query, Some((left, outcome))).await?;
    Ok((status, Html(page)).into_response())
}

async fn each(
    state: &AppState,
    member: &Member,
    ids: &[String],
    (kind, mut outcome): (DecisionKind, Outcome),
    reason: &str,
) -> Result<Outcome> {
    for id in ids {
        match decide(state, member, id, kind, reason).await {
            Ok(()) => outcome.done += 1,
            Err(error) if error.status().is_client_error() => {
                outcome.passed.push((id.clone(), kit::form::sentence_for(&error)));
            }
            Err(error) => return Err(error),
        }
    }
    Ok(outcome)
}

async fn decide(state: &AppState, member: &Member, id: &str, kind: DecisionKind, reason: &str) -> Result<()> {
    let id: CommissionId = id.parse().map_err(|_| Error::not_found())?;
    let organization = member.organization;
    let mut tx = state.db.tenant(organization).await?;
    let entry = commission::decide_one(&mut tx, state, id, kind, reason, &member.actor.who).await?;
    audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    tx.commit().await?;
    // It's fine if no one is listening.
    drop(state.news.send(organization));
    Ok(())
}

/// `POST /dashboard/commissions/{id}/{what}`: `approve`, `deny` or `release`, from the receipt, or `explain`, which shows the
/// receipt with an explanation by the organization's model.
///
/// # Errors
/// 404 if the user can't access it, or for an explanation without a model; 403 for a viewer; 503 if the database is
/// unavailable. Other errors are shown on the page.
pub async fn one(
    State(state): State<AppState>,
    Extension(suggestions): Extension<Suggestions>,
    session: Session,
    Path((id, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    if what == "explain" {
        let model = suggestions.connected(&state, &member).await?;
        let mut page = explain::dashboard::load(&state, &session, &id).await?;
        page.explain(&model, &member).await?;
        return Ok(Html(page).into_response());
    }
    let (kind, _) = kind(&what).ok_or_else(Error::not_found)?;
    let done = match reason::checked(fields.raw("reason")) {
        Ok(reason) => decide(&state, &member, &id, kind, &reason).await,
        Err(error) => Err(error),
    };
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{PLACE}/{id}?done={what}")).into_response()),
        Err(error) if error.status().is_client_error() && error.status() != StatusCode::NOT_FOUND => {
            let mut page = explain::dashboard::load(&state, &session, &id).await?;
            let is_reason = field_of(&error) == "reason";
            let message = if is_reason { SAY_WHY.to_owned() } else { kit::form::sentence_for(&error) };
            page.refused = Refused { form: what, problems: Problems::at("reason", message), typed: fields };
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}
