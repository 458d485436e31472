//! Affiliates and what they bring, in the dashboard.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;

use crate::dashboard::{affiliates, commissions, customers, sales};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/dashboard/affiliates", get(affiliates::page::show).post(affiliates::many::submit))
        .route("/dashboard/affiliates.csv", get(affiliates::csv::download))
        .route("/dashboard/affiliates/new", get(affiliates::new::show).post(affiliates::new::create))
        .route("/dashboard/affiliates/{id}", get(affiliates::one::show))
        .route("/dashboard/affiliates/{id}/statement", get(affiliates::statement::show))
        .route("/dashboard/affiliates/{id}/statement.csv", get(affiliates::statement::download))
        .route("/dashboard/affiliates/{id}/{what}", post(affiliates::act::submit))
        .route("/dashboard/conversions", get(sales::page::show))
        .route("/dashboard/conversions.csv", get(sales::csv::download))
        .route("/dashboard/conversions/{id}", get(sales::one::show))
        .route("/dashboard/conversions/{id}/{what}", post(sales::act::submit))
        .route("/dashboard/commissions", get(commissions::page::show).post(commissions::act::many))
        .route("/dashboard/commissions.csv", get(commissions::csv::download))
        .route("/dashboard/commissions/{id}/{what}", post(commissions::act::one))
        .route("/dashboard/customers", get(customers::page::show))
        .route("/dashboard/customers.csv", get(customers::csv::download))
        .route("/dashboard/customers/{id}", get(customers::one::show))
        .route("/dashboard/customers/{id}/split", post(customers::split::off))
}
