//! Routes of the API's operations; each has its path in the `#[utoipa::path]` above its handler.

use kit::{routes, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    automation,
    connection::api as connections,
    crm::{live as crms, overrides_api as overrides},
    destination, sync, webhook,
};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(automation::invite::invite))
        .routes(routes!(automation::segment::set))
        .routes(routes!(automation::rate_bump::bump))
        .routes(routes!(automation::release::release))
        .routes(routes!(connections::list, connections::create))
        .routes(routes!(connections::read, connections::update, connections::delete))
        .routes(routes!(connections::test))
        .routes(routes!(crms::vendors))
        .routes(routes!(crms::lists))
        .routes(routes!(crms::tags))
        .routes(routes!(crms::lint))
        .routes(routes!(overrides::list))
        .routes(routes!(overrides::read, overrides::set, overrides::delete))
        .routes(routes!(sync::resync::create))
        .routes(routes!(sync::resync::list))
        .routes(routes!(sync::resync::read))
        .routes(routes!(sync::api::list, sync::api::create))
        .routes(routes!(sync::api::read))
        .routes(routes!(sync::api::retry))
        .routes(routes!(webhook::api::list, webhook::api::create))
        .routes(routes!(webhook::api::read, webhook::api::update, webhook::api::delete))
        .routes(routes!(webhook::api::rotate))
        .routes(routes!(webhook::api::test))
        .routes(routes!(webhook::log::deliveries))
        .routes(routes!(webhook::log::retry))
        .routes(routes!(webhook::log::replay))
        .routes(routes!(webhook::messages::list))
        .routes(routes!(webhook::messages::read))
        .routes(routes!(destination::api::list, destination::api::create))
        .routes(routes!(destination::api::read, destination::api::update, destination::api::delete))
        .routes(routes!(destination::api::test))
        .routes(routes!(destination::api::deliveries))
        .routes(routes!(destination::api::retry))
        .routes(routes!(destination::api::replay))
}
