//! Routes of organizations in the dashboard.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;

use crate::organization::choose;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/organizations", get(choose::show))
        .route("/dashboard/organizations/new", get(choose::show).post(choose::make))
        .route("/dashboard/organizations/undo", post(choose::undo))
}
