//! Dashboard routes for programs.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::{
    program::dashboard::{clicks, coupons, detail, discount, links, list, new, plan, plan_edit, simulate, tracking},
    reward, sub_affiliate,
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/programs", get(list::show))
        .route("/dashboard/programs.csv", get(list::file))
        .route("/dashboard/programs/new", get(new::show).merge(post(new::make)))
        .route("/dashboard/programs/{id}", get(detail::show).merge(post(detail::save)))
        .route("/dashboard/programs/{id}/archive", post(detail::archive))
        .route("/dashboard/programs/{id}/origins", post(detail::origins))
        .route("/dashboard/programs/{id}/plan", get(plan::show))
        .route("/dashboard/programs/{id}/plan/edit", get(plan_edit::show).merge(post(plan_edit::press)))
        .route("/dashboard/programs/{id}/plan/end", post(plan::end))
        .route("/dashboard/programs/{id}/simulate", get(simulate::show).merge(post(simulate::press)))
        .route("/dashboard/programs/{id}/links", get(links::show).merge(post(links::make)))
        .route("/dashboard/programs/{id}/links.csv", get(links::file))
        .route("/dashboard/programs/{id}/links/{link}", post(links::switch))
        .route("/dashboard/programs/{id}/coupons", get(coupons::show).merge(post(coupons::make)))
        .route("/dashboard/programs/{id}/coupons.csv", get(coupons::file))
        .route("/dashboard/programs/{id}/coupons/{coupon}/archive", post(coupons::archive))
        .route("/dashboard/programs/{id}/coupons/{coupon}/retry", post(coupons::retry))
        .route("/dashboard/programs/{id}/discount", get(discount::show).merge(post(discount::save)))
        .route("/dashboard/programs/{id}/discount/end", post(discount::end))
        .route("/dashboard/programs/{id}/discount/codes", post(discount::make_codes))
        .route("/dashboard/programs/{id}/clicks", get(clicks::show).merge(post(clicks::save)))
        .route(
            "/dashboard/programs/{id}/sub-affiliates",
            get(sub_affiliate::dashboard::show).merge(post(sub_affiliate::dashboard::save)),
        )
        .route("/dashboard/programs/{id}/tracking", get(tracking::show))
        .route("/dashboard/programs/{id}/tracking/live", get(tracking::live))
        .route("/dashboard/programs/{id}/tracking/test", post(tracking::test))
        .route("/dashboard/rewards", get(reward::dashboard::show))
        .route("/dashboard/rewards/leaderboards", post(reward::dashboard::leaderboard))
        .route("/dashboard/rewards/new", get(reward::new::show).merge(post(reward::new::make)))
        .route("/dashboard/rewards/review", get(reward::review::show))
        .route("/dashboard/rewards/{id}", get(reward::detail::show).merge(post(reward::detail::save)))
        .route("/dashboard/rewards/{id}/archive", post(reward::detail::archive))
        .route("/dashboard/rewards/claims/{id}", post(reward::review::submit))
        .route("/dashboard/rewards/claims/{id}/file", get(reward::review::proof))
}
