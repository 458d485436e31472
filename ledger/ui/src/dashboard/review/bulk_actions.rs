//! `POST /dashboard/review`: approves or denies several flagged conversions together.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::ConversionId;

use super::list::{self, PLACE};
use crate::dashboard::bulk::{Bulk, Outcome};
use engine::{
    conversion,
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

/// # Errors
/// 404 if the user isn't a member of the organization, 403 for a viewer, 503 if the database is unavailable. A form
/// with
/// errors changes nothing and is shown again with the error.
pub async fn decide(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let bulk = Bulk::of(fields);
    let member = session.member(Some(bulk.field("organization")), Right::Operate)?;
    match enact(&state, &member, &bulk).await {
        Ok(kind) => {
            drop(state.news.send(member.organization));
            let done = if kind == DecisionKind::Deny { "denied" } else { "approved" };
            let place = Address::of(PLACE, member.organization).with("done", done);
            Ok(Redirect::to(&place.to_string()).into_response())
        }
        Err(error) if error.status().is_client_error() => {
            let mut page = list::load(&state, &session, member.organization).await?;
            page.outcome = Some(Outcome::refused(kit::form::sentence_for(&error)));
            page.bulk = bulk;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Decides about all of them, or about none.
async fn enact(state: &AppState, member: &Member, bulk: &Bulk) -> Result<DecisionKind> {
    let organization = member.organization;
    let kind = review::verdict(bulk.field("decision"))?;
    let reason = reason::checked(bulk.field("reason"))?;
    let ids: Vec<ConversionId> = bulk
        .ticked("conversion")?
        .iter()
        .map(|id| id.parse().map_err(|_| Error::not_found()))
        .collect::<Result<_>>()?;
    let mut tx = state.db.tenant(organization).await?;
    if conversion::store::by_id(&mut tx, &ids).await?.len() < ids.len() {
        return Err(Error::not_found());
    }
    review::decide(&mut tx, state, &ids, kind, &reason, &member.actor.who).await?;
    for id in ids {
        let entry = review::entry(id, kind, &reason);
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    Ok(kind)
}
