//! The dashboard itself: organizations, what is going on, and what needs a look.

use axum::{
    Router,
    routing::{get, post},
};

use crate::{
    asset,
    dashboard::{attention, checklist, events, overview, review, search, troubles},
    inquiry,
    organization::choose,
    state::AppState,
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard", get(overview::page))
        .route("/dashboard/organizations", get(choose::show))
        .route("/dashboard/organizations/new", get(choose::show).post(choose::make))
        .route("/dashboard/organizations/undo", post(choose::undo))
        .route("/dashboard/test-mode", post(choose::test_mode))
        .route("/dashboard/live", get(overview::live))
        .route("/dashboard/events", get(events::stream))
        .route("/dashboard/figures.csv", get(overview::download))
        .route("/dashboard/search", get(search::show))
        .route("/dashboard/first-steps/host", post(checklist::act::claim_host))
        .route("/dashboard/first-steps/dismiss", post(checklist::act::dismiss))
        .route("/dashboard/quarantine/{id}", post(attention::decide))
        .route("/dashboard/troubles/dismiss", post(troubles::dismiss::submit))
        .route("/dashboard/review", get(review::page::show).post(review::many::decide))
        .route("/dashboard/review.csv", get(review::csv::download))
        .route("/dashboard/review/{id}", post(review::page::decide))
        .route("/dashboard/joins/{id}", post(review::joins::decide))
        .route("/dashboard/inquiries", get(inquiry::page::show))
        .route("/dashboard/inquiries.csv", get(inquiry::csv::download))
        .route("/dashboard/inquiries/{id}", get(inquiry::page_one::show).post(inquiry::decide::submit))
        .route("/dashboard/assets", get(asset::page::show).merge(asset::change::post()))
        .route("/dashboard/assets/{id}/file", get(asset::page::file))
        .route("/dashboard/assets/{id}/delete", post(asset::change::delete))
}
