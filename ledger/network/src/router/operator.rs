//! Routes of `operator`.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::operator::{act, page};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/network/operator/reports", get(page::show))
        .route("/network/operator/reports/{organization}/{report}/{what}", post(act::report))
        .route("/network/operator/creators/{creator}/{what}", post(act::creator))
        .route("/network/operator/flags/{flag}/{what}", post(act::flag))
        .route("/network/operator/brands/{organization}/{what}", post(act::of_brand))
}
