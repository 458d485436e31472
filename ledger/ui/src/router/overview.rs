//! The dashboard itself.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;

use crate::{
    dashboard::{attention, checklist, events, overview, review, search, troubles},
    inquiry,
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard", get(overview::page))
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
}
