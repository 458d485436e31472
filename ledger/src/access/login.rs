//! `/login` and `/logout`.
//!
//! An unknown e-mail costs the same work and gets the same answer as a wrong password. A new session gets a new token,
//! whatever the browser brought along; signing out deletes it on the server.

use std::net::SocketAddr;

use axum::{
    Extension, Form,
    extract::{
        ConnectInfo, Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{RETRY_AFTER, SET_COOKIE},
    },
    response::{IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use shared::{id::UserId, seal::Secret};

use super::{
    actor::source,
    browser, cookie, password, session, store,
    throttle::{Attempt, device_cookie, is_known_device},
};
use crate::{
    db::Holder,
    page::{Html, PageError},
    state::AppState,
};

const DEVICE_SECONDS: i64 = 365 * 86_400;
const SESSION_SECONDS: i64 = session::LIFE_DAYS * 86_400;
const EMAIL_MAX: usize = 254;
const PASSWORD_MAX: usize = 1_024;

#[derive(Debug, askama::Template)]
#[template(path = "login.html")]
struct LoginPage {
    email: String,
    next: String,
    problem: Option<&'static str>,
}

#[derive(Debug, Default, Deserialize)]
pub struct Arrival {
    next: Option<String>,
}

#[derive(Debug, Deserialize)]
pub struct Credentials {
    #[serde(default)]
    email: String,
    #[serde(default)]
    password: String,
    #[serde(default)]
    next: String,
}

/// `GET /login`; who is signed in already goes on.
///
/// # Errors
/// Where the database is away.
pub async fn form(
    State(state): State<AppState>,
    headers: HeaderMap,
    arrival: Result<Query<Arrival>, QueryRejection>,
) -> Result<Response, PageError> {
    let next = own_path(arrival.ok().and_then(|Query(arrival)| arrival.next).as_deref());
    if session::find(&headers, &state).await?.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    Ok(Html(LoginPage { email: String::new(), next, problem: None }).into_response())
}

/// `POST /login`.
///
/// # Errors
/// Where the database is away.
pub async fn submit(
    State(state): State<AppState>,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    headers: HeaderMap,
    form: Result<Form<Credentials>, FormRejection>,
) -> Result<Response, PageError> {
    let Ok(Form(given)) = form else {
        return Ok(refused(StatusCode::BAD_REQUEST, String::new(), "", "Enter your e-mail address and password."));
    };
    let email = given.email.trim().to_lowercase();
    let next = own_path(Some(&given.next));
    if email.is_empty() || given.password.is_empty() || email.len() > EMAIL_MAX || given.password.len() > PASSWORD_MAX {
        return Ok(refused(StatusCode::BAD_REQUEST, email, &next, "Enter your e-mail address and password."));
    }
    let device = cookie::read(&headers, cookie::DEVICE)
        .filter(|cookie| is_known_device(&state.config.keys.pages, &email, cookie));
    let source = source(peer.map(|Extension(ConnectInfo(address))| address.ip()), &headers);
    let attempt = Attempt { email: &email, source, device };
    if !state.login_throttle.admit(&attempt, state.clock.wall()) {
        metrics::counter!("rekomi_logins_total", "outcome" => "throttled").increment(1);
        let problem = "Too many attempts. Wait a minute, then try again.";
        let mut response = refused(StatusCode::TOO_MANY_REQUESTS, email, &next, problem);
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        return Ok(response);
    }
    let Some(user) = check(&state, &email, given.password).await? else {
        metrics::counter!("rekomi_logins_total", "outcome" => "refused").increment(1);
        let problem = "E-mail address or password is wrong.";
        return Ok(refused(StatusCode::UNAUTHORIZED, email, &next, problem));
    };
    state.login_throttle.refund(&attempt);
    metrics::counter!("rekomi_logins_total", "outcome" => "accepted").increment(1);
    let known = device.is_some();
    let mut response = Redirect::to(&next).into_response();
    open(&state, user, &headers, response.headers_mut()).await?;
    if !known {
        let value = device_cookie(&state.config.keys.pages, &email);
        append(response.headers_mut(), cookie::set(cookie::DEVICE, &value, DEVICE_SECONDS));
    }
    Ok(response)
}

/// `POST /logout`.
///
/// # Errors
/// Where the database is away: the person is still signed in then, and is told so.
pub async fn leave(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, PageError> {
    if let Some(hash) = session::presented(&headers) {
        let mut tx = state.db.global(Holder::Nothing).await?;
        store::delete_session(&mut tx, &hash).await?;
        tx.commit().await?;
    }
    let mut response = Redirect::to("/login").into_response();
    append(response.headers_mut(), cookie::set(cookie::SESSION, "", 0));
    Ok(response)
}

async fn check(state: &AppState, email: &str, given: String) -> Result<Option<UserId>, sqlx::Error> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let found = store::find_user(&mut tx, email).await?;
    tx.commit().await?;
    let (user, hash) = found.map(|found| (found.id, found.password_hash)).unzip();
    let fits = password::verify(Secret::new(given), hash).await;
    Ok(user.filter(|_| fits))
}

/// Ends the session that the browser came with, and starts one under a new token.
async fn open(
    state: &AppState,
    user: UserId,
    came_with: &HeaderMap,
    answer: &mut HeaderMap,
) -> Result<(), sqlx::Error> {
    let token = session::Token::fresh();
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    if let Some(old) = session::presented(came_with) {
        store::delete_session(&mut tx, &old).await?;
    }
    let browser = browser::name(came_with);
    let expires = now.plus_days(session::LIFE_DAYS);
    store::insert_session(&mut tx, &token.hash, state.new_id(), user, now, expires, &browser).await?;
    tx.commit().await?;
    append(answer, cookie::set(cookie::SESSION, &token.cookie, SESSION_SECONDS));
    Ok(())
}

fn append(headers: &mut HeaderMap, cookie: Option<HeaderValue>) {
    if let Some(cookie) = cookie {
        headers.append(SET_COOKIE, cookie);
    }
}

fn refused(status: StatusCode, email: String, next: &str, problem: &'static str) -> Response {
    (status, Html(LoginPage { email, next: next.to_owned(), problem: Some(problem) })).into_response()
}

/// Where to go after signing in: a path of the dashboard, never another site.
fn own_path(next: Option<&str>) -> String {
    let path = next.filter(|path| {
        let inside = *path == "/dashboard" || path.starts_with("/dashboard/") || path.starts_with("/dashboard?");
        inside && path.len() <= 500 && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    });
    path.unwrap_or("/dashboard").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signing_in_leads_to_our_own_pages_only() {
        for own in ["/dashboard", "/dashboard?organization=org_1", "/dashboard/live"] {
            assert_eq!(own_path(Some(own)), own);
        }
        for other in ["//evil.test", "https://evil.test", "/dashboardx", "/\\evil.test", "/dashboard?a=\r\nb", ""] {
            assert_eq!(own_path(Some(other)), "/dashboard", "{other}");
        }
    }
}
