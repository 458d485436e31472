//! Routes of `federation`: what other installations read, their programs here, and the operator's page about them; and of
//! `passport`: applications across installations.

use axum::{Router, middleware};
use kit::route::{get, post};
use kit::{page::language, state::AppState};

use crate::{
    federation::{operator, page, serve},
    passport::{elsewhere, inbox, send},
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/network/from/{host}/{program}", get(page::show))
        // Only the route above: what follows is in English, or has no words.
        .route_layer(middleware::from_fn(language::translate_errors))
        .route("/.well-known/rekomi-network", get(serve::document))
        .route("/network/v1/programs", get(serve::programs))
        .route("/network/v1/inbox", post(inbox::receive))
        .route("/a/network/send/{host}/{program}", get(send::show).merge(post(send::submit)))
        .route("/a/network/applications/elsewhere", get(elsewhere::show))
        .route("/a/network/applications/elsewhere/{id}/withdraw", post(elsewhere::withdraw))
        .route("/network/operator/federation", get(operator::show))
        .route("/network/operator/federation/peers", post(operator::add))
        .route("/network/operator/federation/peers/{id}/{what}", post(operator::act))
}
