//! `/a/network/elsewhere`: a creator's applications to programs of other installations, what became of them, and the way
//! to take them back.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use kit::{
    api::query::Query,
    db::Holder,
    error::Error,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};
use uuid::Uuid;

use super::store::{self, Own};
use crate::{
    creator::{frame::Frame, session::CreatorSession},
    federation,
};

/// Below the page of applications here, whose section of the menu it belongs to.
pub(super) const PLACE: &str = "/a/network/applications/elsewhere";

#[derive(Debug, askama::Template)]
#[template(path = "creator_elsewhere.html")]
struct ElsewherePage {
    t: Texts,
    frame: Frame,
    rows: Vec<Own>,
    done: Option<&'static str>,
}

impl ElsewherePage {
    /// What the status of an application means: one that failed so far, and one that was given up, have their own words.
    fn state(row: &Own) -> &str {
        match (row.status.as_str(), row.problem.as_deref()) {
            ("Sending", _) if row.failures > 0 => "Failing",
            ("Refused", Some("unknown_peer")) => "NotTaken",
            ("Refused", Some("unavailable")) => "Unreachable",
            (status, _) => status,
        }
    }
}

/// `GET /a/network/applications/elsewhere`.
///
/// # Errors
/// 404 if this installation doesn't federate; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: CreatorSession,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    federation::open(&state)?;
    let done = match query.text("done").as_deref() {
        Some("sent") => Some("creator-elsewhere-sent"),
        Some("known") => Some("creator-elsewhere-known"),
        Some("withdrawn") => Some("creator-elsewhere-withdrawn"),
        _ => None,
    };
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let rows = store::list(&mut tx, session.creator).await?;
    tx.commit().await?;
    Ok(Html(ElsewherePage { t: session.t, frame: session.frame(PLACE), rows, done }).into_response())
}

/// `POST /a/network/applications/elsewhere/{id}/withdraw`: takes an application back.
///
/// # Errors
/// 404 if the creator has no such application, or it is over.
pub async fn withdraw(
    State(state): State<AppState>,
    session: CreatorSession,
    Path(id): Path<String>,
) -> std::result::Result<Response, PageError> {
    federation::open(&state)?;
    let id: Uuid = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    if !store::withdraw(&mut tx, (id, session.creator), state.clock.now()).await? {
        return Err(Error::not_found().into());
    }
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PLACE}?done=withdrawn")).into_response())
}
