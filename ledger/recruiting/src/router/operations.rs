//! The API's operations: each carries its path in the `#[utoipa::path]` above the handler.

use kit::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::import::api as imports;

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(imports::list, imports::create))
        .routes(routes!(imports::read))
        .routes(routes!(imports::rows))
        .routes(routes!(imports::start))
        .routes(routes!(imports::cancel))
}
