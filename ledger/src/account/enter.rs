//! `/a/enter` and `/a/link`: an affiliate's link takes them in; an old one earns a new one.
//!
//! Opening the link shows a button and uses nothing up, since mail programs look into links first. Whoever asks for a new
//! link gets the same answer whatever they send; the link goes to the affiliate's own address.

use axum::{
    Form,
    extract::{Query, State},
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

use super::{
    form::{self, Fields, Notice, Problem, field},
    letter::AffiliateLink,
    magic,
    magic_store::{self, Known},
    portal,
    tenant_token::TenantToken,
    verify::Link,
};
use crate::{
    access::{caller::Caller, cookie, throttle::Errand},
    db::TenantTx,
    error::Result,
    mail,
    page::{Html, PageError},
    state::AppState,
};

/// More brands than this one address hardly promotes.
const LETTERS_MAX: i64 = 20;

#[derive(Debug, askama::Template)]
#[template(path = "enter.html")]
struct EnterPage {
    name: String,
    organization: String,
    token: String,
}

#[derive(Debug, Default, askama::Template)]
#[template(path = "affiliate_link.html")]
struct LinkPage {
    /// An old link, whose affiliate may have a new one.
    token: String,
    email: String,
    problem: Problem,
}

/// `GET /a/enter`: a page with a button.
///
/// # Errors
/// Where the database is away.
pub async fn show(State(state): State<AppState>, Query(link): Query<Link>) -> std::result::Result<Response, PageError> {
    let Some(token) = TenantToken::read(&link.token) else { return Ok(spent(String::new())) };
    let mut tx = state.db.tenant(token.organization).await?;
    let known = magic_store::holder_of_link(&mut tx, &token, true, state.clock.now()).await?;
    tx.commit().await?;
    let Some(known) = known else { return Ok(spent(link.token)) };
    let page = EnterPage { name: known.name, organization: known.organization_name, token: link.token };
    Ok(Html(page).into_response())
}

/// `POST /a/enter`: uses the link up and opens the portal.
///
/// # Errors
/// Where the database is away.
pub async fn enter(
    State(state): State<AppState>,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let given = field(&fields, "token");
    let Some(token) = TenantToken::read(given) else { return Ok(spent(String::new())) };
    let now = state.clock.now();
    let mut tx = state.db.tenant(token.organization).await?;
    let Some(affiliate) = magic_store::use_link(&mut tx, &token, now).await? else {
        return Ok(spent(given.to_owned()));
    };
    let session = TenantToken::fresh(token.organization);
    if let Some(old) = portal::presented(&caller.headers).filter(|old| old.organization == token.organization) {
        magic_store::delete_session(&mut tx, &old).await?;
    }
    magic_store::insert_session(&mut tx, &session, affiliate, now, now.plus_days(portal::LIFE_DAYS)).await?;
    tx.commit().await?;
    let mut response = Redirect::to("/a").into_response();
    if let Some(cookie) = cookie::set(cookie::AFFILIATE, session.text(), portal::LIFE_DAYS * 86_400) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// One answer for used, expired and forged links: the offer of a new one.
fn spent(token: String) -> Response {
    (StatusCode::GONE, Html(LinkPage { token, ..LinkPage::default() })).into_response()
}

/// `GET /a/link`.
pub async fn ask() -> Response {
    Html(LinkPage::default()).into_response()
}

/// `POST /a/link`: by an old link, or by the address.
///
/// # Errors
/// 429 for who asks too often; 503 where the database is away.
pub async fn send(
    State(state): State<AppState>,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    if !state.login_throttle.admit_errand(Errand::AffiliateLink, caller.source, state.clock.wall()) {
        return Err(form::too_often().into());
    }
    let given = field(&fields, "token");
    if given.is_empty() {
        match form::email(&fields, "email") {
            Ok(email) => post_to(&state, &email).await?,
            Err(problem) => {
                let page = LinkPage { email: field(&fields, "email").to_owned(), problem, token: String::new() };
                return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
            }
        }
    } else if let Some(old) = TenantToken::read(given) {
        let mut tx = state.db.tenant(old.organization).await?;
        if let Some(known) = magic_store::holder_of_link(&mut tx, &old, false, state.clock.now()).await? {
            post_link(&mut tx, &state, old.organization, &known).await?;
        }
        tx.commit().await?;
    }
    Ok(Redirect::to("/a/link/sent").into_response())
}

/// `GET /a/link/sent`.
pub async fn sent() -> Response {
    let message = "If we know you as an affiliate, we sent a new link to your address. It works once, within 14 days.";
    Notice::new("Look into your mailbox", message, ("/a/link", "Back")).into_response()
}

/// A link for each organization that the address is an affiliate of.
async fn post_to(state: &AppState, email: &str) -> Result<()> {
    for tenants in state.db.all_tenants().await?.chunks(1_000) {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        for (organization, known) in magic_store::approved_with(&mut tx, email, LETTERS_MAX).await? {
            post_link(&mut tx, state, organization, &known).await?;
        }
        tx.commit().await?;
    }
    Ok(())
}

async fn post_link(tx: &mut TenantTx, state: &AppState, organization: OrganizationId, known: &Known) -> Result<()> {
    let whose = format!("{organization} {}", known.email);
    if !state.login_throttle.admit_letter(Errand::AffiliateLink, &whose, None, state.clock.wall()) {
        return Ok(());
    }
    let link = magic::issue(tx, organization, known.id, state.clock.now()).await?;
    let words = AffiliateLink {
        name: known.name.clone(),
        organization: known.organization_name.clone(),
        link: link.url(state),
    };
    mail::post(tx.conn(), state, words.to(&known.email)?).await
}
