//! Routes of the overview, test mode, review, search and missing-sale claims.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::{
    dashboard::{
        alerts, analysis, checklist, events, overview, pick, quarantine, review, search, test_mode, undo, views,
    },
    missing_sale_claim,
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard", get(overview::page))
        .route("/dashboard/live", get(overview::live))
        .route("/dashboard/why", post(overview::explained::show))
        .route("/dashboard/events", get(events::stream))
        .route("/dashboard/figures.csv", get(overview::download))
        .route("/dashboard/analysis", get(analysis::forecast::show))
        .route("/dashboard/analysis/cohorts", get(analysis::cohorts::show))
        .route("/dashboard/analysis/cohorts.csv", get(analysis::cohorts::download))
        .route("/dashboard/analysis/leaderboard", get(analysis::leaders::show))
        .route("/dashboard/analysis/leaderboard.csv", get(analysis::leaders::download))
        .route("/dashboard/undo/{token}", post(undo::submit))
        .route("/dashboard/views", post(views::actions::save))
        .route("/dashboard/views/{id}/delete", post(views::actions::delete))
        .route("/dashboard/search", get(search::show))
        .route("/dashboard/search.json", get(search::palette::search))
        .route("/dashboard/pick.json", get(pick::affiliates))
        .route("/dashboard/palette.json", get(search::palette::show))
        .route("/dashboard/first-steps/host", post(checklist::actions::claim_host))
        .route("/dashboard/first-steps/dismiss", post(checklist::actions::dismiss))
        .route("/dashboard/test-mode", get(test_mode::show).merge(post(test_mode::actions::open)))
        .route("/dashboard/test-mode/reset", post(test_mode::actions::reset))
        .route("/dashboard/test-mode/sample", post(test_mode::sample::fill))
        .route("/dashboard/test-sale", post(test_mode::sale::submit))
        .route("/dashboard/quarantine/{id}", post(quarantine::decide))
        .route("/dashboard/troubles", get(quarantine::list::show).merge(post(quarantine::list::decide)))
        .route("/dashboard/troubles/dismiss", post(alerts::dismiss::submit))
        .route("/dashboard/review", get(review::list::show).merge(post(review::bulk_actions::decide)))
        .route("/dashboard/review.csv", get(review::csv::download))
        .route("/dashboard/review/{id}", post(review::list::decide))
        .route("/dashboard/joins/{id}", post(review::joins::decide))
        .route("/dashboard/inquiries", get(missing_sale_claim::dashboard::show))
        .route("/dashboard/inquiries.csv", get(missing_sale_claim::csv::download))
        .route(
            "/dashboard/inquiries/{id}",
            get(missing_sale_claim::detail::show).merge(post(missing_sale_claim::decide::submit)),
        )
}
