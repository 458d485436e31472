//! `POST /account/theme`: light or dark pages in this browser, or whichever the system uses.

use axum::{Form, http::header::SET_COOKIE, response::Response};
use kit::{
    form::Fields,
    page::{flash::Flash, request},
};

use crate::access::{finish_login::own_path, session::Session};

pub async fn choose(_: Session, Form(fields): Form<Fields>) -> Response {
    let mut response = Flash::done("Theme changed").redirect(&own_path(fields.given("back")));
    let chosen = request::theme_cookie(fields.text("theme"));
    response.headers_mut().extend(chosen.map(|cookie| (SET_COOKIE, cookie)));
    response
}
