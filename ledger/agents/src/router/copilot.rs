//! The co-pilot: its pages, and the operations that connect its model.

use axum::{Router, extract::DefaultBodyLimit, middleware};
use kit::route::{get, post};
use kit::routes;
use utoipa_axum::router::OpenApiRouter;

use crate::copilot::{api, dashboard, decide, plan, portal_settings, settings};
use identity::access::same_origin;
use kit::state::AppState;

const FORM_BYTES_MAX: usize = 64 * 1024;

/// The path of each is in the `#[utoipa::path]` above its handler.
pub(super) fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().routes(routes!(api::read, api::set, api::delete)).routes(routes!(api::test))
}

/// Forms come from our own pages.
pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/copilot", get(dashboard::show).merge(post(dashboard::begin)))
        .route("/dashboard/copilot/export", get(dashboard::download))
        .route("/dashboard/copilot/delete-all", post(dashboard::delete_all))
        .route("/dashboard/copilot/plan", get(plan::show).merge(post(plan::draft)))
        .route("/dashboard/copilot/{id}", get(dashboard::open).merge(post(dashboard::send)))
        .route("/dashboard/copilot/{id}/delete", post(dashboard::delete))
        .route("/dashboard/copilot/{id}/actions/{action}", post(decide::decide))
        .route("/dashboard/settings/copilot", get(settings::show).merge(post(settings::save)))
        .route("/dashboard/settings/copilot/test", post(settings::test))
        .route("/dashboard/settings/copilot/affiliates", post(portal_settings::save))
        .route("/dashboard/settings/copilot/disconnect", post(settings::disconnect))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .route_layer(middleware::from_fn(same_origin::guard))
}
