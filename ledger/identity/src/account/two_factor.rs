//! `/account/two-factor`: sets up authenticator app codes, renews recovery codes, and turns two-step sign-in off.
//!
//! It turns on only after a right code was entered, so that no one locks themselves out, and soon after the password
//! was. Turning it off requires password and code, so that a stolen session isn't enough.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::{id::UserId, seal::Secret};

use super::{
    email,
    qr::{self, Qr},
    store,
    token::{self, Purpose},
};
use crate::access::{
    account_event::{self, Happening},
    caller::Caller,
    finish_login::know_again,
    reauthenticate,
    second_factor::{self, Outcome},
    second_factor_store,
    session::{self, Session},
    totp,
};
use kit::{
    db::{GlobalTx, Holder},
    error::{Code, Error, Result},
    form::{Fields, Problems},
    mail,
    page::{PageError, compress},
    state::AppState,
};

const PLACE: &str = "/account/two-factor";
const WRONG_PASSWORD: &str = "Incorrect password.";
const TOO_LATE: &str = "The set-up took longer than 15 minutes. Enter your password to start again.";
const WRONG_CODE: &str = "That code is incorrect or was already used.";

#[derive(Debug, askama::Template)]
#[template(path = "two_factor.html")]
struct TwoFactorPage {
    email: String,
    verified: bool,
    /// The number of recovery codes left, if it is on.
    on: Option<i64>,
    /// What the app needs during set-up.
    pending: Option<Pending>,
    problems: Problems,
}

#[derive(Debug)]
struct Pending {
    secret: String,
    uri: String,
    qr: Option<Qr>,
}

#[derive(Debug, askama::Template)]
#[template(path = "recovery_codes.html")]
struct CodesPage {
    email: String,
    codes: Vec<String>,
}

/// `GET /account/two-factor`.
pub async fn show(State(state): State<AppState>, session: Session) -> std::result::Result<Response, PageError> {
    Ok(compress::uncompressed(load(&state, &session, Problems::default()).await?))
}

/// `POST /account/two-factor/begin`: generates a fresh secret to scan.
///
/// # Errors
/// 403 before the email is confirmed; 429 after too many guesses; 503 if the database is unavailable.
pub async fn begin(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    if !session.verified {
        let message = "Confirm your email address first, using the link we sent you.";
        return Err(Error::new(StatusCode::FORBIDDEN, Code::EmailNotVerified, message).into());
    }
    if !reauthenticate::fits(&state, &session, Secret::new(fields.raw("password"))).await? {
        return Ok(refused(&state, &session, Problems::at("password", WRONG_PASSWORD)).await?);
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    second_factor::begin(tx.conn(), &state.config.keys, session.user, state.clock.now()).await?;
    tx.commit().await?;
    Ok(Redirect::to(PLACE).into_response())
}

/// `POST /account/two-factor/confirm`: the first code turns it on; the page then shows the recovery codes.
///
/// # Errors
/// 404 if no set-up is in progress; 503 if the database is unavailable. 15 minutes after it began, the page asks for
/// the password again.
pub async fn confirm(
    State(state): State<AppState>,
    session: Session,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let pending = second_factor_store::find(tx.conn(), session.user).await?.filter(|stored| !stored.enabled);
    let pending = pending.ok_or_else(Error::not_found)?;
    if !pending.is_pending(now) {
        tx.commit().await?;
        return Ok(refused(&state, &session, Problems::at("password", TOO_LATE)).await?);
    }
    let secret = second_factor::open(&state.config.keys, session.user, &pending.sealed_secret);
    let secret = secret.map_err(|error| Error::internal(error))?;
    let Some(step) = totp::matching_step(&secret, fields.raw("code"), state.clock.wall(), None) else {
        tx.commit().await?;
        return Ok(refused(&state, &session, Problems::at("code", WRONG_CODE)).await?);
    };
    if !second_factor_store::enable(tx.conn(), session.user, step, now).await? {
        return Err(Error::not_found().into());
    }
    let codes = second_factor::renew_codes(tx.conn(), session.user).await?;
    store::end_sessions(tx.conn(), session.user, session::presented(&caller.headers).as_ref(), now).await?;
    // It was requested without a code, and confirming it needs none.
    token::revoke(tx.conn(), session.user, Purpose::ChangeEmail, now).await?;
    account_event::record(tx.conn(), session.user, Happening::SecondFactorOn, &caller, now).await?;
    notify(&mut tx, &state, &session, &caller, true).await?;
    tx.commit().await?;
    let mut response = compress::uncompressed(CodesPage { email: session.email.clone(), codes: codes.to_vec() });
    know_again(&state, response.headers_mut(), &session.email, now);
    Ok(response)
}

/// `POST /account/two-factor/codes`: replaces the recovery codes with new ones.
///
/// # Errors
/// 429 after too many guesses; 503 if the database is unavailable.
pub async fn renew(
    State(state): State<AppState>,
    session: Session,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let fields = (fields.raw("renew_password"), fields.raw("renew_code"));
    let mut tx = match prove(&state, &session, &caller, fields, ("renew_password", "renew_code")).await? {
        Ok(tx) => tx,
        Err(problems) => return Ok(refused(&state, &session, problems).await?),
    };
    let codes = second_factor::renew_codes(tx.conn(), session.user).await?;
    account_event::record(tx.conn(), session.user, Happening::RecoveryCodesRenewed, &caller, state.clock.now()).await?;
    tx.commit().await?;
    Ok(compress::uncompressed(CodesPage { email: session.email, codes: codes.to_vec() }))
}

/// `POST /account/two-factor/off`.
pub async fn turn_off(
    State(state): State<AppState>,
    session: Session,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let fields = (fields.raw("off_password"), fields.raw("off_code"));
    let mut tx = match prove(&state, &session, &caller, fields, ("off_password", "off_code")).await? {
        Ok(tx) => tx,
        Err(problems) => return Ok(refused(&state, &session, problems).await?),
    };
    second_factor_store::remove(tx.conn(), session.user).await?;
    account_event::record(tx.conn(), session.user, Happening::SecondFactorOff, &caller, state.clock.now()).await?;
    notify(&mut tx, &state, &session, &caller, false).await?;
    tx.commit().await?;
    Ok(Redirect::to("/account?done=second_factor_off").into_response())
}

/// Returns whether signing in requires a code.
pub async fn is_on(state: &AppState, user: UserId) -> std::result::Result<bool, sqlx::Error> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let stored = second_factor_store::find(tx.conn(), user).await?;
    tx.commit().await?;
    Ok(stored.is_some_and(|stored| stored.enabled))
}

