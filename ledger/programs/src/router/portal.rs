//! Routes of the affiliate portal.

use axum::{Router, routing::get};
use kit::state::AppState;

use crate::asset;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/a/assets", get(asset::portal::show)).route("/a/assets/{id}/file", get(asset::portal::file))
}
