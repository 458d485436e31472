//! Pages of nobody in particular, and what all pages need.

use axum::{Router, response::Redirect, routing::get};

use crate::{file, operations::security_txt, page::assets, state::AppState, status};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/dashboard") }))
        .route("/assets/{version}/{name}", get(assets::serve))
        .route("/files/{token}", get(file::handler::fetch))
        .route("/status", get(status::handler::page))
        .route("/security", get(security_txt::page))
        .route("/favicon.ico", get(assets::icon))
}
