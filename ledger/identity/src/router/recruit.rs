//! Routes for opting out of invitations.

use axum::{Router, routing::get};
use kit::state::AppState;

use crate::mail::unsubscribe;

pub(super) fn pages() -> Router<AppState> {
    Router::new().route("/unsubscribe/invitations/{token}", get(unsubscribe::confirm).post(unsubscribe::done))
}
