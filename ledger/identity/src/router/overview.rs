//! Routes of organizations in the dashboard.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::organization::choose;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/organizations", get(choose::show))
        .route("/dashboard/organizations/new", get(choose::show).merge(post(choose::make)))
        .route("/dashboard/organizations/undo", post(choose::undo))
}
