//! The dashboard's pages about affiliates' commissions.

use axum::Router;
use kit::{route::get, state::AppState};

use crate::explain;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/dashboard/commissions/{id}", get(explain::dashboard::show))
}
