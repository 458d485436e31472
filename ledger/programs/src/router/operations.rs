//! The API's operations: each carries its path in the `#[utoipa::path]` above the handler.

use kit::state::AppState;
use utoipa_axum::{router::OpenApiRouter, routes};

use crate::{affiliate, coupon, link, link_host, program};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(program::read::list, program::create::create))
        .routes(routes!(program::read::read, program::change::change))
        .routes(routes!(program::plans::list, program::plans::create))
        .routes(routes!(program::click_rules::read_rules, program::click_rules::change_rules))
        .routes(routes!(program::simulate::run))
        .routes(routes!(affiliate::read::list, affiliate::create::create))
        .routes(routes!(affiliate::read::read, affiliate::change::change))
        .routes(routes!(affiliate::invite::bulk))
        .routes(routes!(affiliate::approve::approve))
        .routes(routes!(affiliate::approve::reject))
        .routes(routes!(affiliate::segment::set))
        .routes(routes!(link::read::list, link::create::create))
        .routes(routes!(link::read::read, link::change::change, link::change::disable))
        .routes(routes!(link_host::handler::list, link_host::handler::create))
        .routes(routes!(link_host::handler::read, link_host::handler::change, link_host::handler::delete))
        .routes(routes!(link_host::handler::check))
        .routes(routes!(coupon::handler::list, coupon::handler::create))
        .routes(routes!(coupon::handler::read, coupon::change::change, coupon::change::archive))
}
