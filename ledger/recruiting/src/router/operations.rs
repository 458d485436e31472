//! The API's operations; the path of each is in the `#[utoipa::path]` above its handler.

use kit::{routes, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    import::api as imports,
    program_page::{logo_api, page_api, publish_api, recruit_link_api, terms_api},
    recruit::api as invitations,
};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(imports::list, imports::create))
        .routes(routes!(imports::read))
        .routes(routes!(imports::rows))
        .routes(routes!(imports::start))
        .routes(routes!(imports::cancel))
        .routes(routes!(page_api::read, page_api::change))
        .routes(routes!(publish_api::publish))
        .routes(routes!(recruit_link_api::show))
        .routes(routes!(publish_api::unpublish))
        .routes(routes!(publish_api::preview))
        .routes(routes!(logo_api::set, logo_api::delete))
        .routes(routes!(terms_api::list, terms_api::create))
        .routes(routes!(terms_api::read))
        .routes(routes!(invitations::list))
        .routes(routes!(invitations::resend))
        .routes(routes!(invitations::cancel))
}
