//! Routes for opting out of invitations.

use axum::{Router, middleware};
use kit::route::{get, post};
use kit::{page::language, state::AppState};

use crate::mail::unsubscribe;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/unsubscribe/invitations/{token}", get(unsubscribe::confirm).merge(post(unsubscribe::done)))
        .route_layer(middleware::from_fn(language::translate_errors))
}
