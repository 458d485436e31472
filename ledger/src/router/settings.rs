//! An organization's privacy settings in the dashboard.

use axum::{Router, routing::get};
use kit::state::AppState;

use crate::privacy;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/settings/privacy", get(privacy::page::show))
        .route("/dashboard/settings/privacy/retention", get(privacy::page::back).post(privacy::page::retain))
        .route("/dashboard/settings/privacy/gpc", get(privacy::page::back).post(privacy::page::set_gpc))
        .route("/dashboard/settings/privacy/find", get(privacy::page::back).post(privacy::page::find))
        .route("/dashboard/settings/privacy/export", get(privacy::page::back).post(privacy::page::take))
        .route("/dashboard/settings/privacy/erase", get(privacy::page::back).post(privacy::page::erase))
}
