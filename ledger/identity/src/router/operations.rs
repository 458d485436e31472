//! The API's operations: each carries its path in the `#[utoipa::path]` above the handler.

use kit::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{api_key, audit, organization, team};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(api_key::handler::list, api_key::handler::create))
        .routes(routes!(api_key::handler::read, api_key::handler::rename, api_key::handler::revoke))
        .routes(routes!(api_key::handler::rotate))
        .routes(routes!(audit::handler::list))
        .routes(routes!(audit::export::export))
        .routes(routes!(organization::handler::read, organization::handler::change))
        .routes(routes!(organization::handler::export))
        .routes(routes!(team::handler::list))
        .routes(routes!(team::handler::change, team::handler::remove))
        .routes(routes!(team::handler::transfer))
        .routes(routes!(team::invitations::list, team::invitations::create))
        .routes(routes!(team::invitations::resend))
        .routes(routes!(team::invitations::cancel))
}
