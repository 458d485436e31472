//! Routes of `matching`.

use axum::{Router, routing::get};
use kit::state::AppState;
use utoipa_axum::router::OpenApiRouter;

use crate::matching::portal;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/a/network", get(portal::show))
}

pub(super) fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
}