/// Checks both password and code, in the transaction in which the change is made. A wrong code counts as a guess.
pub async fn prove(
    state: &AppState,
    session: &Session,
    caller: &Caller,
    (password, code): (&str, &str),
    names: (&'static str, &'static str),
) -> Result<std::result::Result<GlobalTx, Problems>> {
    if !reauthenticate::fits(state, session, Secret::new(password)).await? {
        let mut problems = Problems::at(names.0, WRONG_PASSWORD);
        // A code works only once, so it isn't looked at with a wrong password; a missing one is named, too.
        if code.trim().is_empty() {
            problems.add(names.1, WRONG_CODE);
        }
        return Ok(Err(problems));
    }
    let known = caller.device(state, &session.email).await?.is_some();
    let mut tx = state.db.global(Holder::Nothing).await?;
    match second_factor::check(tx.conn(), state, session.user, code, known).await? {
        Outcome::Right | Outcome::RecoveryCode => Ok(Ok(tx)),
        Outcome::Wrong => {
            tx.commit().await?;
            Ok(Err(Problems::at(names.1, WRONG_CODE)))
        }
        Outcome::TooMany => Err(Error::too_often().retry_after(900)),
    }
}

async fn notify(tx: &mut GlobalTx, state: &AppState, session: &Session, caller: &Caller, is_on: bool) -> Result<()> {
    let message = email::second_factor(&session.email, is_on, &caller.browser, email::page(state, "/forgot"))?;
    mail::post(tx.conn(), state, message).await
}

async fn refused(state: &AppState, session: &Session, problems: Problems) -> Result<Response> {
    Ok((StatusCode::FORBIDDEN, compress::uncompressed(load(state, session, problems).await?)).into_response())
}

async fn load(state: &AppState, session: &Session, problems: Problems) -> Result<TwoFactorPage> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let stored = second_factor_store::find(tx.conn(), session.user).await?;
    let codes = second_factor_store::codes_left(tx.conn(), session.user).await?;
    tx.commit().await?;
    let now = state.clock.now();
    let pending = stored.as_ref().filter(|stored| stored.is_pending(now)).map(|stored| {
        let secret = second_factor::open(&state.config.keys, session.user, &stored.sealed_secret);
        secret.map(|secret| {
            let uri = totp::uri(&session.email, &secret);
            Pending { qr: qr::draw(&uri), secret: in_fours(secret.expose()), uri }
        })
    });
    Ok(TwoFactorPage {
        email: session.email.clone(),
        verified: session.verified,
        on: stored.filter(|stored| stored.enabled).map(|_| codes),
        pending: pending.transpose().map_err(|error| Error::internal(error))?,
        problems,
    })
}

/// Groups the text in fours, so that people can copy it.
fn in_fours(text: &str) -> String {
    let places = text.chars().enumerate();
    places.flat_map(|(at, c)| (at > 0 && at % 4 == 0).then_some(' ').into_iter().chain([c])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_shown_in_fours() {
        assert_eq!(in_fours("GEZDGNBVGY"), "GEZD GNBV GY");
    }
}
