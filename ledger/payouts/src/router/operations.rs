//! The API's operations: each carries its path in the `#[utoipa::path]` above the handler.

use kit::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{payout, payout_account, payout_connection, payout_run, receipt, reconciliation, statement, tax};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(payout::handler::list, payout::handler::create))
        .routes(routes!(payout::handler::read))
        .routes(routes!(payout_run::handler::list, payout_run::handler::create))
        .routes(routes!(payout_run::handler::preview))
        .routes(routes!(payout_run::handler::read))
        .routes(routes!(payout_run::handler::approve))
        .routes(routes!(payout_run::handler::cancel))
        .routes(routes!(payout_run::files::export))
        .routes(routes!(payout_run::files::import))
        .routes(routes!(payout_run::files::remittance))
        .routes(routes!(payout_run::settings_handler::read, payout_run::settings_handler::change))
        .routes(routes!(
            payout_connection::handler::read,
            payout_connection::handler::set,
            payout_connection::handler::delete
        ))
        .routes(routes!(payout_connection::handler::test))
        .routes(routes!(payout_account::handler::read, payout_account::handler::create))
        .routes(routes!(payout_account::handler::login_link))
        .routes(routes!(payout_account::method_handler::set))
        .routes(routes!(payout_account::hold_handler::set, payout_account::hold_handler::delete))
        .routes(routes!(payout_connection::handler::balance))
        .routes(routes!(payout::act_handler::items))
        .routes(routes!(payout::act_handler::attempts))
        .routes(routes!(payout::act_handler::retry))
        .routes(routes!(payout::act_handler::cancel))
        .routes(routes!(payout::act_handler::mark_sent))
        .routes(routes!(payout::act_handler::mark_failed))
        .routes(routes!(reconciliation::handler::list, reconciliation::handler::create))
        .routes(routes!(reconciliation::handler::differences))
        .routes(routes!(receipt::handler::receipt))
        .routes(routes!(receipt::handler::receipt_pdf))
        .routes(routes!(receipt::handler::yearly))
        .routes(routes!(statement::balances::of_affiliate))
        .routes(routes!(statement::balances::of_organization))
        .routes(routes!(statement::lines::statement))
        .routes(routes!(tax::handler::list, tax::upload_handler::create))
        .routes(routes!(tax::handler::read))
        .routes(routes!(tax::handler::accept))
        .routes(routes!(tax::handler::reject))
        .routes(routes!(tax::handler::file_url))
        .routes(routes!(tax::year_handler::read))
        .routes(routes!(tax::year_handler::payees))
        .routes(routes!(tax::year_handler::nec_forms))
}
