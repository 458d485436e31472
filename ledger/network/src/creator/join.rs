//! `/network/join` and `/network/enter`: a person becomes a creator, or comes back, by a link that is emailed to them.
//!
//! Opening the link only shows a button, because mail programs open links before people do. Anyone who asks for a link
//! gets the same answer, whether or not the address belongs to a creator. An affiliate whose portal session has proved its
//! address needs no further email.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use identity::{
    access::{caller::Caller, cookie, session::Token},
    account::alike::alike,
    portal::session::AffiliateSession,
};
use sha2::{Digest, Sha256};

use super::{
    email,
    next::Next,
    session::{self, LIFE_DAYS, cookie_for, enabled, open},
    session_store,
};
use crate::flag::raise;
use kit::{
    api::query::Query,
    db::{GlobalTx, Holder},
    email_address,
    error::{Error, Result},
    form::{Fields, Problems},
    limit::{self, Limit, PublicAction},
    mail,
    page::{Html, PageError, notice::Notice},
    state::AppState,
    text::Texts,
};

/// How long a link works.
const LINK_DAYS: i64 = 1;

#[derive(Debug, Default, askama::Template)]
#[template(path = "creator_join.html")]
struct JoinPage {
    t: Texts,
    /// An old link, which can be exchanged for a new one.
    token: String,
    email: String,
    problems: Problems,
    next: Next,
    /// The address that the portal's session has proved.
    proved: Option<String>,
}

#[derive(Debug, askama::Template)]
#[template(path = "creator_enter.html")]
struct EnterPage {
    t: Texts,
    email: String,
    token: String,
    next: Next,
}

fn queried(query: &mut Query) -> (String, Next) {
    let next = Next::read(&query.text("next").unwrap_or_default());
    (query.text("token").unwrap_or_default(), next)
}

/// `GET /network/join`: shows the form that asks for a link, or the button for those who need none.
pub async fn ask(
    State(state): State<AppState>,
    t: Texts,
    headers: HeaderMap,
    affiliate: std::result::Result<AffiliateSession, identity::portal::session::Outside>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    enabled(&state)?;
    let (_, next) = queried(&mut query);
    if session::current(&state, &headers).await?.is_some() {
        return Ok(Redirect::to(next.place()).into_response());
    }
    let proved = affiliate.ok().and_then(|affiliate| affiliate.proved);
    Ok(Html(JoinPage { t, next, proved, ..JoinPage::default() }).into_response())
}

/// `POST /network/join`: sends a link, given an address or an old link.
///
/// # Errors
/// 429 if the caller asks too often; 503 if the database is unavailable.
pub async fn send(
    State(state): State<AppState>,
    t: Texts,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    enabled(&state)?;
    if !limit::admit(&state, &Limit::PublicAction(PublicAction::CreatorLink, caller.source)).await? {
        raise::sign_ups(&state).await?;
        return Err(Error::too_often().into());
    }
    let (given, next) = (fields.raw("token"), Next::read(fields.raw("next")));
    if given.is_empty() {
        let Some(email) = email_address::parse(fields.raw("email")) else {
            let problems = Problems::at("email", t.say("creator-join-email-wrong"));
            let page = JoinPage { t, email: fields.raw("email").to_owned(), problems, next, ..JoinPage::default() };
            return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
        };
        alike(post_link(&state, t, &email, &next)).await?;
    } else {
        alike(post_anew(&state, t, given, &next)).await?;
    }
    Ok(Redirect::to("/network/join/sent").into_response())
}

/// `GET /network/join/sent`: says that a link was sent.
pub async fn sent(State(state): State<AppState>, t: Texts) -> std::result::Result<Response, PageError> {
    enabled(&state)?;
    let way = ("/network/join", t.say("creator-join-back"));
    Ok(Notice::mailed(&state, t, t.say("creator-join-sent"), way).into_response())
}

async fn post_link(state: &AppState, t: Texts, address: &str, next: &Next) -> Result<()> {
    let token = Token::fresh();
    let mut tx = state.db.global(Holder::BearerHash(&token.hash)).await?;
    let limit = Limit::Email { action: PublicAction::CreatorLink, address, device: None };
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        drop(tx);
        return raise::sign_ups(state).await;
    }
    queue(&mut tx, state, t, (address, next), (&token, None)).await?;
    Ok(tx.commit().await?)
}

/// Queues a link to someone whom another installation (`from`, with the title of our program) announced, in a transaction
/// that is bound to the token. Returns false if the address gets too many links: the caller rolls back.
///
/// # Errors
/// Fails if the database is unavailable.
pub(crate) async fn announce(
    tx: &mut GlobalTx,
    state: &AppState,
    t: Texts,
    (address, next): (&str, &Next),
    (token, from): (&Token, (&str, &str)),
) -> Result<bool> {
    let limit = Limit::Email { action: PublicAction::CreatorLink, address, device: None };
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        return Ok(false);
    }
    queue(tx, state, t, (address, next), (token, Some(from))).await?;
    Ok(true)
}

