//! Payouts, in the dashboard.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;

use crate::{payout_account, payout_connection, payout_run, receipt, reconciliation, tax};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/payouts/{id}/receipt.pdf", get(receipt::page::pdf))
        .route("/dashboard/payouts/reconciliation", get(reconciliation::page::show).post(reconciliation::page::ask))
        .route("/dashboard/payouts/runs", get(payout_run::page::show).post(payout_run::page::propose))
        .route("/dashboard/payouts/runs.csv", get(payout_run::csv::download))
        .route("/dashboard/payouts/runs/{id}", get(payout_run::page_one::show))
        .route("/dashboard/payouts/runs/{id}/approve", post(payout_run::page_one::approve))
        .route("/dashboard/payouts/runs/{id}/cancel", post(payout_run::page_one::cancel))
        .route("/dashboard/payouts/runs/{id}/export", post(payout_run::page_files::export))
        .route("/dashboard/payouts/runs/{id}/import", payout_run::page_files::import_post())
        .route("/dashboard/payouts/runs/{id}/remittance.csv", get(payout_run::page_files::remittance))
        .route(
            "/dashboard/payouts/settings",
            get(payout_run::settings_page::show).post(payout_run::settings_page::save),
        )
        .route("/dashboard/payouts/accounts", get(payout_account::page::show))
        .route("/dashboard/payouts/accounts/{id}/{what}", post(payout_account::page::act))
        .route("/dashboard/payouts/accounts/{id}/details", post(payout_account::reveal::show))
        .route(
            "/dashboard/payouts/connection",
            get(payout_connection::page::show).post(payout_connection::page::connect),
        )
        .route("/dashboard/payouts/connection/test", post(payout_connection::page::test))
        .route("/dashboard/payouts/connection/disconnect", post(payout_connection::page::disconnect))
        .route("/dashboard/payouts/tax", get(tax::page::show))
        .route("/dashboard/payouts/tax/{year}/payees.csv", get(tax::page::payees))
        .route("/dashboard/payouts/tax/{year}/1099-nec.csv", post(tax::page::nec_forms))
        .route("/dashboard/payouts/tax/forms/{id}", get(tax::page_one::show))
        .route("/dashboard/payouts/tax/forms/{id}/show", post(tax::page_one::reveal))
        .route("/dashboard/payouts/tax/forms/{id}/file", post(tax::page_one::file))
        .route("/dashboard/payouts/tax/forms/{id}/accept", post(tax::page_one::accept))
        .route("/dashboard/payouts/tax/forms/{id}/reject", post(tax::page_one::reject))
}
