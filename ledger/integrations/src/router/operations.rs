//! The API's operations: each carries its path in the `#[utoipa::path]` above the handler.

use kit::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{
    automation,
    connection::handler as connections,
    crm::{live as crms, overrides_handler as overrides},
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
        .routes(routes!(sync::handler::list, sync::handler::create))
        .routes(routes!(sync::handler::read))
        .routes(routes!(sync::handler::retry))
        .routes(routes!(webhook::handler::list, webhook::handler::create))
        .routes(routes!(webhook::handler::read, webhook::handler::update, webhook::handler::delete))
        .routes(routes!(webhook::handler::rotate))
        .routes(routes!(webhook::handler::test))
        .routes(routes!(webhook::log::deliveries))
        .routes(routes!(webhook::log::retry))
        .routes(routes!(webhook::log::replay))
        .routes(routes!(webhook::messages::list))
        .routes(routes!(webhook::messages::read))
        .routes(routes!(destination::handler::list, destination::handler::create))
        .routes(routes!(destination::handler::read, destination::handler::update, destination::handler::delete))
        .routes(routes!(destination::handler::test))
        .routes(routes!(destination::handler::deliveries))
        .routes(routes!(destination::handler::retry))
        .routes(routes!(destination::handler::replay))
}
