//! An organization's settings, in the dashboard.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;

use crate::{api_key, audit, organization::page as settings, team};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/settings", get(settings::show).post(settings::save))
        .route("/dashboard/settings/export", get(settings::download))
        .route("/dashboard/settings/delete", post(settings::delete))
        .route("/dashboard/settings/team", get(team::page::show))
        .route("/dashboard/settings/team/invite", post(team::page::invite))
        .route("/dashboard/settings/team/invitations/{id}/{what}", post(team::page::invitation))
        .route("/dashboard/settings/team/members/{id}/{what}", post(team::page::member))
        .route("/dashboard/settings/team/leave", post(team::page::leave))
        .route("/dashboard/settings/team/transfer", post(team::page::transfer))
        .route("/dashboard/settings/team/two-steps", post(team::two_steps::save))
        .route("/dashboard/settings/api-keys", get(api_key::page::show).post(api_key::page::create))
        .route("/dashboard/settings/api-keys/{id}/rotate", post(api_key::page::rotate))
        .route("/dashboard/settings/api-keys/{id}/revoke", post(api_key::page::revoke))
        .route("/dashboard/settings/audit-log", get(audit::page::show))
        .route("/dashboard/settings/audit-log/export", get(audit::export::download))
}
