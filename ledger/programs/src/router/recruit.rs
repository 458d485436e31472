//! Dashboard route for installing the script.

use axum::{Router, routing::get};
use kit::state::AppState;

use crate::install;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/dashboard/install", get(install::dashboard::show).post(install::dashboard::submit))
}
