//! `POST /dashboard/review`: approves or denies several flagged conversions together. Those that someone decided
//! meanwhile are skipped.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::ConversionId;

use super::{
    list::{self, PLACE},
    one,
};
use crate::dashboard::bulk::{Bulk, Outcome};
use engine::{
    book, conversion,
    decision::{reason, review},
    history::DecisionKind,
};
use identity::{
    access::{member::Member, session::Session},
    audit,
};
use kit::{
    access::role::Right,
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError, address::Address},
    state::AppState,
};
use rules::conversion::Conversion;

/// # Errors
/// 404 if the user isn't a member of the organization, 403 for a viewer, 503 if the database is unavailable. A form
/// with errors changes nothing and is shown again with the error.
pub async fn decide(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let bulk = Bulk::of(fields);
    let member = session.member(Some(bulk.field("organization")), Right::Operate)?;
    let (status, left, outcome) = match enact(&state, &member, &bulk).await {
        Ok(outcome) => {
            drop(state.news.send(member.organization));
            if outcome.passed.is_empty() {
                let place = Address::of(PLACE, member.organization).with("done", outcome.past);
                return Ok(Redirect::to(&place.to_string()).into_response());
            }
            (StatusCode::OK, Bulk::default(), outcome)
        }
        Err(error) if error.status().is_client_error() => {
            (error.status(), bulk, Outcome::refused(kit::form::sentence_for(&error)))
        }
        Err(error) => return Err(error.into()),
    };
    let mut page = list::load(&state, &session, member.organization).await?;
    page.outcome = Some(outcome);
    page.bulk = left;
    Ok((status, Html(page)).into_response())
}

/// Decides about all of them that still wait, together.
async fn enact(state: &AppState, member: &Member, bulk: &Bulk) -> Result<Outcome> {
    let organization = member.organization;
    let kind = review::verdict(bulk.field("decision"))?;
    let reason = reason::checked(bulk.field("reason"))?;
    let ids: Vec<ConversionId> = bulk
        .ticked("conversion")?
        .iter()
        .map(|id| id.parse().map_err(|_| Error::not_found()))
        .collect::<Result<_>>()?;
    let mut tx = state.db.tenant(organization).await?;
    // Locks first, so that no one else decides meanwhile.
    book::store::lock(&mut tx).await?;
    let known = conversion::store::by_id(&mut tx, &ids).await?;
    if known.len() < ids.len() {
        return Err(Error::not_found());
    }
    let (waiting, passed): (Vec<_>, Vec<_>) = known.into_iter().partition(|known| known.outcome.waits_for_review());
    let ids: Vec<ConversionId> = waiting.iter().map(|known| known.id).collect();
    review::decide(&mut tx, state, &ids, kind, &reason, &member.actor.who).await?;
    for &id in &ids {
        let entry = review::entry(id, kind, &reason);
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    let why = |known: Conversion| (known.external_id, one::why_passed(&known.outcome).to_owned());
    let (word, past) = if kind == DecisionKind::Deny { ("Denied", "denied") } else { ("Approved", "approved") };
    let passed = passed.into_iter().map(why).collect();
    Ok(Outcome { word, past, done: ids.len(), passed, ..Outcome::default() })
}
