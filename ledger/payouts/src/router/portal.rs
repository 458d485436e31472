//! The pages of the affiliates' portal.

use axum::{Router, middleware};
use kit::route::{get, post};
use kit::{page::language, state::AppState};

use crate::{payout_account, portal, tax};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/a/payouts", get(portal::payouts::list))
        .route("/a/payouts.csv", get(portal::payouts_csv::download))
        .route("/a/payouts/{id}", get(portal::payouts::show))
        .route("/a/payouts/{id}/receipt.pdf", get(portal::payouts::pdf))
        .route("/a/payouts/year/{year}", get(portal::yearly::show))
        .route("/a/payouts/year/{year}/statement.pdf", get(portal::yearly::pdf))
        .route("/a/payouts/year/{year}/statement.csv", get(portal::yearly::csv))
        .route("/a/payouts/setup", get(payout_account::portal::show))
        .route("/a/payouts/setup/stripe", post(payout_account::portal_actions::stripe))
        .route("/a/payouts/setup/go", get(payout_account::portal::go))
        .route("/a/payouts/setup/onboard", get(payout_account::portal::onboard))
        .route("/a/payouts/setup/return", get(payout_account::portal::back))
        .route("/a/payouts/setup/dashboard", get(payout_account::portal::dashboard))
        .route("/a/payouts/setup/over", post(payout_account::portal_actions::over))
        .route("/a/payouts/setup/method", post(payout_account::portal_actions::method))
        .route("/a/tax", get(tax::portal::show))
        .route("/a/tax/{kind}", get(tax::portal::form).merge(post(tax::portal::sign)))
        .route("/a/tax/{kind}/upload", get(tax::portal_upload::show).merge(tax::portal_upload::post()))
        .route("/a/tax/forms/{id}/file", post(tax::portal::file))
        // An affiliate's errors, in the language of their browser.
        .route_layer(middleware::from_fn(language::translate_errors))
}
