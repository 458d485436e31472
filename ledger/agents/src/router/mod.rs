//! The routes of this crate: the endpoint for assistants, which is no operation of the API, and the pages where a person
//! confirms what an assistant requested, and the co-pilot.

mod confirm;
mod copilot;

use std::sync::Arc;

use axum::{Extension, Router};
use kit::route::{get, post};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;

use crate::{
    copilot::context::Copilot,
    mcp::{endpoint, health},
    server::Server,
};
use identity::suggestion::{Model, Suggestions};
use kit::state::AppState;

/// The routes, and the models that fill in forms of other crates' pages. `api` serves the operations that `described` lists.
pub fn router(api: Router, described: Arc<OpenApi>) -> (Router<AppState>, Suggestions) {
    let server = Arc::new(Server::new(api, described));
    let copilot = Arc::new(Copilot::new(Arc::clone(&server)));
    let suggestions = Suggestions(Arc::clone(&copilot) as Arc<dyn Model>);
    let routes = Router::new()
        .route("/mcp", get(health::show).merge(post(endpoint::serve)))
        .merge(confirm::pages())
        .merge(copilot::pages())
        .layer(Extension(server))
        .layer(Extension(copilot));
    (routes, suggestions)
}

/// The operations of this crate.
pub fn operations() -> OpenApiRouter<AppState> {
    copilot::operations()
}
