//! `/a/assets`: the promotional assets for an affiliate.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};

use super::{
    serve,
    store::{self, Filter, Form},
    view::View,
};
use crate::link::share::{self, Share};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::query::Query,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

#[derive(Debug, askama::Template)]
#[template(path = "assets_portal.html")]
struct AssetsPage {
    t: Texts,
    frame: Frame,
    organization: String,
    rows: Vec<View>,
    /// Brings the ready texts.
    link: Option<Share>,
}

/// `GET /a/assets`.
pub async fn show(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    let mut tx = state.db.tenant(session.organization).await?;
    let rows = store::list(&mut tx, &Filter::of(Some(session.affiliate))).await?;
    let of = (session.organization_name.as_str(), session.affiliate);
    let link = share::main(&mut tx, &state, session.t, of).await?;
    tx.commit().await?;
    let page = AssetsPage {
        t: session.t,
        frame: session.frame("/a/assets"),
        link,
        rows: rows.into_iter().map(View::of).collect(),
        organization: session.organization_name,
    };
    Ok(Html(page).into_response())
}

/// `GET /a/assets/{id}/file`; with `save=yes` as a download.
///
/// # Errors
/// 404 for what the affiliate may not see; 503 if the storage or the database is unavailable.
pub async fn file(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(id): Path<String>,
    mut query: Query,
) -> Result<Response, PageError> {
    let save = query.text("save").is_some();
    Ok(serve::file(&state, session.organization, Some(session.affiliate), (&id, save)).await?)
}
