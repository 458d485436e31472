//! Routes for opting out of invitations.

use axum::{Router, middleware, routing::get};
use kit::{page::language, state::AppState};

use crate::mail::unsubscribe;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/unsubscribe/invitations/{token}", get(unsubscribe::confirm).post(unsubscribe::done))
        .route_layer(middleware::from_fn(language::translate_errors))
}
