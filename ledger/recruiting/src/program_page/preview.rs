//! Previews a page for its own team before it is published.

use axum::{
    extract::State,
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
    page::{Html, PageError, language::PageLanguage},
    state::AppState,
};

/// `GET /dashboard/programs/{id}/page/preview`: shows the page as visitors would see it, in each language, with the form
/// disabled.
///
/// # Errors
/// 404 for an organization that isn't the person's, and if the program is archived.
pub async fn preview(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    language: PageLanguage,
    PathId(program): PathId<ProgramId>,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let offer = view::load(&mut tx, &state, program, language.t).await?;
    tx.commit().await?;
    let form = Form::blank(&offer);
    let page = ProgramPage::preview(offer, form, &state, (organization, language));
    Ok(Html(page).into_response())
}

/// `GET /dashboard/programs/{id}/page/style.css`: serves the style sheet of a page that isn't published yet.
pub async fn style(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    PathId(program): PathId<ProgramId>,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let sheet = show::sheet(&mut tx, program).await?;
    tx.commit().await?;
    Ok(show::as_sheet(sheet))
}
