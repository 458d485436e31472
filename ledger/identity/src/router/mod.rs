//! Routes whose handlers are in this crate: pages by audience, and API operations.

mod account;
mod open;
mod operations;
mod overview;
mod portal;
mod program_page;
mod recruit;
mod settings;

use axum::{Router, extract::DefaultBodyLimit, middleware};
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::oauth::{cors, metadata, register, revoke, token, userinfo};

pub use self::operations::operations;

const BODY_MAX: usize = 64 * 1024;

/// Returns the routes of all pages.
pub fn pages() -> Router<AppState> {
    Router::new()
        .merge(account::pages())
        .merge(open::pages())
        .merge(overview::pages())
        .merge(portal::pages())
        .merge(program_page::pages())
        .merge(recruit::pages())
        .merge(settings::pages())
}

/// Returns the endpoints that apps call themselves. They know no session, so any site may call them.
pub fn oauth() -> Router<AppState> {
    Router::new()
        .route("/.well-known/oauth-protected-resource", get(metadata::resource).options(cors::preflight))
        .route("/.well-known/oauth-protected-resource/mcp", get(metadata::resource).options(cors::preflight))
        .route("/.well-known/oauth-authorization-server", get(metadata::server).options(cors::preflight))
        .route("/oauth/register", post(register::register).options(cors::preflight))
        .route("/oauth/token", post(token::issue).options(cors::preflight))
        .route("/oauth/revoke", post(revoke::revoke).options(cors::preflight))
        .route("/oauth/userinfo", get(userinfo::show).options(cors::preflight))
        .layer(DefaultBodyLimit::max(BODY_MAX))
        .layer(middleware::from_fn(cors::around))
}
