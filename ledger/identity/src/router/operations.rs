//! The API's operations; the path of each is in the `#[utoipa::path]` above its handler.

use kit::{routes, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::{api_key, audit_log, organization, team};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(api_key::api::list, api_key::api::create))
        .routes(routes!(api_key::api::read, api_key::api::rename, api_key::api::revoke))
        .routes(routes!(api_key::api::rotate))
        .routes(routes!(audit_log::api::list))
        .routes(routes!(audit_log::export::export))
        .routes(routes!(organization::api::read, organization::api::change))
        .routes(routes!(organization::api::export))
        .routes(routes!(team::api::list))
        .routes(routes!(team::api::change, team::api::remove))
        .routes(routes!(team::api::transfer))
        .routes(routes!(team::invitations::list, team::invitations::create))
        .routes(routes!(team::invitations::resend))
        .routes(routes!(team::invitations::cancel))
        .routes(routes!(team::notifications::read, team::notifications::change))
}
