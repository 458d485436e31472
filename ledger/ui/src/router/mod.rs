//! Routes of the handlers in this crate: pages by their users, and API operations.

mod money;
mod open;
mod operations;
mod overview;
mod people;
mod portal;
mod settings;

use axum::Router;
use kit::state::AppState;

pub use self::operations::operations;

/// Routes of all pages.
pub fn pages() -> Router<AppState> {
    Router::new()
        .merge(money::pages())
        .merge(open::pages())
        .merge(overview::pages())
        .merge(people::pages())
        .merge(portal::pages())
        .merge(settings::pages())
}
