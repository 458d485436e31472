//! Routes for unsubscribing from one kind of email.

use axum::{Router, middleware};
use kit::route::{get, post};
use kit::{page::language, state::AppState};

use crate::notification::end;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/unsubscribe/{token}", get(end::show).merge(post(end::end)))
        .route_layer(middleware::from_fn(language::translate_errors))
}
