//! `POST /dashboard/quarantine/{id}`: decides about an event that couldn't be applied. [`list`] shows them all.

pub mod list;

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::EventId;
use uuid::Uuid;

use super::undo::{Begun, What};
use crate::quarantined_event::decide::{action, apply};
use engine::quarantine::store::{self, Decision};
use identity::{
    access::session::Session,
    audit::{self, Entry},
};
use kit::api::path::parse_id;
use kit::{
    access::role::Right,
    error::Error,
    form::Fields,
    page::{PageError, flash::Flash},
    state::AppState,
};

/// Applies the event again or ignores it, then redirects to the list.
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
    let back = format!("{}?organization={organization}", list::PLACE);
    let begun = Begun::new(&state, What::Events);
    let decision = match fields.raw("decision") {
        "replay" => {
            let mut tx = state.db.tenant(organization).await?;
            let body = store::open_body(&mut tx, id).await?.ok_or_else(Error::not_found)?;
            tx.commit().await?;
            (apply(&state, &[&body]).await? == [true]).then_some(Decision::Replayed)
        }
        "dismiss" => Some(Decision::Dismissed),
        _ => return Err(Error::field("decision", "must be replay or dismiss").into()),
    };
    if let Some(decision) = decision {
        let mut tx = state.db.tenant(organization).await?;
        let settled = store::settle(&mut tx, id, decision).await?;
        audit::record(&mut tx, &member.actor, state.clock.now(), Entry::new(action(decision), EventId::new(id)))
            .await?;
        tx.commit().await?;
        drop(state.news.send(organization));
        // Applying an event resolves it automatically.
        if !settled && decision == Decision::Dismissed {
            return Err(Error::not_found().into());
        }
        let undo = if decision == Decision::Dismissed { begun.path(&state, &member, vec![id], &back) } else { None };
        if undo.is_some() {
            return Ok(Flash { undo, ..Flash::done("1 event dismissed") }.redirect(&back));
        }
    }
    Ok(Redirect::to(&back).into_response())
}
