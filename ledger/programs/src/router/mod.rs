//! The routes of this crate: pages by area, and operations of the API.

mod operations;
mod overview;
mod portal;
mod programs;
mod recruit;
mod settings;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

/// All pages of this crate.
pub fn pages() -> Router<AppState> {
    Router::new()
        .merge(overview::pages())
        .merge(portal::pages())
        .merge(programs::pages())
        .merge(recruit::pages())
        .merge(settings::pages())
}
