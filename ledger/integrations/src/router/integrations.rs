//! Routes of the dashboard's integration pages.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::{crm, destination, gateway_connection::dashboard as gateways, sync, webhook};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/gateways", get(gateways::show).merge(post(gateways::connect)))
        .route("/dashboard/gateways/live", get(gateways::live))
        .route("/dashboard/gateways/{id}/test", post(gateways::test))
        .route("/dashboard/gateways/{id}/disconnect", post(gateways::disconnect))
        .route("/dashboard/crms", get(crm::dashboard::show))
        .route("/dashboard/crms/new/{vendor}", get(crm::dashboard::form).merge(post(crm::dashboard::create)))
        .route("/dashboard/crms/{id}", get(crm::detail::show))
        .route("/dashboard/crms/{id}/settings", post(crm::actions::settings))
        .route("/dashboard/crms/{id}/tags", post(crm::actions::save_tags))
        .route("/dashboard/crms/{id}/programs", post(crm::actions::save_program))
        .route("/dashboard/crms/{id}/reconnect", post(crm::actions::reconnect))
        .route("/dashboard/crms/{id}/test", post(crm::actions::test))
        .route("/dashboard/crms/{id}/switch", post(crm::actions::switch))
        .route("/dashboard/crms/{id}/disconnect", post(crm::actions::disconnect))
        .route("/dashboard/crms/{id}/syncs", get(sync::dashboard::show))
        .route("/dashboard/crms/{id}/syncs.csv", get(sync::csv::download))
        .route("/dashboard/crms/{id}/resync", post(sync::dashboard::resync))
        .route("/dashboard/syncs/{id}", get(sync::detail::show))
        .route("/dashboard/syncs/{id}/retry", post(sync::detail::retry))
        .route("/dashboard/syncs/{id}/anew", post(sync::detail::anew))
        .route("/dashboard/settings/webhooks", get(webhook::dashboard::show).merge(post(webhook::dashboard::create)))
        .route("/dashboard/settings/webhooks/destinations", post(destination::dashboard::connect))
        .route("/dashboard/settings/webhooks/{id}", get(webhook::detail::show))
        .route("/dashboard/settings/webhooks/{id}/deliveries.csv", get(webhook::csv::download))
        .route("/dashboard/settings/webhooks/{id}/test", post(webhook::detail::test))
        .route("/dashboard/settings/webhooks/{id}/rotate", post(webhook::detail::rotate))
        .route("/dashboard/settings/webhooks/{id}/switch", post(webhook::detail::switch))
        .route("/dashboard/settings/webhooks/{id}/delete", post(webhook::detail::delete))
        .route("/dashboard/settings/webhooks/{id}/retry", post(webhook::detail::retry))
        .route("/dashboard/settings/webhooks/{id}/replay", post(webhook::detail::replay))
}
