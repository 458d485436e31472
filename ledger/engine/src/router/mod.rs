//! The addresses whose handlers stand in this crate: pages by who uses them, and operations of the API.

mod operations;
mod people;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

/// What people see.
pub fn pages() -> Router<AppState> {
    people::pages()
}
