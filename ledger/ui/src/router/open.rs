//! Routes of public pages.

use axum::Router;
use kit::{route::get, state::AppState};

use crate::status;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/status", get(status::api::page))
}
