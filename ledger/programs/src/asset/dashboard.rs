//! `/dashboard/assets`: the promotional assets for the brand's affiliates.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use shared::id::{OrganizationId, ProgramId};

use super::{
    serve,
    store::{self, Filter, Form},
    view::View,
};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::Result,
    form::{Fields, Problems},
    page::{Html, PageError},
    state::AppState,
};

pub(super) const HERE: &str = "/dashboard/assets";

#[derive(Debug, askama::Template)]
#[template(path = "assets.html")]
pub(super) struct AssetsPage {
    frame: Frame,
    rows: Vec<View>,
    programs: Vec<(ProgramId, String)>,
    fields: Fields,
    problems: Problems,
    done: Option<&'static str>,
}

impl AssetsPage {
    /// The value that was entered into the form of this kind, if it was rejected.
    fn given(&self, kind: &str, name: &str) -> &str {
        if self.fields.raw("kind") == kind { self.fields.raw(name) } else { "" }
    }

    fn wrong(&self, kind: &str, name: &str) -> Option<&str> {
        self.problems.of(name).filter(|_| self.fields.raw("kind") == kind)
    }

    /// A file that is too large arrives without its fields.
    fn is_open(&self, kind: &str) -> bool {
        let given = self.fields.raw("kind");
        given == kind || (kind == "File" && given.is_empty() && self.problems.of("file").is_some())
    }
}

/// `GET /dashboard/assets`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let done = match query.text("done").as_deref() {
        Some("added") => Some("Asset added. Your affiliates can see it now."),
        Some("deleted") => Some("Asset deleted."),
        _ => None,
    };
    let page = load(&state, &session, organization, Fields::default(), Problems::default()).await?;
    Ok(Html(AssetsPage { done, ..page }).into_response())
}

pub(super) async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    fields: Fields,
    problems: Problems,
) -> Result<AssetsPage> {
    let frame = Frame::load(state, session, organization, HERE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let rows = store::list(&mut tx, &Filter::default()).await?;
    let programs = store::programs(&mut tx).await?;
    tx.commit().await?;
    Ok(AssetsPage { frame, rows: rows.into_iter().map(View::of).collect(), programs, fields, problems, done: None })
}

/// `GET /dashboard/assets/{id}/file`.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the storage or the database is unavailable.
pub async fn file(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(serve::file(&state, organization, None, (&id, false)).await?)
}
