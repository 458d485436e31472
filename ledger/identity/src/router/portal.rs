//! Routes of the affiliate portal.

use axum::{Router, middleware};
use kit::route::{get, post};
use kit::{page::language, state::AppState};

use crate::{
    organization::logo,
    portal::{app, brands, icon, session, stylesheet},
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/assets/brand/{name}", get(stylesheet::serve))
        .route("/assets/logo/{organization}", get(logo::serve))
        .route("/assets/icon/{name}", get(icon::serve))
        .route("/a/manifest.webmanifest", get(app::manifest))
        .route("/a/sw.js", get(app::service_worker))
        .route("/a/offline", get(app::offline))
        .route("/a/leave", post(session::leave))
        .route("/a/switch", post(brands::switch))
        .route("/a/open", get(brands::open))
        // An affiliate's errors, in the language of their browser.
        .route_layer(middleware::from_fn(language::translate_errors))
}
