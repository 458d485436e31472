//! The addresses whose handlers stand in this crate: pages by who uses them, and operations of the API.

mod money;
mod open;
mod operations;
mod overview;
mod people;
mod portal;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

/// What people see.
pub fn pages() -> Router<AppState> {
    Router::new()
        .merge(money::pages())
        .merge(open::pages())
        .merge(overview::pages())
        .merge(people::pages())
        .merge(portal::pages())
}
