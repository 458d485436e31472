//! `POST /account/columns`: chooses which optional columns a list shows and how close its rows are, in this browser.

use axum::{Form, http::header::SET_COOKIE, response::Response};

use identity::access::{finish_login::own_path, session::Session};
use kit::{
    form::Fields,
    page::{columns::COMPACT, flash::Flash, request},
};

/// No list has as many.
const COLUMNS_MAX: usize = 12;

pub async fn choose(_: Session, Form(fields): Form<Fields>) -> Response {
    let mut response = Flash::done("List changed").redirect(&own_path(fields.given("back")));
    let chosen = fields.all("column");
    let density = Some(fields.text("density")).filter(|density| *density == COMPACT);
    let keys: Vec<&str> = chosen.iter().map(String::as_str).take(COLUMNS_MAX).chain(density).collect();
    let cookie = request::columns_cookie(fields.text("list"), &keys);
    response.headers_mut().extend(cookie.map(|cookie| (SET_COOKIE, cookie)));
    response
}
