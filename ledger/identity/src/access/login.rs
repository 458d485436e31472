//! `/login` and `/logout`.
//!
//! An unknown email costs the same work and gets the same answer as a wrong password. A person with a second factor
//! enters its code next ([`super::login_code`]); then the session starts ([`super::finish_login`]). Signing out deletes
//! the session on the server.

use axum::{
    Form,
    extract::{
        Query, State,
        rejection::{FormRejection, QueryRejection},
    },
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Redirect, Response},
};
use shared::{id::UserId, seal::Secret};

use super::{
    account_event::Happening,
    caller::Caller,
    cookie,
    finish_login::{Arrival, append, own_path, welcome},
    login_code, password, second_factor_store, session, signup, store,
};
use kit::{
    db::Holder,
    form::Fields,
    limit::{self, Limit},
    page::{Html, PageError},
    state::AppState,
};

const EMAIL_MAX: usize = 254;
const PASSWORD_MAX: usize = 1_024;

#[derive(Debug, askama::Template)]
#[template(path = "login.html")]
struct LoginPage {
    email: String,
    next: String,
    /// Whether people may sign up without an invitation.
    open: bool,
    problem: Option<&'static str>,
}

/// `GET /login`; redirects a person who is already signed in.
pub async fn form(
    State(state): State<AppState>,
    headers: HeaderMap,
    arrival: Result<Query<Arrival>, QueryRejection>,
) -> Result<Response, PageError> {
    let next = own_path(arrival.ok().and_then(|Query(arrival)| arrival.next).as_deref());
    if session::find(&headers, &state).await?.is_some() {
        return Ok(Redirect::to(&next).into_response());
    }
    let open = signup::is_open(&state).await?;
    Ok(Html(LoginPage { email: String::new(), next, open, problem: None }).into_response())
}

/// `POST /login`.
pub async fn submit(
    State(state): State<AppState>,
    caller: Caller,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, PageError> {
    let incomplete = "Enter your email and password.";
    let Ok(Form(mut fields)) = form else {
        return Ok(refused(&state, StatusCode::BAD_REQUEST, String::new(), "", incomplete).await?);
    };
    let (email, password) = (fields.text("email").to_lowercase(), fields.take("password"));
    let next = own_path(Some(fields.raw("next")));
    let readable = email.len() <= EMAIL_MAX && password.len() <= PASSWORD_MAX && !email.contains('\0');
    if email.is_empty() || password.is_empty() || !readable {
        return Ok(refused(&state, StatusCode::BAD_REQUEST, email, &next, incomplete).await?);
    }
    let device = caller.device(&state, &email).await?;
    let guess = Limit::SignIn { email: &email, source: caller.source, device };
    if !limit::admit(&state, &guess).await? {
        metrics::counter!("rekomi_logins_total", "outcome" => "throttled").increment(1);
        let problem = "Too many attempts. Wait a minute, then try again.";
        let mut response = refused(&state, StatusCode::TOO_MANY_REQUESTS, email, &next, problem).await?;
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("60"));
        return Ok(response);
    }
    let Some(user) = check(&state, &email, password).await? else {
        metrics::counter!("rekomi_logins_total", "outcome" => "refused").increment(1);
        let problem = "Incorrect email or password.";
        return Ok(refused(&state, StatusCode::UNAUTHORIZED, email, &next, problem).await?);
    };
    limit::refund(&state, &guess).await?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let second = second_factor_store::find(tx.conn(), user).await?.is_some_and(|stored| stored.enabled);
    if second {
        return Ok(login_code::challenge(&state, tx, user, &next).await?);
    }
    metrics::counter!("rekomi_logins_total", "outcome" => "accepted").increment(1);
    Ok(welcome(&state, tx, user, &email, &caller, Happening::SignedIn, &next).await?)
}

/// `POST /logout`.
///
/// # Errors
/// If the database is unavailable: the person is still signed in then, and the page says so.
pub async fn leave(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, PageError> {
    if let Some(hash) = session::presented(&headers) {
        let mut tx = state.db.global(Holder::Nothing).await?;
        store::delete_session(&mut tx, &hash).await?;
        tx.commit().await?;
    }
    let mut response = Redirect::to("/login").into_response();
    append(response.headers_mut(), cookie::set(cookie::SESSION, "", 0));
    // Clears this origin's data only: `cookies` would also delete those of the brand's whole domain, including its
    // visitors' click cookies.
    let forget = HeaderValue::from_static("\"cache\", \"storage\"");
    response.headers_mut().insert(HeaderName::from_static("clear-site-data"), forget);
    Ok(response)
}

async fn check(state: &AppState, email: &str, given: String) -> Result<Option<UserId>, sqlx::Error> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let found = store::find_user(&mut tx, email).await?;
    tx.commit().await?;
    let (user, hash) = found.map(|found| (found.id, found.password_hash)).unzip();
    let dated = hash.as_deref().is_some_and(password::is_dated);
    let given = Secret::new(given);
    let fits = password::verify(given.clone(), hash).await;
    let user = user.filter(|_| fits);
    // Rehashes a password with an outdated hash while the plaintext is available.
    if let (Some(user), true) = (user, dated)
        && let Some(hash) = password::hash(given).await
    {
        let mut tx = state.db.global(Holder::Nothing).await?;
        store::set_password(tx.conn(), user, &hash).await?;
        tx.commit().await?;
    }
    Ok(user)
}

async fn refused(
    state: &AppState,
    status: StatusCode,
    email: String,
    next: &str,
    problem: &'static str,
) -> Result<Response, sqlx::Error> {
    let open = signup::is_open(state).await?;
    Ok((status, Html(LoginPage { email, next: next.to_owned(), open, problem: Some(problem) })).into_response())
}
