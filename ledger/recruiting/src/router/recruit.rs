//! Routes of recruiting and imports in the dashboard.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::{import, recruit};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/recruit", get(recruit::dashboard::show).merge(recruit::dashboard::submit_post()))
        .route("/dashboard/recruit/invites", get(recruit::invites::show))
        .route("/dashboard/recruit/invites.csv", get(recruit::invites::download))
        .route("/dashboard/recruit/invites/{id}/{what}", post(recruit::invites::act))
        .route("/dashboard/imports.csv", get(import::csv::download))
        .route("/dashboard/imports", get(import::dashboard::show).merge(import::dashboard::upload_post()))
        .route("/dashboard/imports/{id}", get(import::detail::show))
        .route("/dashboard/imports/{id}/report.csv", get(import::report::report))
        .route("/dashboard/imports/{id}/{what}", post(import::detail::act))
}
