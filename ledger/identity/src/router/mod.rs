//! Routes whose handlers are in this crate: pages by audience, and API operations.

mod account;
mod open;
mod operations;
mod overview;
mod portal;
mod program_page;
mod recruit;
mod settings;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

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
