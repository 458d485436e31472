//! The affiliates' portal.

use axum::{
    Router,
    routing::{get, post},
};
use kit::state::AppState;

use crate::{
    account::enter,
    inquiry,
    portal::{clicks, home, links, make_link, picture, profile, sale, sales, sales_csv, terms},
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/a", get(home::show))
        .route("/a/terms", post(terms::accept))
        .route("/a/links", get(links::show).post(make_link::submit))
        .route("/a/links/qr.svg", get(picture::show))
        .route("/a/sales", get(sales::show))
        .route("/a/sales.csv", get(sales_csv::download))
        .route("/a/sales/{id}", get(sale::show))
        .route("/a/clicks", get(clicks::show))
        .route("/a/inquiries", get(inquiry::portal::show))
        .route("/a/inquiries/new", get(inquiry::ask::show).post(inquiry::ask::submit))
        .route("/a/settings", get(profile::show))
        .route("/a/settings/{what}", post(profile::save))
        .route("/a/enter", get(enter::show).post(enter::enter))
        .route("/a/link", get(enter::ask).post(enter::send))
        .route("/a/link/sent", get(enter::sent))
}
