//! Routes of `listing`: the public pages, the operator's, the brand's, and the API's operations.

use axum::{Router, middleware};
use kit::route::{get, post};
use kit::routes;
use kit::{page::language, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::listing::{api, dashboard, operator, page, search, sitemap};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/network", get(search::show))
        .route("/network/{handle}", get(page::show))
        // Only the routes above: what follows is in English, or has no words.
        .route_layer(middleware::from_fn(language::translate_errors))
        .route("/network/sitemap.xml", get(sitemap::show))
        .route("/network/operator", get(operator::show))
        .route("/network/operator/{organization}/{program}/{what}", post(operator::decide))
        .route("/dashboard/programs/{id}/network", get(dashboard::show).merge(post(dashboard::act)))
}

pub(super) fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(api::read, api::save))
        .routes(routes!(api::submit))
        .routes(routes!(api::pause))
        .routes(routes!(api::withdraw))
}
