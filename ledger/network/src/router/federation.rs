//! Routes of `federation`.

use axum::Router;
use kit::state::AppState;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
}
