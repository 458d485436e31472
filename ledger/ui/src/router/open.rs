//! Routes of public pages.

use axum::{Router, routing::get};
use kit::state::AppState;

use crate::status;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/status", get(status::api::page))
}
