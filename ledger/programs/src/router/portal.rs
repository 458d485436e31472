//! Routes of the affiliate portal.

use axum::{Router, middleware, routing::get};
use kit::{page::language, state::AppState};

use crate::asset;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/a/assets", get(asset::portal::show))
        .route("/a/assets/kit.zip", get(asset::media_kit::download))
        .route("/a/assets/{id}/file", get(asset::portal::file))
        // An affiliate's errors, in the language of their browser.
        .route_layer(middleware::from_fn(language::translate_errors))
}
