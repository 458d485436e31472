//! Routes of `matching`.

use axum::Router;
use kit::route::{get, post};
use kit::{routes, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::matching::{api, dashboard, portal};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/a/network", get(portal::show))
        .route("/dashboard/network", get(dashboard::show))
        .route("/dashboard/network/creators/{id}/{what}", post(dashboard::act))
}

pub(super) fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(api::list)).routes(routes!(api::read, api::mark))
}
