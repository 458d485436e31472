//! Routes of the settings of emails.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::dashboard::emails::{edit, list};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/settings/emails", get(list::show).merge(post(list::save)))
        .route("/dashboard/settings/emails/{kind}", get(edit::show).merge(post(edit::submit)))
        .route("/dashboard/settings/emails/{kind}/preview", get(edit::preview))
}
