//! Previews a page for its own team before it is published.

use axum::{
    Form as Typed,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::{OrganizationId, ProgramId};

use super::{
    draft, editor,
    show::{self, ProgramPage},
    view::{self, Form, Offer},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::{
        path::{PathId, parse_id},
        query::Query,
    },
    form::Fields,
    page::{Html, PageError, color, language::PageLanguage},
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
    let offer = load(&state, (organization, program), language).await?;
    Ok(page(offer, &state, (organization, language)))
}

/// `POST /dashboard/programs/{id}/page/preview`: shows the page as the editor's form has it, which may be unfinished. A
/// script puts it beside the form while someone types. Nothing is saved.
///
/// # Errors
/// As [`preview`].
pub async fn draft(
    State(state): State<AppState>,
    session: Session,
    language: PageLanguage,
    Path(id): Path<String>,
    Typed(form): Typed<Fields>,
) -> Result<Response, PageError> {
    let organization = session.member(Some(form.text("organization")), Right::Operate)?.organization;
    let program: ProgramId = parse_id(&id)?;
    let mut offer = load(&state, (organization, program), language).await?;
    draft::show(&form, &mut offer, state.clock.now())?;
    Ok(page(offer, &state, (organization, language)))
}

async fn load(
    state: &AppState,
    (organization, program): (OrganizationId, ProgramId),
    language: PageLanguage,
) -> kit::error::Result<Offer> {
    let mut tx = state.db.tenant(organization).await?;
    let row = editor::row(&mut tx, state, program).await?;
    let offer = view::of_row(&mut tx, state, (program, row), language.t).await?;
    tx.commit().await?;
    Ok(offer)
}

fn page(offer: Offer, state: &AppState, shown: (OrganizationId, PageLanguage)) -> Response {
    let form = Form::blank(&offer);
    Html(ProgramPage::preview(offer, form, state, shown)).into_response()
}

/// `GET /dashboard/programs/{id}/page/style.css`: serves the style sheet of a page that isn't published yet; with
/// `scope=preview`, for a page that is shown inside another.
pub async fn style(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    PathId(program): PathId<ProgramId>,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let sheet = show::sheet(&mut tx, program).await?;
    tx.commit().await?;
    let is_inside = query.peek("scope") == Some("preview");
    Ok(show::as_sheet(if is_inside { color::within(&sheet, ".offer-page") } else { sheet }))
}