async fn queue(
    tx: &mut GlobalTx,
    state: &AppState,
    t: Texts,
    (address, next): (&str, &Next),
    (token, from): (&Token, Option<(&str, &str)>),
) -> Result<()> {
    let now = state.clock.now();
    session_store::insert_link(tx, &token.hash, address, now, now.plus_days(LINK_DAYS)).await?;
    let url = next.beside(&format!("{}/network/enter?token={}", state.config.public_url, token.text));
    mail::post(tx.conn(), state, email::sign_in(t, address, url, from)?).await
}

/// Sends a new link in exchange for an old one, to the address of the old one.
async fn post_anew(state: &AppState, t: Texts, old: &str, next: &Next) -> Result<()> {
    let hash: [u8; 32] = Sha256::digest(old).into();
    let mut tx = state.db.global(Holder::BearerHash(&hash)).await?;
    let address = session_store::address_of_link(&mut tx, &hash, false, state.clock.now()).await?;
    tx.commit().await?;
    match address {
        Some(address) => post_link(state, t, &address, next).await,
        None => Ok(()),
    }
}

/// `GET /network/enter`: shows a page with a button.
pub async fn show(
    State(state): State<AppState>,
    t: Texts,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    enabled(&state)?;
    let (token, next) = queried(&mut query);
    let hash: [u8; 32] = Sha256::digest(&token).into();
    let mut tx = state.db.global(Holder::BearerHash(&hash)).await?;
    let address = session_store::address_of_link(&mut tx, &hash, true, state.clock.now()).await?;
    tx.commit().await?;
    Ok(match address {
        Some(email) => Html(EnterPage { t, email, token, next }).into_response(),
        None => spent(t, token, next),
    })
}

/// `POST /network/enter`: uses the link up and signs the person in.
pub async fn enter(
    State(state): State<AppState>,
    t: Texts,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    enabled(&state)?;
    let (given, next) = (fields.raw("token"), Next::read(fields.raw("next")));
    let hash: [u8; 32] = Sha256::digest(given).into();
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::BearerHash(&hash)).await?;
    let Some(email) = session_store::use_link(&mut tx, &hash, now).await? else {
        return Ok(spent(t, given.to_owned(), next));
    };
    let expires = now.plus_days(LIFE_DAYS);
    let token = open(&mut tx, &state, (&email, t), expires).await?;
    tx.commit().await?;
    end(&state, &headers).await?;
    let mut response = Redirect::to(next.place()).into_response();
    response.headers_mut().extend(cookie_for(&token, now, expires).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// The same answer for used, expired and forged links: an offer to send a new one.
fn spent(t: Texts, token: String, next: Next) -> Response {
    (StatusCode::GONE, Html(JoinPage { t, token, next, ..JoinPage::default() })).into_response()
}

/// `POST /network/continue`: signs an affiliate in whose portal session has proved their address. The session ends when the
/// portal's does, because it rests on the same proof.
///
/// # Errors
/// 404 if the session has proved no address; 503 if the database is unavailable.
pub async fn proceed(
    State(state): State<AppState>,
    affiliate: AffiliateSession,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    enabled(&state)?;
    let next = Next::read(fields.raw("next"));
    let email = affiliate.proved.as_deref().ok_or_else(Error::not_found)?;
    let (now, expires) = (state.clock.now(), affiliate.expires_at);
    let mut tx: GlobalTx = state.db.global(Holder::Nothing).await?;
    let token = open(&mut tx, &state, (email, affiliate.t), expires).await?;
    tx.commit().await?;
    end(&state, &headers).await?;
    let mut response = Redirect::to(next.place()).into_response();
    response.headers_mut().extend(cookie_for(&token, now, expires).map(|cookie| (SET_COOKIE, cookie)));
    Ok(response)
}

/// Deletes the session that the browser presents.
async fn end(state: &AppState, headers: &HeaderMap) -> Result<()> {
    if let Some(hash) = session::presented(headers) {
        let mut tx = state.db.global(Holder::BearerHash(&hash)).await?;
        session_store::delete_session(&mut tx, &hash).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// `POST /network/leave`.
///
/// # Errors
/// If the database is unavailable: the person is still signed in then, and the page says so.
pub async fn leave(State(state): State<AppState>, headers: HeaderMap) -> std::result::Result<Response, PageError> {
    enabled(&state)?;
    end(&state, &headers).await?;
    Ok(out("/network/join"))
}

/// Redirects, and deletes the cookie.
pub(super) fn out(to: &str) -> Response {
    let mut response = Redirect::to(to).into_response();
    response.headers_mut().extend(cookie::set(cookie::CREATOR, "", 0).map(|gone| (SET_COOKIE, gone)));
    response
}
