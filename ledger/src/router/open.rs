//! Pages that need no sign-in, and resources that all pages need.

use axum::response::Redirect;
use axum::{Router, routing::get};
use kit::state::AppState;

use crate::operations::security_txt;
use kit::page::assets;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/dashboard") }))
        .route("/assets/{version}/{name}", get(assets::serve))
        .route("/security", get(security_txt::page))
        .route("/favicon.ico", get(assets::icon))
}
