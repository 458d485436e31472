//! `GET /status` and `GET /api/status`: the public status, the same for everyone.

use axum::{
    Json,
    extract::State,
    http::header::CACHE_CONTROL,
    response::{IntoResponse, Response},
};
use time::Duration;

use super::{
    store,
    view::{self, DAYS, Document, Shown},
};
use kit::{db::Holder, page::Html, state::AppState};
use rules::format;

const INCIDENTS: i64 = 20;

#[derive(Debug, askama::Template)]
#[template(path = "status.html")]
struct StatusPage {
    shown: Shown,
    /// The history can't be read right now.
    without_history: bool,
    checked_at: String,
}

/// `GET /status`: shows the status page.
pub async fn page(State(state): State<AppState>) -> Response {
    let (shown, without_history) = load(&state).await;
    let checked_at = checked_at(&state).map_or_else(|| "not yet".to_owned(), format::moment);
    Html(StatusPage { shown, without_history, checked_at }).into_response()
}

/// Retrieve the status
///
/// Returns the status of each component of this installation, checked every 30 seconds. Public; contains no
/// organization's data.
#[utoipa::path(get, path = "/api/status", tag = "Status", operation_id = "getStatus", security(()),
    responses((status = 200, description = "The status, even while components are down", body = Document)))]
pub async fn read(State(state): State<AppState>) -> Response {
    let (shown, _) = load(&state).await;
    let document = view::document(shown, checked_at(&state));
    ([(CACHE_CONTROL, "public, max-age=15")], Json(document)).into_response()
}

fn checked_at(state: &AppState) -> Option<shared::timestamp::Timestamp> {
    state.status.all().values().map(|(finding, _)| finding.at).max()
}

/// Loads the current status, with the history if the database answers.
async fn load(state: &AppState) -> (Shown, bool) {
    let today = state.clock.wall().to_date_time();
    let since = today - Duration::days(i64::try_from(DAYS).unwrap_or_default());
    let history = async {
        let mut tx = state.db.global(Holder::Nothing).await?;
        let days = store::days(&mut tx, since.date()).await?;
        let incidents = store::incidents(&mut tx, INCIDENTS).await?;
        tx.commit().await?;
        Ok::<_, sqlx::Error>((days, incidents))
    };
    let (days, incidents, without) = match history.await {
        Ok((days, incidents)) => (days, incidents, false),
        Err(error) => {
            tracing::warn!(event = "status.history_unread", "could not read the status history: {error}");
            (Vec::new(), Vec::new(), true)
        }
    };
    (view::shown(&state.status.all(), &days, incidents, today.date()), without)
}
