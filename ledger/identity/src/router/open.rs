//! Routes of pages that belong to no particular audience.

use axum::Router;
use kit::{route::get, state::AppState};

use crate::file;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/files/{token}", get(file::download::fetch))
}
