//! `/verify`: confirms a person's email when they open the link in it and press the button.
//!
//! If they have never signed in, the button signs them in, too, in the browser in which they signed up: the link has shown
//! that the mailbox is theirs, and there is no second factor yet. A browser in which someone is signed in keeps its session.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};

use super::{
    address::Address,
    email, expired_link, own_browser, store,
    token::{self, Purpose},
};
use crate::access::{
    account_event::{self, Happening},
    caller::Caller,
    finish_login::welcome,
    session::{self, Session},
};
use kit::{
    db::Holder,
    error::Error,
    form::Fields,
    limit::{self, Limit, PublicAction},
    mail,
    page::{Html, PageError, notice::Notice},
    state::AppState,
};

#[derive(Debug, askama::Template)]
#[template(path = "confirm.html")]
pub struct ConfirmPage {
    pub title: &'static str,
    pub email: String,
    pub action: &'static str,
    pub button: &'static str,
    pub token: String,
}

/// `GET /verify`: a page with a button.
pub async fn show(State(state): State<AppState>, address: Address) -> Result<Response, PageError> {
    let token = address.token;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let holder = token::peek(tx.conn(), &token, Purpose::VerifyEmail, state.clock.now()).await?;
    let Some(holder) = holder else {
        return Ok(expired_link::page(tx.conn(), &token, Purpose::VerifyEmail).await?.into_response());
    };
    tx.commit().await?;
    let (title, action, button) = ("Confirm your email address", "/verify", "Confirm");
    Ok(Html(ConfirmPage { title, email: holder.email, action, button, token }).into_response())
}

/// `POST /verify`.
///
/// # Errors
/// 503 if the database is unavailable. A page explains why a link no longer works.
pub async fn confirm(
    State(state): State<AppState>,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let given = fields.raw("token");
    let Some(holder) = token::consume(tx.conn(), given, Purpose::VerifyEmail, now).await? else {
        return Ok(expired_link::page(tx.conn(), given, Purpose::VerifyEmail).await?.into_response());
    };
    if !store::verify(tx.conn(), holder.user, &holder.email, now).await? {
        return Ok(expired_link::over(Purpose::VerifyEmail).into_response());
    }
    token::revoke(tx.conn(), holder.user, Purpose::VerifyEmail, now).await?;
    account_event::record(tx.conn(), holder.user, Happening::EmailVerified, &caller, now).await?;
    let is_new = own_browser::signed_up(&state.config.keys.pages, &caller.headers, holder.user)
        && !store::has_signed_in(tx.conn(), holder.user).await?;
    tx.commit().await?;
    if is_new && session::find(&caller.headers, &state).await?.is_none() {
        let tx = state.db.global(Holder::Nothing).await?;
        let (user, email) = (holder.user, &holder.email);
        return Ok(welcome(&state, tx, user, email, &caller, Happening::SignedIn, "/dashboard").await?);
    }
    let message = "Your email address is confirmed.";
    Ok(Notice::new("Email confirmed", message, ("/dashboard", "Go to the dashboard")).into_response())
}

/// `POST /account/verify`: sends the email again.
///
/// # Errors
/// 429 after too many requests; 503 if the database is unavailable.
pub async fn send_again(
    State(state): State<AppState>,
    session: Session,
    caller: Caller,
) -> Result<Response, PageError> {
    if !session.verified {
        let device = caller.device(&state, &session.email).await?;
        let now = state.clock.now();
        let mut tx = state.db.global(Holder::Nothing).await?;
        let limit = Limit::Email { action: PublicAction::Verify, address: &session.email, device };
        if !limit::admit_in(tx.conn(), &state, &limit).await? {
            return Err(Error::too_often().into());
        }
        let person = store::person(tx.conn(), session.user).await?.ok_or_else(Error::not_found)?;
        let token = token::issue(tx.conn(), session.user, &session.email, Purpose::VerifyEmail, now).await?;
        let link = email::link(&state, Purpose::VerifyEmail, &token);
        mail::post(tx.conn(), &state, email::verify_email(&session.email, &person.name, link)?).await?;
        tx.commit().await?;
    }
    Ok(Redirect::to("/account?done=sent").into_response())
}
