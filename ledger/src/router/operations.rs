//! The API's operations: those of every crate, and this crate's own, one line each.
//!
//! The path of each is in the `#[utoipa::path]` above its handler, so the description and the router always agree.

use kit::routes;
use utoipa_axum::router::OpenApiRouter;

use crate::privacy;
use kit::{api, state::AppState};

/// Every operation of the API, each with its description.
pub fn operations() -> OpenApiRouter<AppState> {
    api::document::router()
        .merge(identity::router::operations())
        .merge(engine::router::operations())
        .merge(programs::router::operations())
        .merge(integrations::router::operations())
        .merge(payouts::router::operations())
        .merge(recruiting::router::operations())
        .merge(network::router::operations())
        .merge(ui::router::operations())
        .merge(agents::router::operations())
        .routes(routes!(privacy::retention_api::read, privacy::retention_api::set))
        .routes(routes!(privacy::api::export_customer))
        .routes(routes!(privacy::api::export_affiliate))
        .routes(routes!(privacy::api::erase_customer))
        .routes(routes!(privacy::api::erase_affiliate))
}
