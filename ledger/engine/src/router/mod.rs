//! The routes of this crate's handlers: pages by their users, and operations of the API.

mod operations;
mod people;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

/// The pages for people.
pub fn pages() -> Router<AppState> {
    people::pages()
}
