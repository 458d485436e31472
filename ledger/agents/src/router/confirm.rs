//! The pages where a person confirms what an assistant requested.

use axum::{Router, extract::DefaultBodyLimit, middleware};
use kit::route::{get, post};

use crate::confirmation::{dashboard, list};
use identity::access::same_origin;
use kit::state::AppState;

const FORM_BYTES_MAX: usize = 64 * 1024;

/// Forms come from our own pages.
pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/confirm", get(list::show))
        .route("/dashboard/confirm/{id}", get(dashboard::show).merge(post(dashboard::decide)))
        .layer(DefaultBodyLimit::max(FORM_BYTES_MAX))
        .route_layer(middleware::from_fn(same_origin::guard))
}
