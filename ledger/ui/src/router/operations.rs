//! API operations; each has its path in the `#[utoipa::path]` above its handler.

use kit::{routes, state::AppState};
use utoipa_axum::router::OpenApiRouter;

use crate::{
    dashboard::{emails::api as emails, search},
    missing_sale_claim::api as claims,
    quarantined_event::{api as events, bulk_api},
    status,
};

pub fn operations() -> OpenApiRouter<AppState> {
    OpenApiRouter::new()
        .routes(routes!(crate::api::conversions::list))
        .routes(routes!(crate::api::conversions::read))
        .routes(routes!(crate::api::commissions::list))
        .routes(routes!(crate::api::commissions::read))
        .routes(routes!(crate::api::clicks::summary))
        .routes(routes!(claims::list))
        .routes(routes!(claims::read))
        .routes(routes!(claims::credit))
        .routes(routes!(claims::reject))
        .routes(routes!(events::list))
        .routes(routes!(bulk_api::causes))
        .routes(routes!(bulk_api::retry))
        .routes(routes!(bulk_api::dismiss))
        .routes(routes!(events::read))
        .routes(routes!(events::retry))
        .routes(routes!(events::dismiss))
        .routes(routes!(emails::list))
        .routes(routes!(emails::read, emails::set, emails::reset))
        .routes(routes!(emails::preview))
        .routes(routes!(search::api::find))
        .routes(routes!(status::api::read))
}
