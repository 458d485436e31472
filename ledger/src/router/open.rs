//! Pages that need no sign-in, and resources that all pages need.

use axum::Router;
use axum::response::Redirect;
use kit::{route::get, state::AppState};

use crate::operations::security_txt;
use kit::page::assets;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/", get(|| async { Redirect::to("/dashboard") }))
        .route("/assets/{version}/{name}", get(assets::serve))
        .route("/security", get(security_txt::page))
        .route("/favicon.ico", get(assets::icon))
}
