//! Routes of the affiliate portal.

use axum::{
    Router, middleware,
    routing::{get, post},
};
use kit::{page::language, state::AppState};

use crate::{
    organization::logo,
    portal::{brands, session, stylesheet},
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/assets/brand/{name}", get(stylesheet::serve))
        .route("/assets/logo/{organization}", get(logo::serve))
        .route("/a/leave", post(session::leave))
        .route("/a/switch", post(brands::switch))
        // An affiliate's errors, in the language of their browser.
        .route_layer(middleware::from_fn(language::translate_errors))
}
