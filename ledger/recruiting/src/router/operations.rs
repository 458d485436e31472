//! The API's operations; the path of each is in the `#[utoipa::path]` above its handler.

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
