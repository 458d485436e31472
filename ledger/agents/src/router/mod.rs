//! The routes of this crate: the endpoint for assistants, which is no operation of the API, and the pages where a person
//! confirms what an assistant requested.

use std::sync::Arc;

use axum::{
    Extension, Router,
    extract::DefaultBodyLimit,
    middleware,
    routing::{get, post},
};
use utoipa::openapi::OpenApi;

use crate::{
    confirmation::{dashboard, list},
    mcp::endpoint,
    server::Server,
};
use identity::access::same_origin;
use kit::state::AppState;

const FORM_BYTES_MAX: usize = 64 * 1024;

/// `api` serves the operations that `described` lists.
pub fn router(api: Router, described: OpenApi) -> Router<AppState> {
    let server = Arc::new(Server::new(api, described));
    Router::new().route("/mcp", post(endpoint::serve)).merge(pages()).layer(Extension(server))
}

/// Forms come from our own pages.
fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/confirm", get(list::show))
        .route("/dashboard/confirm/{id}", get(dashboard::show).post(dashboard::decide))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .route_layer(middleware::from_fn(same_origin::guard))
}
