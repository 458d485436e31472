//! Routes whose handlers are in this crate: pages by audience, and API operations.

mod operations;
mod program_page;
mod recruit;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

/// Returns the routes of all pages.
pub fn pages() -> Router<AppState> {
    Router::new().merge(program_page::pages()).merge(recruit::pages())
}
