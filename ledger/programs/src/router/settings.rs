//! Dashboard routes for settings.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::link_host;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/settings/link-hosts", get(link_host::dashboard::show).merge(post(link_host::dashboard::add)))
        .route("/dashboard/settings/link-hosts/live", get(link_host::dashboard::live))
        .route("/dashboard/settings/link-hosts/remove", post(link_host::dashboard::remove))
        .route("/dashboard/settings/link-hosts/check", post(link_host::dashboard::check))
}
