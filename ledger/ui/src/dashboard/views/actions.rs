//! `POST /dashboard/views` and `POST /dashboard/views/{id}/delete`: saves the filters of a list under a name, and deletes
//! what was saved.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use shared::id::SavedViewId;

use super::{
    lists::{List, Reader},
    query_of,
    store::{self, Saved},
};
use identity::{
    access::{finish_login::own_path, session::Session},
    team::invite,
};
use kit::{
    access::role::Right,
    error::Error,
    form::Fields,
    page::{PageError, flash::Flash},
    state::AppState,
};

const NAME_MAX: usize = 60;
const QUERY_MAX: usize = 1_000;
/// Per person and organization.
const VIEWS_MAX: i64 = 100;

/// Keeps what the list accepts of the filters.
///
/// # Errors
/// 404 if the user isn't a member of the organization; 403 if a viewer wants to share; 400 for a missing name, an
/// unknown list, or no filter that the list accepts; 409 `test_mode` in a test mode, which has no members of its own;
/// 503 if the database is unavailable.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let shared = fields.is_ticked("shared");
    let right = if shared { Right::Operate } else { Right::View };
    let member = session.member(Some(fields.text("organization")), right)?;
    let list = List::of(fields.text("list")).ok_or_else(|| Error::field("list", "list is unknown"))?;
    let name = fields.text("name").to_owned();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Error::field("name", format!("name must be 1 to {NAME_MAX} characters")).into());
    }
    let mut tx = state.db.tenant(member.organization).await?;
    invite::live(&mut tx).await?;
    let accepted = list.accepted(fields.raw("query"), &Reader::load(&mut tx, state.clock.now()).await?)?;
    let query = query_of(&accepted.address);
    if query.is_empty() || query.len() > QUERY_MAX {
        return Err(Error::field("query", format!("query must be 1 to {QUERY_MAX} bytes")).into());
    }
    if store::count(&mut tx, member.user).await? >= VIEWS_MAX {
        return Err(Error::field("name", format!("you have {VIEWS_MAX} views: delete one first")).into());
    }
    let view = Saved { id: state.new_id(), user_id: member.user, name, query, shared };
    store::save(&mut tx, &view, list.key, state.clock.now()).await?;
    tx.commit().await?;
    let saved = accepted.note().map_or_else(|| "View saved".to_owned(), |note| format!("View saved. {note}"));
    Ok(Flash::done(saved).redirect(&accepted.address.to_string()))
}

/// # Errors
/// 404 if the user isn't a member of the organization or has no such view; 503 if the database is unavailable.
pub async fn delete(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    let id: SavedViewId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.tenant(member.organization).await?;
    let any = session.verified && member.role.may(Right::Operate);
    if !store::delete(&mut tx, id, member.user, any).await? {
        return Err(Error::not_found().into());
    }
    tx.commit().await?;
    Ok(Flash::done("View deleted").redirect(&own_path(fields.given("back"))))
}
