//! Routes of affiliates, conversions, commissions and customers in the dashboard.

use axum::Router;
use kit::{
    route::{get, post},
    state::AppState,
};

use crate::dashboard::{affiliates, by_hand, columns, commissions, conversions, customers};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/affiliates", get(affiliates::list::show).merge(post(affiliates::bulk_actions::submit)))
        .route("/dashboard/affiliates.csv", get(affiliates::csv::download))
        .route("/dashboard/affiliates/new", get(affiliates::new::show).merge(post(affiliates::new::create)))
        .route("/dashboard/affiliates/{id}", get(affiliates::detail::show))
        .route("/dashboard/affiliates/{id}/bonus", get(by_hand::bonus::show).merge(post(by_hand::bonus::submit)))
        .route("/dashboard/affiliates/{id}/site", post(affiliates::site::show))
        .route("/dashboard/affiliates/{id}/statement", get(affiliates::statement::show))
        .route("/dashboard/affiliates/{id}/statement.csv", get(affiliates::statement::download))
        .route("/dashboard/affiliates/{id}/{what}", post(affiliates::actions::submit))
        .route("/dashboard/conversions", get(conversions::list::show))
        .route("/dashboard/conversions.csv", get(conversions::csv::download))
        .route("/dashboard/conversions/new", get(by_hand::sale::show).merge(post(by_hand::sale::submit)))
        .route("/dashboard/conversions/{id}", get(conversions::detail::show))
        .route("/dashboard/conversions/{id}/{what}", post(conversions::actions::submit))
        .route("/dashboard/commissions", get(commissions::list::show).merge(post(commissions::actions::many)))
        .route("/dashboard/commissions.csv", get(commissions::csv::download))
        .route("/dashboard/commissions/{id}/{what}", post(commissions::actions::one))
        .route("/account/columns", post(columns::choose))
        .route("/dashboard/customers", get(customers::list::show))
        .route("/dashboard/customers.csv", get(customers::csv::download))
        .route("/dashboard/customers/{id}", get(customers::detail::show))
        .route("/dashboard/customers/{id}/split", post(customers::split::off))
}
