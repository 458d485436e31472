//! `POST /dashboard/views` and `POST /dashboard/views/{id}/delete`: saves the filters of a list under a name, and deletes
//! what was saved.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use shared::id::SavedViewId;

use super::{
    LISTS, query_of,
    store::{self, Saved},
    with_query,
};
use identity::access::{finish_login::own_path, session::Session};
use kit::{
    access::role::Right,
    error::Error,
    form::Fields,
    page::{PageError, address::Address, flash::Flash},
    state::AppState,
};

const NAME_MAX: usize = 60;
const QUERY_MAX: usize = 1_000;
/// Per person and organization.
const VIEWS_MAX: i64 = 100;

/// # Errors
/// 404 if the user isn't a member of the organization; 403 if a viewer wants to share; 400 for a missing name or an
/// unknown list; 503 if the database is unavailable.
pub async fn save(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let shared = fields.is_ticked("shared");
    let right = if shared { Right::Operate } else { Right::View };
    let member = session.member(Some(fields.text("organization")), right)?;
    let (list, path) = *LISTS
        .iter()
        .find(|(list, _)| *list == fields.text("list"))
        .ok_or_else(|| Error::field("list", "list is unknown"))?;
    let name = fields.text("name").to_owned();
    if name.is_empty() || name.chars().count() > NAME_MAX || name.chars().any(char::is_control) {
        return Err(Error::field("name", format!("name must be 1 to {NAME_MAX} characters")).into());
    }
    let address = with_query(Address::of(path, member.organization), fields.raw("query"));
    let query = query_of(&address);
    if query.is_empty() || query.len() > QUERY_MAX {
        return Err(Error::field("query", format!("query must be 1 to {QUERY_MAX} bytes")).into());
    }
    let mut tx = state.db.tenant(member.organization).await?;
    if store::count(&mut tx, member.user).await? >= VIEWS_MAX {
        return Err(Error::field("name", format!("you have {VIEWS_MAX} views: delete one first")).into());
    }
    let view = Saved { id: state.new_id(), user_id: member.user, name, query, shared };
    store::save(&mut tx, &view, list, state.clock.now()).await?;
    tx.commit().await?;
    Ok(Flash::done("View saved").redirect(&address.to_string()))
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
