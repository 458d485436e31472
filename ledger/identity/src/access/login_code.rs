//! `/login/code`: the second step of signing in. The password was right; the code of the second factor is still
//! missing.
//!
//! Until then the browser carries a separate token, valid for ten minutes and only for this step: no session exists
//! yet.

use axum::{
    Form,
    extract::{Query, State, rejection::QueryRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Redirect, Response},
};
use sha2::{Digest, Sha256};
use shared::id::UserId;
use url::form_urlencoded;

use super::{
    account_event::Happening,
    caller::Caller,
    cookie,
    finish_login::{Arrival, append, own_path, welcome},
    second_factor::{self, Outcome},
    second_factor_store, session,
};
use kit::{
    db::{GlobalTx, Holder},
    form::Fields,
    page::{Html, PageError},
    state::AppState,
};

const LIFE_SECONDS: i64 = 600;
const CODE_MAX: usize = 100;

#[derive(Debug, askama::Template)]
#[template(path = "login_code.html")]
struct CodePage {
    next: String,
    problem: Option<&'static str>,
}

/// Redirects the browser to the second step.
pub async fn challenge(state: &AppState, mut tx: GlobalTx, user: UserId, next: &str) -> Result<Response, sqlx::Error> {
    let token = session::Token::fresh();
    let now = state.clock.now();
    let expires = now.plus_millis(LIFE_SECONDS * 1_000);
    second_factor_store::insert_challenge(&mut tx, &token.hash, user, now, expires).await?;
    tx.commit().await?;
    let query: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", next).finish();
    let mut response = Redirect::to(&format!("/login/code?{query}")).into_response();
    append(response.headers_mut(), cookie::set(cookie::CHALLENGE, &token.text, LIFE_SECONDS));
    Ok(response)
}

/// `GET /login/code`.
pub async fn form(
    State(state): State<AppState>,
    headers: HeaderMap,
    arrival: Result<Query<Arrival>, QueryRejection>,
) -> Result<Response, PageError> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    if owing(&mut tx, &state, &headers).await?.is_none() {
        return Ok(Redirect::to("/login").into_response());
    }
    tx.commit().await?;
    let next = own_path(arrival.ok().and_then(|Query(arrival)| arrival.next).as_deref());
    Ok(Html(CodePage { next, problem: None }).into_response())
}

/// `POST /login/code`: accepts a code from the authenticator app, or a recovery code.
pub async fn submit(
    State(state): State<AppState>,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let next = own_path(Some(fields.raw("next")));
    let mut tx = state.db.global(Holder::Nothing).await?;
    let Some((user, email)) = owing(&mut tx, &state, &caller.headers).await? else {
        return Ok(Redirect::to("/login").into_response());
    };
    tx.commit().await?;
    let given = Some(fields.raw("code")).filter(|given| given.len() <= CODE_MAX).unwrap_or_default();
    let known = caller.device(&state, &email).await?.is_some();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let outcome = second_factor::check(tx.conn(), &state, user, given, known).await?;
    let (label, status, problem) = match outcome {
        Outcome::Right | Outcome::RecoveryCode => {
            metrics::counter!("rekomi_logins_total", "outcome" => "accepted").increment(1);
            let how = if outcome == Outcome::Right { Happening::SignedIn } else { Happening::RecoveryCodeUsed };
            let mut response = welcome(&state, tx, user, &email, &caller, how, &next).await?;
            append(response.headers_mut(), cookie::set(cookie::CHALLENGE, "", 0));
            return Ok(response);
        }
        Outcome::Wrong => ("wrong_code", StatusCode::UNAUTHORIZED, "That code is incorrect or was already used."),
        Outcome::TooMany => {
            ("throttled", StatusCode::TOO_MANY_REQUESTS, "Too many wrong codes. Wait 15 minutes, then try again.")
        }
    };
    tx.commit().await?;
    metrics::counter!("rekomi_logins_total", "outcome" => label).increment(1);
    let mut response = (status, Html(CodePage { next, problem: Some(problem) })).into_response();
    if outcome == Outcome::TooMany {
        response.headers_mut().insert(RETRY_AFTER, HeaderValue::from_static("900"));
    }
    Ok(response)
}

async fn owing(
    tx: &mut GlobalTx,
    state: &AppState,
    headers: &HeaderMap,
) -> Result<Option<(UserId, String)>, sqlx::Error> {
    let Some(token) = cookie::read(headers, cookie::CHALLENGE).filter(|value| value.len() == 43) else {
        return Ok(None);
    };
    second_factor_store::find_challenge(tx, &Sha256::digest(token).into(), state.clock.now()).await
}
