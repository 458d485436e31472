//! Dashboard routes for assets.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::asset;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/assets", get(asset::dashboard::show).merge(asset::change::post()))
        .route("/dashboard/assets/{id}/file", get(asset::dashboard::file))
        .route("/dashboard/assets/{id}/delete", post(asset::change::delete))
}
