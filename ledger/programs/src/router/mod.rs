//! The addresses whose handlers stand in this crate: pages by who uses them, and operations of the API.

mod operations;
mod overview;
mod portal;
mod programs;
mod recruit;
mod settings;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

/// What people see.
pub fn pages() -> Router<AppState> {
    Router::new()
        .merge(overview::pages())
        .merge(portal::pages())
        .merge(programs::pages())
        .merge(recruit::pages())
        .merge(settings::pages())
}
