//! Routes of this crate: the pages by their users, and the operations of the API.

mod integrations;
mod operations;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

/// The routes of the pages.
pub fn pages() -> Router<AppState> {
    integrations::pages()
}
