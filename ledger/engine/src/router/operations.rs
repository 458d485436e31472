//! The API's operations; the path of each is in the `#[utoipa::path]` above its handler.

use kit::{routes, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::{consent, customer, customer_join, decision, explain, fx_rates, intake, lead};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(customer::read::list))
        .routes(routes!(customer::read::read))
        .routes(routes!(customer::journey::read))
        .routes(routes!(customer_join::read::list))
        .routes(routes!(customer_join::read::read))
        .routes(routes!(customer_join::decide::join))
        .routes(routes!(customer_join::decide::split))
        .routes(routes!(lead::read::list, lead::report_lead::create))
        .routes(routes!(lead::read::read))
        .routes(routes!(intake::report_conversion::create))
        .routes(routes!(decision::reattribute::reattribute))
        .routes(routes!(decision::review::review))
        .routes(routes!(decision::refund::refund))
        .routes(routes!(explain::api::explain))
        .routes(routes!(decision::commission::deny))
        .routes(routes!(decision::commission::approve))
        .routes(routes!(decision::commission::release))
        .routes(routes!(decision::release::affiliate))
        .routes(routes!(decision::release::customer))
        .routes(routes!(decision::bonus::bonus))
        .routes(routes!(decision::bonus::adjustment))
        .routes(routes!(decision::list::list))
        .routes(routes!(fx_rates::api::read, fx_rates::api::set))
        .routes(routes!(fx_rates::api::list, fx_rates::api::create))
        .routes(routes!(consent::api::list, consent::api::create))
}
