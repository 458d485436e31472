//! An organization's privacy settings in the dashboard.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::privacy;

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/settings/privacy", get(privacy::dashboard::show))
        .route(
            "/dashboard/settings/privacy/retention",
            get(privacy::dashboard::back).merge(post(privacy::dashboard::retain)),
        )
        .route(
            "/dashboard/settings/privacy/gpc",
            get(privacy::dashboard::back).merge(post(privacy::dashboard::set_gpc)),
        )
        .route("/dashboard/settings/privacy/find", get(privacy::dashboard::back).merge(post(privacy::dashboard::find)))
        .route(
            "/dashboard/settings/privacy/export",
            get(privacy::dashboard::back).merge(post(privacy::dashboard::take)),
        )
        .route(
            "/dashboard/settings/privacy/erase",
            get(privacy::dashboard::back).merge(post(privacy::dashboard::erase)),
        )
}
