//! Changes a person's password or email. Both require the password; a new email also requires a two-step code if that
//! is on, and takes effect once its confirmation link is used.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::seal::Secret;

use super::{
    address::Address,
    email, expired_link, page, password_rule, store,
    token::{self, Purpose},
    two_factor,
    verify::ConfirmPage,
};
use crate::access::{
    account_event::{self, Happening},
    caller::Caller,
    finish_login, password, reauthenticate,
    session::{self, Session},
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
};

const WAY: (&str, &str) = ("/account", "Go to your account");
const WRONG: &str = "Incorrect password.";

/// `POST /account/password`.
///
/// # Errors
/// 429 after too many guesses; 503 if the database is unavailable. A mistake is shown next to its field.
pub async fn password(
    State(state): State<AppState>,
    session: Session,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let chosen = fields.raw("new_password");
    let refuse = |status, problems| page::again(&state, &session, &caller, status, "", problems);
    let mut problems = Problems::default();
    if !reauthenticate::fits(&state, &session, Secret::new(fields.raw("password"))).await? {
        problems.add("password", WRONG);
    }
    if let Err(message) = password_rule::check(chosen, &session.email) {
        problems.add("new_password", message);
        return Ok(refuse(StatusCode::BAD_REQUEST, problems).await?);
    }
    if !problems.is_empty() {
        return Ok(refuse(StatusCode::FORBIDDEN, problems).await?);
    }
    let hash = password::hash(Secret::new(chosen)).await;
    let hash = hash.ok_or_else(|| Error::internal("a password could not be hashed"))?;
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    set_password(tx.conn(), session.user, &hash).await?;
    store::end_sessions(tx.conn(), session.user, session::presented(&caller.headers).as_ref(), now).await?;
    let renewed = finish_login::renew(&mut tx, session.user, &caller).await?;
    for purpose in [Purpose::ResetPassword, Purpose::ChangeEmail] {
        token::revoke(tx.conn(), session.user, purpose, now).await?;
    }
    account_event::record(tx.conn(), session.user, Happening::PasswordChanged, &caller, now).await?;
    let message = email::password_changed(&session.email, &caller.browser, email::page(&state, "/forgot"))?;
    mail::post(tx.conn(), &state, message).await?;
    tx.commit().await?;
    let mut response = Redirect::to("/account?done=password").into_response();
    finish_login::append(response.headers_mut(), renewed);
    finish_login::know_again(&state, response.headers_mut(), &session.email, now);
    Ok(response)
}

/// `POST /account/email`: sends a link to the new email. If that email already has an account, only its owner is
/// notified.
pub async fn email(
    State(state): State<AppState>,
    session: Session,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let typed = fields.raw("email").to_owned();
    let refuse = |status, problems| page::again(&state, &session, &caller, status, &typed, problems);
    let email = match fields.email("email") {
        Ok(email) if email == session.email => Err(Problems::at("email", "That's already your email address.")),
        read => read,
    };
    let email = match email {
        Ok(email) => email,
        Err(mut problems) => {
            // The code isn't looked at: it works only once.
            if !reauthenticate::fits(&state, &session, Secret::new(fields.raw("email_password"))).await? {
                problems.add("email_password", WRONG);
            }
            return Ok(refuse(StatusCode::BAD_REQUEST, problems).await?);
        }
    };
    if let Some(problems) = unproved(&state, &session, &caller, &fields).await? {
        return Ok(refuse(StatusCode::FORBIDDEN, problems).await?);
    }
    post_change(&state, &session, &email).await?;
    Ok(Redirect::to("/account?done=sent").into_response())
}

/// Returns what is wrong with the password, or with the code if two-step sign-in is on. A new email gives access to
/// everything else, so both are required.
async fn unproved(state: &AppState, session: &Session, caller: &Caller, fields: &Fields) -> Result<Option<Problems>> {
    let password = fields.raw("email_password");
    if !two_factor::is_on(state, session.user).await? {
        let fits = reauthenticate::fits(state, session, Secret::new(password)).await?;
        return Ok((!fits).then(|| Problems::at("email_password", WRONG)));
    }
    let given = (password, fields.raw("email_code"));
    match two_factor::prove(state, session, caller, given, ("email_password", "email_code")).await? {
        Ok(tx) => tx.commit().await?,
        Err(problems) => return Ok(Some(problems)),
    }
    Ok(None)
}

async fn post_change(state: &AppState, session: &Session, email: &str) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    // Also limits by session; otherwise one person could have us send emails to any number of addresses.
    for limit in [
        Limit::Email { action: PublicAction::Verify, address: email, device: None },
        Limit::EmailBySession(PublicAction::Verify, &session.token_hash),
    ] {
        if !limit::admit_in(tx.conn(), state, &limit).await? {
            return Err(Error::too_often());
        }
    }
    let message = if store::person_at(tx.conn(), email).await?.is_some() {
        email::account_exists(email, email::page(state, "/login"), email::page(state, "/forgot"))?
    } else {
        token::revoke(tx.conn(), session.user, Purpose::ChangeEmail, now).await?;
        let token = token::issue(tx.conn(), session.user, email, Purpose::ChangeEmail, now).await?;
        email::email_change(email, email::link(state, Purpose::ChangeEmail, &token))?
    };
    mail::post(tx.conn(), state, message).await?;
    tx.commit().await?;
    Ok(())
}

/// `GET /account/email/confirm`: a page with a button.
pub async fn show_confirm(State(state): State<AppState>, address: Address) -> std::result::Result<Response, PageError> {
    let token = address.token;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let holder = token::peek(tx.conn(), &token, Purpose::ChangeEmail, state.clock.now()).await?;
    let Some(holder) = holder else {
        return Ok(expired_link::page(tx.conn(), &token, Purpose::ChangeEmail).await?.into_response());
    };
    tx.commit().await?;
    let (title, action, button) = ("Confirm your new email address", "/account/email/confirm", "Confirm");
    Ok(Html(ConfirmPage { title, email: holder.email, action, button, token }).into_response())
}

/// `POST /account/email/confirm`.
pub async fn confirm(
    State(state): State<AppState>,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let given = fields.raw("token");
    let Some(holder) = token::consume(tx.conn(), given, Purpose::ChangeEmail, now).await? else {
        return Ok(expired_link::page(tx.conn(), given, Purpose::ChangeEmail).await?.into_response());
    };
    let old = store::person(tx.conn(), holder.user).await?.ok_or_else(Error::not_found)?;
    if !store::change_email(tx.conn(), holder.user, &holder.email, now).await? {
        return Ok(expired_link::over(Purpose::ChangeEmail).into_response());
    }
    // Invalidates links that were sent to the old email.
    for purpose in [Purpose::ResetPassword, Purpose::VerifyEmail] {
        token::revoke(tx.conn(), holder.user, purpose, now).await?;
    }
    account_event::record(tx.conn(), holder.user, Happening::EmailChanged, &caller, now).await?;
    let message = email::email_changed(&old.email, &holder.email, &caller.browser)?;
    mail::post(tx.conn(), &state, message).await?;
    tx.commit().await?;
    let message = "Your account now uses the new address. We notified the old one.";
    Ok(Notice::new("Email address changed", message, WAY).into_response())
}
