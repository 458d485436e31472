//! `POST /dashboard/quarantine/{id}`: decides about an event that couldn't be applied.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use serde_json::value::RawValue;
use shared::{batch::Verdict, id::OrganizationId};
use uuid::Uuid;

use engine::{
    intake::receive,
    quarantine::store::{self, Decision},
};
use identity::{
    access::session::Session,
    audit::{self, Entry},
};
use kit::api::path::parse_id;
use kit::{access::role::Right, error::Error, form::Fields, page::PageError, state::AppState};

/// Applies the event again or ignores it, then redirects to the dashboard.
///
/// # Errors
/// 404 if the user can't access it, 403 for a viewer, 503 if the database is unavailable.
pub async fn decide(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::Operate)?;
    let id: Uuid = parse_id(&id)?;
    let organization = member.organization;
    let decision = match fields.raw("decision") {
        "replay" => replay(&state, organization, id).await?,
        "dismiss" => Some(Decision::Dismissed),
        _ => return Err(Error::field("decision", "must be replay or dismiss").into()),
    };
    if let Some(decision) = decision {
        let mut tx = state.db.tenant(organization).await?;
        let settled = store::settle(&mut tx, id, decision).await?;
        let entry = Entry::new(if decision == Decision::Replayed { "event.replayed" } else { "event.dismissed" }, id);
        audit::record(&mut tx, &member.actor, state.clock.now(), entry).await?;
        tx.commit().await?;
        drop(state.news.send(organization));
        // Applying an event resolves it automatically.
        if !settled && decision == Decision::Dismissed {
            return Err(Error::not_found().into());
        }
    }
    Ok(Redirect::to(&format!("/dashboard?organization={organization}")).into_response())
}

/// Returns `None` if it still can't be applied; then it stays in quarantine.
async fn replay(state: &AppState, organization: OrganizationId, id: Uuid) -> Result<Option<Decision>, Error> {
    let mut tx = state.db.tenant(organization).await?;
    let body = store::open_body(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let raw: &RawValue = serde_json::from_str(&body).map_err(|error| Error::internal(error))?;
    let verdicts = receive::batch(state, &[raw]).await?;
    let applied = verdicts.iter().all(|item| matches!(item.verdict, Verdict::Accepted | Verdict::Duplicate));
    Ok(applied.then_some(Decision::Replayed))
}
