//! The API's operations: each has its path in the `#[utoipa::path]` above its handler.

use kit::{routes, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::{affiliate, asset, coupon, discount, link, link_host, program, reward, sub_affiliate};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(program::read::list, program::create::create))
        .routes(routes!(program::read::read, program::change::change))
        .routes(routes!(program::plans::list, program::plans::create))
        .routes(routes!(program::click_rules::read_rules, program::click_rules::change_rules))
        .routes(routes!(sub_affiliate::config::show, sub_affiliate::config::set))
        .routes(routes!(program::simulate::run))
        .routes(routes!(discount::api::read, discount::api::set, discount::api::end))
        .routes(routes!(coupon::for_all_api::read, coupon::for_all_api::create))
        .routes(routes!(affiliate::read::list, affiliate::create::create))
        .routes(routes!(affiliate::read::read, affiliate::change::change))
        .routes(routes!(affiliate::invite::bulk))
        .routes(routes!(affiliate::approve::approve))
        .routes(routes!(affiliate::approve::reject))
        .routes(routes!(affiliate::segment::set))
        .routes(routes!(sub_affiliate::recruits::list))
        .routes(routes!(sub_affiliate::recruiter::set))
        .routes(routes!(link::read::list, link::create::create))
        .routes(routes!(link::read::read, link::change::change, link::change::disable))
        .routes(routes!(link_host::api::list, link_host::api::create))
        .routes(routes!(link_host::api::read, link_host::api::change, link_host::api::delete))
        .routes(routes!(link_host::api::check))
        .routes(routes!(coupon::api::list, coupon::api::create))
        .routes(routes!(coupon::api::read, coupon::change::change, coupon::change::archive))
        .routes(routes!(asset::api::list, asset::api::create))
        .routes(routes!(asset::api::read, asset::update_api::change, asset::api::delete))
        .routes(routes!(asset::api::file))
        .routes(routes!(coupon::retry::retry))
        .routes(routes!(reward::api::list, reward::api::create))
        .routes(routes!(reward::api::read, reward::update_api::change))
        .routes(routes!(reward::api::archive))
        .routes(routes!(reward::claim_api::list))
        .routes(routes!(reward::claim_api::approve))
        .routes(routes!(reward::claim_api::reject))
}
