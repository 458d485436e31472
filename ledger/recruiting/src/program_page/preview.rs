//! A page before it is there for everybody, for its own people.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::ProgramId;

use super::{
    show::{self, ProgramPage},
    view::{self, Form},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::path::PathId,
    error::Error,
    page::{Html, PageError},
    state::AppState,
};

/// `GET /dashboard/programs/{id}/page/preview`: the page as everybody would see it, its form at rest.
///
/// # Errors
/// 404 for what is not the person's, and where the program is out of use.
pub async fn preview(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    PathId(program): PathId<ProgramId>,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let offer = view::load(&mut tx, &state, organization, program).await?;
    tx.commit().await?;
    let form = Form::blank(&offer.row);
    let page = ProgramPage::preview(offer, form, &state, organization);
    Ok(Html(page).into_response())
}

/// `GET /dashboard/programs/{id}/page/style.css`: the sheet of a page that is not there for everybody yet.
pub async fn style(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    PathId(program): PathId<ProgramId>,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let sheet = show::sheet(&mut tx, organization, program).await?;
    tx.commit().await?;
    Ok(show::as_sheet(sheet))
}
