//! Routes of the dashboard's payouts.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::dashboard::payouts;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/payouts", get(payouts::list::show))
        .route("/dashboard/payouts.csv", get(payouts::csv::download))
        .route("/dashboard/payouts/{id}", get(payouts::detail::show))
        .route("/dashboard/payouts/{id}/{what}", post(payouts::actions::submit))
}
