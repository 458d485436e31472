//! Routes whose handlers are in this crate: pages and API operations, one file for each folder of the crate.

mod contact;
mod creator;
mod federation;
mod listing;
mod matching;
mod operator;

use axum::Router;
use kit::state::AppState;
use utoipa_axum::router::OpenApiRouter;

/// Returns the routes of all pages.
pub fn pages() -> Router<AppState> {
    Router::new()
        .merge(creator::pages())
        .merge(listing::pages())
        .merge(matching::pages())
        .merge(contact::pages())
        .merge(federation::pages())
        .merge(operator::pages())
}

/// The API's operations; the path of each is in the `#[utoipa::path]` above its handler.
pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new().merge(listing::operations()).merge(matching::operations()).merge(contact::operations())
}
