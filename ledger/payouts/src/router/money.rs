//! The dashboard's pages about payouts.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::{
    payout_account, payout_connection, payout_details, payout_run, payout_settings, receipt, reconciliation, tax,
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/payouts/{id}/receipt.pdf", get(receipt::dashboard::pdf))
        .route(
            "/dashboard/payouts/reconciliation",
            get(reconciliation::dashboard::show).merge(post(reconciliation::dashboard::start)),
        )
        .route("/dashboard/payouts/pay", get(payout_run::pay::show).merge(post(payout_run::pay::submit)))
        .route("/dashboard/payouts/runs", get(payout_run::dashboard::show).merge(post(payout_run::dashboard::propose)))
        .route("/dashboard/payouts/runs.csv", get(payout_run::csv::download))
        .route("/dashboard/payouts/runs/{id}", get(payout_run::detail::show))
        .route("/dashboard/payouts/runs/{id}/live", get(payout_run::detail::live))
        .route("/dashboard/payouts/runs/{id}/approve", post(payout_run::detail::approve))
        .route("/dashboard/payouts/runs/{id}/cancel", post(payout_run::detail::cancel))
        .route("/dashboard/payouts/runs/{id}/export", post(payout_run::dashboard_files::export))
        .route("/dashboard/payouts/runs/{id}/import", payout_run::dashboard_files::import_post())
        .route("/dashboard/payouts/runs/{id}/remittance.csv", get(payout_run::dashboard_files::remittance))
        .route(
            "/dashboard/payouts/settings",
            get(payout_settings::dashboard::show).merge(post(payout_settings::dashboard::save)),
        )
        .route("/dashboard/payouts/accounts", get(payout_account::dashboard::show))
        .route("/dashboard/payouts/accounts/{id}/{what}", post(payout_account::dashboard::act))
        .route("/dashboard/payouts/accounts/{id}/details", post(payout_details::show))
        .route(
            "/dashboard/payouts/connection",
            get(payout_connection::dashboard::show).merge(post(payout_connection::dashboard::connect)),
        )
        .route("/dashboard/payouts/connection/test", post(payout_connection::dashboard::test))
        .route("/dashboard/payouts/connection/disconnect", post(payout_connection::dashboard::disconnect))
        .route("/dashboard/payouts/tax", get(tax::dashboard::show))
        .route("/dashboard/payouts/tax/{year}/payees.csv", get(tax::dashboard::payees))
        .route("/dashboard/payouts/tax/{year}/1099-nec.csv", post(tax::dashboard::nec_forms))
        .route("/dashboard/payouts/tax/forms/{id}", get(tax::detail::show))
        .route("/dashboard/payouts/tax/forms/{id}/show", post(tax::detail::reveal))
        .route("/dashboard/payouts/tax/forms/{id}/file", post(tax::detail::file))
        .route("/dashboard/payouts/tax/forms/{id}/accept", post(tax::detail::accept))
        .route("/dashboard/payouts/tax/forms/{id}/reject", post(tax::detail::reject))
}
