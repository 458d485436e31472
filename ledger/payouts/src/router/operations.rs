//! The API's operations: each has its path in the `#[utoipa::path]` above its handler.

use kit::{routes, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    payout, payout_account, payout_connection, payout_run, payout_settings, receipt, reconciliation, statement, tax,
};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(payout::api::list, payout::api::create))
        .routes(routes!(payout::api::read))
        .routes(routes!(payout_run::api::list, payout_run::api::create))
        .routes(routes!(payout_run::api::preview))
        .routes(routes!(payout_run::api::read))
        .routes(routes!(payout_run::api::approve))
        .routes(routes!(payout_run::api::cancel))
        .routes(routes!(payout_run::files::export))
        .routes(routes!(payout_run::files::import))
        .routes(routes!(payout_run::files::remittance))
        .routes(routes!(payout_settings::api::read, payout_settings::api::change))
        .routes(routes!(payout_connection::api::read, payout_connection::api::set, payout_connection::api::delete))
        .routes(routes!(payout_connection::api::test))
        .routes(routes!(payout_account::api::read, payout_account::api::create))
        .routes(routes!(payout_account::api::login_link))
        .routes(routes!(payout_account::method_api::set))
        .routes(routes!(payout_account::hold_api::set, payout_account::hold_api::delete))
        .routes(routes!(payout_connection::api::balance))
        .routes(routes!(payout::actions_api::items))
        .routes(routes!(payout::actions_api::attempts))
        .routes(routes!(payout::actions_api::retry))
        .routes(routes!(payout::actions_api::cancel))
        .routes(routes!(payout::actions_api::mark_sent))
        .routes(routes!(payout::actions_api::mark_failed))
        .routes(routes!(reconciliation::api::list, reconciliation::api::create))
        .routes(routes!(reconciliation::api::differences))
        .routes(routes!(receipt::api::receipt))
        .routes(routes!(receipt::api::receipt_pdf))
        .routes(routes!(receipt::api::yearly))
        .routes(routes!(statement::balances::of_affiliate))
        .routes(routes!(statement::balances::of_organization))
        .routes(routes!(statement::lines::statement))
        .routes(routes!(tax::api::list, tax::upload_api::create))
        .routes(routes!(tax::api::read))
        .routes(routes!(tax::api::accept))
        .routes(routes!(tax::api::reject))
        .routes(routes!(tax::api::file_url))
        .routes(routes!(tax::year_api::read))
        .routes(routes!(tax::year_api::payees))
        .routes(routes!(tax::year_api::nec_forms))
}
