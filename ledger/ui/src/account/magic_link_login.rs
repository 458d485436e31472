//! `/a/enter` and `/a/link`: sign an affiliate in with a magic link, and send a new link for an old one.
//!
//! Opening the link only shows a button and doesn't use the link up, because mail programs open links first. Anyone who
//! requests a new link gets the same answer whatever they send; the link goes to the affiliate's own address. Each step
//! passes on the portal page that the affiliate wanted, and validates it again.

use axum::{
    Form,
    extract::State,
    http::{StatusCode, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

use identity::{
    access::{caller::Caller, cookie},
    account::{
        address::Address,
        alike::alike,
        email::affiliate_link,
        magic,
        magic_store::{self, Known, NewSession},
        return_to::Next,
        tenant_token::TenantToken,
    },
    portal::{brands, face::Face, session},
};
use kit::{
    db::TenantsTx,
    email_address,
    error::{Error, Result},
    form::{Fields, Problems},
    limit::{self, Limit, PublicAction},
    mail::{self, EmailKind},
    page::{Html, PageError, notice::Notice},
    state::AppState,
    text::Texts,
};
use programs::affiliate::{self, first_login};

/// Maximum emails per request: hardly any address promotes more brands than this.
const EMAILS_MAX: i64 = 20;

#[derive(Debug, askama::Template)]
#[template(path = "enter.html")]
struct EnterPage {
    t: Texts,
    name: String,
    organization: String,
    face: Option<Face>,
    token: String,
    next: Next,
}

#[derive(Debug, Default, askama::Template)]
#[template(path = "affiliate_link.html")]
struct LinkPage {
    t: Texts,
    /// The brand that the opened link names.
    face: Option<Face>,
    /// An old link, whose affiliate may request a new one.
    token: String,
    /// The link that was opened isn't one: a part of it is missing.
    incomplete: bool,
    email: String,
    problems: Problems,
    next: Next,
    /// The brand that the person signs in for, if an email of it led here.
    brand: Option<OrganizationId>,
}

/// `GET /a/enter`: shows a page with a button.
pub async fn show(
    State(state): State<AppState>,
    t: Texts,
    address: Address,
) -> std::result::Result<Response, PageError> {
    let Address { token: given, next, .. } = address;
    let Some(token) = TenantToken::read(&given) else { return Ok(incomplete(t, next)) };
    let mut tx = state.db.tenant(token.organization).await?;
    let known = magic_store::holder_of_link(&mut tx, &token, true, state.clock.now()).await?;
    let face = Face::of(&mut tx).await?;
    tx.commit().await?;
    let Some(known) = known else { return Ok(spent(t, given, next, face)) };
    let t = known.language.map_or(t, Texts::new);
    let page = EnterPage { t, name: known.name, organization: known.organization_name, face, token: given, next };
    Ok(Html(page).into_response())
}

/// `POST /a/enter`: uses the link up and opens the portal.
pub async fn enter(
    State(state): State<AppState>,
    t: Texts,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let (given, next) = (fields.raw("token"), Next::read(fields.raw("next")));
    let Some(token) = TenantToken::read(given) else { return Ok(incomplete(t, next)) };
    let now = state.clock.now();
    let mut tx = state.db.tenant(token.organization).await?;
    let Some((affiliate, email)) = magic_store::use_link(&mut tx, &token, now).await? else {
        return Ok(spent(t, given.to_owned(), next, Face::of(&mut tx).await?));
    };
    let proof = (email.as_deref(), first_login::by_link as first_login::Evidence);
    let Some(entered) = first_login::entered(&mut tx, &state, affiliate, proof, &caller).await? else {
        return Ok(spent(t, given.to_owned(), next, Face::of(&mut tx).await?));
    };
    if let Some(joined) = entered.joined {
        recruiting::program_page::email::joined(&mut tx, &state, &joined).await?;
    }
    let fresh = TenantToken::fresh(token.organization);
    if let Some(old) = session::presented(&caller.headers).filter(|old| old.organization == token.organization) {
        magic_store::delete_session(&mut tx, &old).await?;
    }
    let expires = now.plus_days(session::LIFE_DAYS);
    let opened = NewSession { affiliate, now, expires, email: email.as_deref(), elsewhere: &[] };
    magic_store::insert_session(&mut tx, &fresh, &opened).await?;
    tx.commit().await?;
    // Their first login may have made a link.
    state.edge_config_changed.notify_one();
    drop(state.news.send(token.organization));
    if let Some(email) = email.as_deref() {
        brands::remember(&state, &fresh, email).await?;
    }
    let mut response = Redirect::to(next.place()).into_response();
    if let Some(cookie) = cookie::set(cookie::AFFILIATE, fresh.text(), session::LIFE_DAYS * 86_400) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}

/// The same answer for used, expired and forged links: an offer to send a new one.
fn spent(t: Texts, token: String, next: Next, face: Option<Face>) -> Response {
    (StatusCode::GONE, Html(LinkPage { t, face, token, next, ..LinkPage::default() })).into_response()
}

/// The answer for what can't be a link: it was cut off, so there is no one to send a new one to without their address.
fn incomplete(t: Texts, next: Next) -> Response {
    (StatusCode::GONE, Html(LinkPage { t, next, incomplete: true, ..LinkPage::default() })).into_response()
}

/// `GET /a/link`: shows the form that requests a new link, for one brand if the URL names it.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn ask(
    State(state): State<AppState>,
    t: Texts,
    address: Address,
) -> std::result::Result<Response, PageError> {
    let Address { next, brand, .. } = address;
    let face = face_of(&state, brand).await?;
    Ok(Html(LinkPage { t, face, next, brand, ..LinkPage::default() }).into_response())
}

async fn face_of(state: &AppState, brand: Option<OrganizationId>) -> Result<Option<Face>> {
    let Some(brand) = brand else { return Ok(None) };
    let mut tx = state.db.tenant(brand).await?;
    let face = Face::of(&mut tx).await?;
    tx.commit().await?;
    Ok(face)
}

/// `POST /a/link`: sends a new link, given an old link or an email address.
///
/// # Errors
/// 429 if the caller asks too often; 503 if the database is unavailable.
pub async fn send(
    State(state): State<AppState>,
    t: Texts,
    caller: Caller,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    if !limit::admit(&state, &Limit::PublicAction(PublicAction::AffiliateLink, caller.source)).await? {
        return Err(Error::too_often().into());
    }
    let (given, next) = (fields.raw("token"), Next::read(fields.raw("next")));
    let brand: Option<OrganizationId> = fields.raw("brand").parse().ok();
    if given.is_empty() {
        match email_address::parse(fields.raw("email")) {
            Some(email) => alike(post_to(&state, &email, brand, &next)).await?,
            None => {
                let problems = Problems::at("email", t.say("portal-claims-email-wrong"));
                let (face, email) = (face_of(&state, brand).await?, fields.raw("email").to_owned());
                let page = LinkPage { t, face, email, problems, next, brand, ..LinkPage::default() };
                return Ok((StatusCode::BAD_REQUEST, Html(page)).into_response());
            }
        }
    } else if let Some(old) = TenantToken::read(given) {
        alike(post_anew(&state, &old, &next)).await?;
    }
    Ok(Redirect::to("/a/link/sent").into_response())
}

/// Sends a new link in exchange for an old one.
async fn post_anew(state: &AppState, old: &TenantToken, next: &Next) -> Result<()> {
    let mut tx = state.db.tenant(old.organization).await?;
    if let Some(known) = magic_store::holder_of_link(&mut tx, old, false, state.clock.now()).await? {
        post_link(&mut tx, state, old.organization, &known, next).await?;
    }
    Ok(tx.commit().await?)
}

/// `GET /a/link/sent`: says that a link was sent.
pub async fn sent(State(state): State<AppState>, t: Texts) -> Response {
    let way = ("/a/link", t.say("portal-link-back"));
    Notice::mailed(&state, t, t.say("portal-link-sent-hint"), way).into_response()
}

/// Sends a link for the requested brand if it has an affiliate with this address, else for each brand that has one.
async fn post_to(state: &AppState, email: &str, brand: Option<OrganizationId>, next: &Next) -> Result<()> {
    // First on its own, because the search below is limited.
    if let Some(brand) = brand
        && post_links(state, email, vec![brand], next).await?
    {
        return Ok(());
    }
    let found = magic::brands_of(state, email, EMAILS_MAX).await?;
    // The page is one of the requested brand's.
    let elsewhere = Next::default();
    let next = if brand.is_some() { &elsewhere } else { next };
    if !found.is_empty() {
        post_links(state, email, found, next).await?;
    }
    Ok(())
}

/// Sends a link for each of the brands that has an affiliate with this address. Returns whether one has.
async fn post_links(state: &AppState, email: &str, brands: Vec<OrganizationId>, next: &Next) -> Result<bool> {
    let mut tx = state.db.tenants(brands).await?;
    let known = magic_store::approved_with(&mut tx, email, EMAILS_MAX).await?;
    for (organization, affiliate) in &known {
        post_link(&mut tx, state, *organization, affiliate, next).await?;
    }
    tx.commit().await?;
    Ok(!known.is_empty())
}

async fn post_link(
    tx: &mut TenantsTx,
    state: &AppState,
    organization: OrganizationId,
    known: &Known,
    next: &Next,
) -> Result<()> {
    let whose = format!("{organization} {}", known.email);
    let limit = Limit::Email { action: PublicAction::AffiliateLink, address: &whose, device: None };
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        return Ok(());
    }
    let whom = (known.id, known.email.as_str());
    let Some(link) = magic::issue(tx, organization, whom, state.clock.now()).await? else { return Ok(()) };
    let look = affiliate::email::look(tx, organization, known.id).await?;
    let message =
        affiliate_link(look, &known.name, link.url_to(state, next)).to(&known.email, EmailKind::AffiliateLink)?;
    mail::post_to(tx.conn(), state, (organization, known.id), message).await
}
