//! Recruiting in the dashboard: invitations, imports, and the way out of letters.

use axum::{
    Router,
    routing::{get, post},
};

use crate::{import, install, mail::unsubscribe, recruit, state::AppState};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/recruit", get(recruit::page::show).merge(recruit::page::submit_post()))
        .route("/dashboard/recruit/invites", get(recruit::invites::show))
        .route("/dashboard/recruit/invites.csv", get(recruit::invites::download))
        .route("/dashboard/recruit/invites/{id}/{what}", post(recruit::invites::act))
        .route("/unsubscribe/invitations/{token}", get(unsubscribe::ask).post(unsubscribe::done))
        .route("/dashboard/install", get(install::page::show).post(install::page::submit))
        .route("/dashboard/imports.csv", get(import::csv::download))
        .route("/dashboard/imports", get(import::page::show).merge(import::page::upload_post()))
        .route("/dashboard/imports/{id}", get(import::page_one::show))
        .route("/dashboard/imports/{id}/report.csv", get(import::page_one::report))
        .route("/dashboard/imports/{id}/{what}", post(import::page_one::act))
}
