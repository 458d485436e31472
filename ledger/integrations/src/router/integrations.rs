//! What a brand connects, in the dashboard.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;

use crate::{crm, gateway_connection::page as gateways, sync, webhook};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/gateways", get(gateways::show).post(gateways::connect))
        .route("/dashboard/gateways/{id}/test", post(gateways::test))
        .route("/dashboard/gateways/{id}/disconnect", post(gateways::disconnect))
        .route("/dashboard/crms", get(crm::page::show))
        .route("/dashboard/crms/new/{vendor}", get(crm::page::form).post(crm::page::create))
        .route("/dashboard/crms/{id}", get(crm::page_one::show))
        .route("/dashboard/crms/{id}/settings", post(crm::page_act::settings))
        .route("/dashboard/crms/{id}/tags", post(crm::page_act::save_tags))
        .route("/dashboard/crms/{id}/programs", post(crm::page_act::save_program))
        .route("/dashboard/crms/{id}/reconnect", post(crm::page_act::reconnect))
        .route("/dashboard/crms/{id}/test", post(crm::page_act::test))
        .route("/dashboard/crms/{id}/switch", post(crm::page_act::switch))
        .route("/dashboard/crms/{id}/disconnect", post(crm::page_act::disconnect))
        .route("/dashboard/crms/{id}/syncs", get(sync::page::show))
        .route("/dashboard/crms/{id}/syncs.csv", get(sync::csv::download))
        .route("/dashboard/crms/{id}/resync", post(sync::page::resync))
        .route("/dashboard/syncs/{id}", get(sync::page_one::show))
        .route("/dashboard/syncs/{id}/retry", post(sync::page_one::retry))
        .route("/dashboard/syncs/{id}/anew", post(sync::page_one::anew))
        .route("/dashboard/settings/webhooks", get(webhook::page::show).post(webhook::page::create))
        .route("/dashboard/settings/webhooks/destinations", post(webhook::page::connect))
        .route("/dashboard/settings/webhooks/{id}", get(webhook::page_one::show))
        .route("/dashboard/settings/webhooks/{id}/deliveries.csv", get(webhook::csv::download))
        .route("/dashboard/settings/webhooks/{id}/test", post(webhook::page_one::test))
        .route("/dashboard/settings/webhooks/{id}/rotate", post(webhook::page_one::rotate))
        .route("/dashboard/settings/webhooks/{id}/switch", post(webhook::page_one::switch))
        .route("/dashboard/settings/webhooks/{id}/delete", post(webhook::page_one::delete))
        .route("/dashboard/settings/webhooks/{id}/retry", post(webhook::page_one::retry))
        .route("/dashboard/settings/webhooks/{id}/replay", post(webhook::page_one::replay))
}
