//! Routes of `contact`.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;
use utoipa_axum::router::OpenApiRouter;

use crate::contact::{apply, portal};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/a/network/apply/{handle}", get(apply::show).post(apply::submit))
        .route("/a/network/applications", get(portal::applications))
        .route("/a/network/invitations", get(portal::invitations))
        .route("/a/network/invitations/stop", post(portal::stop))
        .route("/a/network/contacts/{id}", get(portal::thread))
        .route("/a/network/contacts/{id}/{what}", post(portal::act))
}

pub(super) fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
}
