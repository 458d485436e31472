//! The dashboard's pages about affiliates' commissions.

use axum::{Router, routing::get};
use kit::state::AppState;

use crate::explain;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/dashboard/commissions/{id}", get(explain::dashboard::show))
}
