//! Dashboard route for installing the script.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::install;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/dashboard/install", get(install::dashboard::show).merge(post(install::dashboard::submit)))
}
