//! API operations; each has its path in the `#[utoipa::path]` above its handler.

use kit::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::status;

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(crate::api::conversions::list))
        .routes(routes!(crate::api::conversions::read))
        .routes(routes!(crate::api::commissions::list))
        .routes(routes!(crate::api::commissions::read))
        .routes(routes!(crate::api::clicks::summary))
        .routes(routes!(status::api::read))
}
