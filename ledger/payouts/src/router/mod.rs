//! The routes of this crate: pages by who uses them, and operations of the API.

mod money;
mod operations;
mod portal;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

/// The pages for people.
pub fn pages() -> Router<AppState> {
    Router::new().merge(money::pages()).merge(portal::pages())
}
