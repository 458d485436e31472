//! The one route of this crate, which is no operation of the API and no page.

use std::sync::Arc;

use axum::{Extension, Router, routing::post};
use utoipa::openapi::OpenApi;

use crate::mcp::endpoint::{self, Server};
use kit::state::AppState;

/// `api` serves the operations that `described` lists.
pub fn router(api: Router, described: OpenApi) -> Router<AppState> {
    Router::new().route("/mcp", post(endpoint::serve)).layer(Extension(Arc::new(Server::new(api, described))))
}
