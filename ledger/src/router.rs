//! Every route of the ledger, one line each.

use axum::{
    Router,
    routing::{get, post},
};

use crate::{edge_config, intake, state::AppState};

pub fn router(state: AppState) -> Router {
    Router::new()
        .route("/internal/v1/events", post(intake::handler::receive))
        .route(shared::config::READ_PATH, get(edge_config::read::read))
        .route("/healthz", get(|| async { "ok" }))
        .with_state(state)
}
