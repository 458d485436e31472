//! Routes of the affiliate portal.

use axum::{Router, middleware};
use kit::route::{get, post};
use kit::{page::language, state::AppState};

use crate::{
    account::magic_link_login,
    missing_sale_claim,
    portal::{
        ask, clicks, coupons, home, links, make_link, picture, profile, quick_link, recruits, sale, sales, sales_csv,
        statement, terms,
    },
};

pub(super) fn pages() -> Router<AppState> {
    Router::new()
        .route("/a", get(home::show))
        .route("/a/terms", post(terms::accept))
        .route("/a/links", get(links::show).merge(post(make_link::submit)))
        .route("/a/ask", get(ask::show).merge(post(ask::submit)))
        .route("/a/coupons", post(coupons::submit))
        .route("/a/links/quick", post(quick_link::submit))
        .route("/a/links/qr.svg", get(picture::as_svg))
        .route("/a/links/qr.png", get(picture::as_png))
        .route("/a/recruits", get(recruits::show))
        .route("/a/sales", get(sales::show))
        .route("/a/sales.csv", get(sales_csv::download))
        .route("/a/sales/statement.csv", get(statement::download))
        .route("/a/sales/{id}", get(sale::show))
        .route("/a/clicks", get(clicks::show))
        .route("/a/inquiries", get(missing_sale_claim::portal::show))
        .route(
            "/a/inquiries/new",
            get(missing_sale_claim::submit::show).merge(post(missing_sale_claim::submit::submit)),
        )
        .route("/a/settings", get(profile::show))
        .route("/a/settings/{what}", post(profile::save))
        .route("/a/enter", get(magic_link_login::show).merge(post(magic_link_login::enter)))
        .route("/a/link", get(magic_link_login::ask).merge(post(magic_link_login::send)))
        .route("/a/link/sent", get(magic_link_login::sent))
        // An affiliate's errors, in the language of their browser.
        .route_layer(middleware::from_fn(language::translate_errors))
}
