//! Routes for unsubscribing from one kind of email.

use axum::{Router, routing::get};
use kit::state::AppState;

use crate::notification::end;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/unsubscribe/{token}", get(end::show).post(end::end))
}
