//! The routes of this crate: the endpoint for assistants, which is no operation of the API, and the pages where a person
//! confirms what an assistant requested.

mod confirm;

use std::sync::Arc;

use axum::{Extension, Router, routing::post};
use utoipa::openapi::OpenApi;

use crate::{mcp::endpoint, server::Server};
use kit::state::AppState;

/// `api` serves the operations that `described` lists.
pub fn router(api: Router, described: OpenApi) -> Router<AppState> {
    let server = Arc::new(Server::new(api, described));
    Router::new().route("/mcp", post(endpoint::serve)).merge(confirm::pages()).layer(Extension(server))
}
