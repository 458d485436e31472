//! Routes of `contact`.

use axum::Router;
use kit::state::AppState;
use utoipa_axum::router::OpenApiRouter;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
}

pub(super) fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
}
