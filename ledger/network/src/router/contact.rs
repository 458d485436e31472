//! Routes of `contact`.

use axum::Router;
use kit::route::{get, post};
use kit::{routes, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::contact::{api, apply, creator_page, dashboard, messages_api, portal};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/a/network/apply/{handle}", get(apply::show).merge(post(apply::submit)))
        .route("/a/network/applications", get(portal::applications))
        .route("/a/network/invitations", get(portal::invitations))
        .route("/a/network/invitations/stop", post(portal::stop))
        .route("/a/network/contacts/{id}", get(portal::thread))
        .route("/a/network/contacts/{id}/{what}", post(portal::act))
        .route("/dashboard/network/creators/{id}", get(creator_page::show))
        .route("/dashboard/network/creators/{id}/invite", post(creator_page::invite))
        .route("/dashboard/network/contacts", get(dashboard::list))
        .route("/dashboard/network/contacts/{creator}", get(dashboard::thread))
        .route("/dashboard/network/contacts/{creator}/{what}", post(dashboard::act))
}

pub(super) fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(api::list, api::create))
        .routes(routes!(api::read))
        .routes(routes!(api::withdraw))
        .routes(routes!(messages_api::list, messages_api::create))
        .routes(routes!(messages_api::report))
}
