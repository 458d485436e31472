//! The pages of the affiliates' portal.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;

use crate::{payout_account, receipt, tax};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/a/payouts", get(receipt::portal::list))
        .route("/a/payouts.csv", get(receipt::portal_csv::download))
        .route("/a/payouts/{id}", get(receipt::portal::show))
        .route("/a/payouts/{id}/receipt.pdf", get(receipt::portal::pdf))
        .route("/a/payouts/year/{year}", get(receipt::portal_yearly::show))
        .route("/a/payouts/year/{year}/statement.pdf", get(receipt::portal_yearly::pdf))
        .route("/a/payouts/year/{year}/statement.csv", get(receipt::portal_yearly::csv))
        .route("/a/payouts/setup", get(payout_account::portal::show))
        .route("/a/payouts/setup/stripe", post(payout_account::portal_actions::stripe))
        .route("/a/payouts/setup/go", get(payout_account::portal::go))
        .route("/a/payouts/setup/onboard", get(payout_account::portal::onboard))
        .route("/a/payouts/setup/return", get(payout_account::portal::back))
        .route("/a/payouts/setup/dashboard", get(payout_account::portal::dashboard))
        .route("/a/payouts/setup/over", post(payout_account::portal_actions::over))
        .route("/a/payouts/setup/method", post(payout_account::portal_actions::method))
        .route("/a/tax", get(tax::portal::show))
        .route("/a/tax/{kind}", get(tax::portal::form).post(tax::portal::sign))
        .route("/a/tax/{kind}/upload", get(tax::portal_upload::show).merge(tax::portal_upload::post()))
        .route("/a/tax/forms/{id}/file", post(tax::portal::file))
}
