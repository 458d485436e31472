//! Routes of the affiliate portal.

use axum::{Router, middleware};
use kit::route::{get, post};
use kit::{page::language, state::AppState};

use crate::{asset, reward};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/a/assets", get(asset::portal::show))
        .route("/a/assets/kit.zip", get(asset::media_kit::download))
        .route("/a/assets/{id}/file", get(asset::portal::file))
        .route("/a/rewards", get(reward::portal::show))
        .route("/a/rewards/name", post(reward::leaderboard::choose))
        .route("/a/rewards/{id}", reward::submit::route())
        // An affiliate's errors, in the language of their browser.
        .route_layer(middleware::from_fn(language::translate_errors))
}
