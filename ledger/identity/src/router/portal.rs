//! Routes of the affiliate portal.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;

use crate::portal::{brands, session, stylesheet};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/assets/brand/{name}", get(stylesheet::serve))
        .route("/a/leave", post(session::leave))
        .route("/a/switch", post(brands::switch))
}
