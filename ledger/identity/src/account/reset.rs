//! `/forgot` and `/reset`: sets a new password for a person who can read the account's email.
//!
//! An unknown email gets the same answer as a known one. A new password ends every session; the second factor stays.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::seal::Secret;

use super::{
    address::Address,
    alike::alike,
    email, expired_link, password_rule, store,
    token::{self, Purpose},
};
use crate::access::{
    account_event::{self, Happening},
    caller::Caller,
    password,
    store::set_password,
};
use kit::{
    db::Holder,
    error::{Error, Result},
    form::{Fields, Problems},
    limit::{self, Limit, PublicAction},
    mail,
    page::{Html, PageError, notice::Notice},
    state::AppState,
    text::Texts,
};

#[derive(Debug, Default, askama::Template)]
#[template(path = "forgot.html")]
struct ForgotPage {
    email: String,
    problems: Problems,
}

#[derive(Debug, askama::Template)]
#[template(path = "reset.html")]
struct ResetPage {
    email: String,
    token: String,
    problems: Problems,
}

/// `GET /forgot`.
pub async fn form() -> Response {
    Html(ForgotPage::default()).into_response()
}

/// `POST /forgot`.
///
/// # Errors
/// 429 after too many requests; 503 if the database is unavailable.
pub async fn send(
    State(state): State<AppState>,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let email = match fields.email("email") {
        Ok(email) => email,
        Err(problems) => {
            let page = ForgotPage { email: fields.raw("email").to_owned(), problems };
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        }
    };
    if !limit::admit(&state, &Limit::PublicAction(PublicAction::Reset, caller.source)).await? {
        return Err(Error::too_often().into());
    }
    alike(post_link(&state, &caller, &email)).await?;
    Ok(Redirect::to("/forgot/sent").into_response())
}

/// `GET /forgot/sent`.
pub async fn sent(State(state): State<AppState>) -> Response {
    let message =
        "If that address has an account, we've emailed it a link to set a new password. It works for one hour.";
    Notice::mailed(&state, Texts::default(), message, ("/login", "Sign in")).into_response()
}

async fn post_link(state: &AppState, caller: &Caller, email: &str) -> Result<()> {
    let now = state.clock.now();
    let device = caller.device(state, email).await?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let Some(person) = store::person_at(tx.conn(), email).await? else { return Ok(()) };
    // Earlier links remain valid; otherwise repeated requests by someone else would keep the owner out.
    let limit = Limit::Email { action: PublicAction::Reset, address: email, device };
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        return Ok(());
    }
    let token = token::issue(tx.conn(), person.id, email, Purpose::ResetPassword, now).await?;
    let message = email::password_reset(email, email::link(state, Purpose::ResetPassword, &token))?;
    mail::post(tx.conn(), state, message).await?;
    tx.commit().await?;
    Ok(())
}

/// `GET /reset`: a form for the new password.
pub async fn show(State(state): State<AppState>, address: Address) -> std::result::Result<Response, PageError> {
    let token = address.token;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let holder = token::peek(tx.conn(), &token, Purpose::ResetPassword, state.clock.now()).await?;
    let Some(holder) = holder else {
        return Ok(expired_link::page(tx.conn(), &token, Purpose::ResetPassword).await?.into_response());
    };
    tx.commit().await?;
    Ok(Html(ResetPage { email: holder.email, token, problems: Problems::default() }).into_response())
}

/// `POST /reset`.
pub async fn set(
    State(state): State<AppState>,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let (given, chosen) = (fields.raw("token"), fields.raw("password"));
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let holder = token::peek(tx.conn(), given, Purpose::ResetPassword, now).await?;
    let Some(holder) = holder else {
        return Ok(expired_link::page(tx.conn(), given, Purpose::ResetPassword).await?.into_response());
    };
    tx.commit().await?;
    if let Err(message) = password_rule::check(chosen, &holder.email) {
        let problems = Problems::at("password", message);
        let page = ResetPage { email: holder.email, token: given.to_owned(), problems };
        return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
    }
    let hash = password::hash(Secret::new(chosen)).await;
    let hash = hash.ok_or_else(|| Error::internal("a password could not be hashed"))?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let Some(holder) = token::consume(tx.conn(), given, Purpose::ResetPassword, now).await? else {
        return Ok(expired_link::page(tx.conn(), given, Purpose::ResetPassword).await?.into_response());
    };
    // A person who reads the account's email has verified the address, unless it has changed since the link was sent.
    if !store::verify(tx.conn(), holder.user, &holder.email, now).await? {
        return Ok(expired_link::over(Purpose::ResetPassword).into_response());
    }
    set_password(tx.conn(), holder.user, &hash).await?;
    store::end_sessions(tx.conn(), holder.user, None, now).await?;
    for purpose in [Purpose::ResetPassword, Purpose::ChangeEmail, Purpose::VerifyEmail] {
        token::revoke(tx.conn(), holder.user, purpose, now).await?;
    }
    account_event::record(tx.conn(), holder.user, Happening::PasswordReset, &caller, now).await?;
    let email = email::password_changed(&holder.email, &caller.browser, email::page(&state, "/forgot"))?;
    mail::post(tx.conn(), &state, email).await?;
    tx.commit().await?;
    let message = "Your new password is set, and you've been signed out everywhere.";
    Ok(Notice::new("Password changed", message, ("/login", "Sign in")).into_response())
}
