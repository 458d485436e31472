//! `POST /dashboard/quarantine/{id}`: decides about an event that couldn't be applied. [`list`] shows them all.

pub mod list;

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use shared::id::EventId;
use uuid::Uuid;

use super::undo::{Begun, What};
use crate::quarantined_event::decide::{action, failure};
use engine::quarantine::store::{self, Decision, Filter};
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

/// How much of a failure's text is shown.
const CHARS_MAX: usize = 300;

/// Applies the event again or ignores it, then redirects to the list, which says what became of it.
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
            let open = Filter { id: Some(id), state: Some("open"), limit: 1, ..Filter::default() };
            let waiting = store::list(&mut tx, &open).await?.pop().ok_or_else(Error::not_found)?;
            tx.commit().await?;
            if let Some(detail) = failure(&state, &waiting).await? {
                let detail: String = detail.chars().take(CHARS_MAX).collect();
                return Ok(Flash::failed(format!("Event not processed: {detail}")).redirect(&back));
            }
            Decision::Replayed
        }
        "dismiss" => Decision::Dismissed,
        _ => return Err(Error::field("decision", "must be replay or dismiss").into()),
    };
    let mut tx = state.db.tenant(organization).await?;
    let settled = store::settle(&mut tx, id, decision).await?;
    // Applying an event resolves it automatically.
    if !settled && decision == Decision::Dismissed {
        return Err(Error::not_found().into());
    }
    audit::record(&mut tx, &member.actor, state.clock.now(), Entry::new(action(decision), EventId::new(id))).await?;
    tx.commit().await?;
    drop(state.news.send(organization));
    let flash = match decision {
        Decision::Replayed => Flash::done("Event processed"),
        Decision::Dismissed => {
            Flash { undo: begun.path(&state, &member, vec![id], &back), ..Flash::done("1 event dismissed") }
        }
    };
    Ok(flash.redirect(&back))
}
