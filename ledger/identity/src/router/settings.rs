//! Routes of an organization's settings in the dashboard.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::{
    ai_assistant, api_key, audit_log, billing, oauth,
    settings::{branding, dashboard as settings},
    team,
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/settings", get(settings::show).merge(post(settings::save)))
        .route("/dashboard/settings/export", get(settings::download))
        .route("/dashboard/settings/delete", post(settings::delete))
        .route("/dashboard/settings/branding", get(branding::show).merge(post(branding::save)))
        .route("/dashboard/settings/branding/logo", branding::post_logo())
        .route("/dashboard/settings/team", get(team::dashboard::show))
        .route("/dashboard/settings/team/invite", post(team::dashboard::invite))
        .route("/dashboard/settings/team/invitations/{id}/{what}", post(team::dashboard::invitation))
        .route("/dashboard/settings/team/members/{id}/{what}", post(team::dashboard::member))
        .route("/dashboard/settings/team/leave", post(team::dashboard::leave))
        .route("/dashboard/settings/team/transfer", post(team::dashboard::transfer))
        .route("/dashboard/settings/team/two-steps", post(team::two_factor::save))
        .route("/dashboard/settings/api-keys", get(api_key::dashboard::show).merge(post(api_key::dashboard::create)))
        .route("/dashboard/settings/api-keys/{id}/rotate", post(api_key::dashboard::rotate))
        .route("/dashboard/settings/api-keys/{id}/revoke", post(api_key::dashboard::revoke))
        .route(
            "/dashboard/settings/ai-assistants",
            get(ai_assistant::dashboard::show).merge(post(ai_assistant::dashboard::connect)),
        )
        .route("/dashboard/settings/ai-assistants/{id}/disconnect", post(ai_assistant::dashboard::disconnect))
        .route("/dashboard/settings/connected-apps", get(oauth::dashboard::show))
        .route("/dashboard/settings/connected-apps/{id}/disconnect", post(oauth::dashboard::disconnect))
        .route("/dashboard/settings/billing", get(billing::dashboard::show))
        .route("/dashboard/settings/billing/checkout", post(billing::dashboard::begin))
        .route("/dashboard/settings/billing/portal", post(billing::dashboard::portal))
        .route("/dashboard/settings/audit-log", get(audit_log::dashboard::show))
        .route("/dashboard/settings/audit-log/export", get(audit_log::export::download))
}
