//! `/a/switch`: switches from one brand to another that has the same affiliate. `/a/open`, where brands' emails lead,
//! opens a page of the brand that sent the email.
//!
//! Brands set their affiliates' email addresses, so a session at one brand proves nothing to another. Only an email
//! proves it: a link remembers the address that it was emailed to, and a person who signs in with it reads emails
//! there. A person can only switch to affiliates with that very address, and only while they still have it.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, header::SET_COOKIE},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;
use uuid::Uuid;

use super::{
    face::Face,
    session::{AffiliateSession, Outside, presented},
};
use crate::{
    access::cookie,
    account::{
        magic,
        magic_store::{self, NewSession},
        return_to::Next,
        tenant_token::TenantToken,
    },
};
use kit::{
    api::query::Query,
    error::Error,
    form::Fields,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

/// One address hardly promotes more brands than this.
const BRANDS_MAX: i64 = 50;

/// A brand, with the name that affiliates see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Brand {
    pub organization: OrganizationId,
    pub name: String,
}

#[derive(Debug, askama::Template)]
#[template(path = "portal_open.html")]
struct OpenPage {
    t: Texts,
    /// The brand that the session is at.
    here: String,
    /// The brand whose page was opened.
    brand: Brand,
    face: Option<Face>,
    next: Next,
}

/// Returns the URL of a page of this brand's portal, for its emails. `page` is a path of ours without a query.
pub fn url(state: &AppState, brand: OrganizationId, page: &str) -> String {
    let opened = format!("{}/a/open?brand={brand}", state.config.public_url);
    if page == "/a" { opened } else { format!("{opened}&next={page}") }
}

/// Stores with a new session which other brands have an affiliate with this address.
pub async fn remember(state: &AppState, token: &TenantToken, address: &str) -> Result<(), sqlx::Error> {
    let mut found = magic::brands_of(state, address, BRANDS_MAX).await?;
    found.retain(|organization| *organization != token.organization);
    if found.is_empty() {
        return Ok(());
    }
    let elsewhere: Vec<Uuid> = found.into_iter().map(|organization| organization.uuid()).collect();
    let mut tx = state.db.tenant(token.organization).await?;
    magic_store::set_elsewhere(&mut tx, token, &elsewhere).await?;
    tx.commit().await
}

/// Returns those of these brands that still have an affiliate with this address.
pub async fn still(state: &AppState, address: Option<&str>, brands: &[Uuid]) -> Result<Vec<Brand>, sqlx::Error> {
    let Some(address) = address.filter(|_| !brands.is_empty()) else { return Ok(Vec::new()) };
    let mut tx = state.db.tenants(brands.iter().map(|id| OrganizationId::new(*id)).collect()).await?;
    let known = magic_store::approved_with(&mut tx, address, BRANDS_MAX).await?;
    tx.commit().await?;
    let brand = |(organization, known): (_, magic_store::Known)| Brand { organization, name: known.organization_name };
    Ok(known.into_iter().map(brand).collect())
}

/// `POST /a/switch`: leads to the page `next` of the other brand. The new session expires when the old one would have.
///
/// # Errors
/// 404 for a brand that has no affiliate with the verified address; 503 if the database is unavailable.
pub async fn switch(
    State(state): State<AppState>,
    session: AffiliateSession,
    headers: HeaderMap,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let requested: OrganizationId = fields.raw("to").parse().map_err(|_| Error::not_found())?;
    let next = Next::read(fields.raw("next"));
    if requested == session.organization {
        return Ok(Redirect::to(next.place()).into_response());
    }
    Ok(move_to(&state, &session, &headers, (requested, next.place())).await?)
}

/// `GET /a/open?brand=org_…&next=/a/…`: leads to a page of this brand's portal. A person who is signed in at another
/// brand gets a button for [`switch`], if that is possible; else they sign in for this brand first. The link itself never
/// switches: any site can lead here, and forms in other tabs belong to the session's brand.
///
/// # Errors
/// 404 without a brand; 503 if the database is unavailable.
pub async fn open(
    State(state): State<AppState>,
    session: Result<AffiliateSession, Outside>,
    mut query: Query,
) -> Result<Response, PageError> {
    let named = query.text("brand").unwrap_or_default();
    let requested: OrganizationId = named.parse().map_err(|_| Error::not_found())?;
    let next = Next::read(&query.text("next").unwrap_or_default());
    let session = match session {
        Ok(session) => Some(session),
        Err(Outside::Nobody(_)) => None,
        Err(Outside::Failed(error)) => return Err(error.into()),
    };
    if let Some(session) = session {
        if session.organization == requested {
            return Ok(Redirect::to(next.place()).into_response());
        }
        if let Some(brand) = session.elsewhere.iter().find(|brand| brand.organization == requested).cloned() {
            return Ok(confirm(&state, session, brand, next).await?);
        }
    }
    Ok(Redirect::to(&next.beside(&format!("/a/link?brand={requested}"))).into_response())
}

/// Shows a page with a button that switches.
async fn confirm(
    state: &AppState,
    session: AffiliateSession,
    brand: Brand,
    next: Next,
) -> Result<Response, sqlx::Error> {
    let mut tx = state.db.tenant(brand.organization).await?;
    let face = Face::of(&mut tx).await?;
    tx.commit().await?;
    let page = OpenPage { t: session.t, here: session.organization_name, brand, face, next };
    Ok(Html(page).into_response())
}

/// Replaces the session with one at another brand, and leads to a page there.
async fn move_to(
    state: &AppState,
    session: &AffiliateSession,
    headers: &HeaderMap,
    (requested, place): (OrganizationId, &str),
) -> Result<Response, Error> {
    let address = session.proved.as_deref().ok_or_else(Error::not_found)?;
    if !session.elsewhere.iter().any(|brand| brand.organization == requested) {
        return Err(Error::not_found());
    }
    let elsewhere: Vec<Uuid> = session
        .elsewhere
        .iter()
        .map(|brand| brand.organization)
        .chain([session.organization])
        .filter(|brand| *brand != requested)
        .map(|brand| brand.uuid())
        .collect();
    let now = state.clock.now();
    let mut tx = state.db.tenant(requested).await?;
    let known = magic_store::approved_with(&mut tx, address, 1).await?;
    let (_, known) = known.into_iter().next().ok_or_else(Error::not_found)?;
    let token = TenantToken::fresh(requested);
    let opened = NewSession {
        affiliate: known.id,
        now,
        expires: session.expires_at,
        email: Some(address),
        elsewhere: &elsewhere,
    };
    magic_store::insert_session(&mut tx, &token, &opened).await?;
    tx.commit().await?;
    if let Some(old) = presented(headers) {
        let mut tx = state.db.tenant(old.organization).await?;
        magic_store::delete_session(&mut tx, &old).await?;
        tx.commit().await?;
    }
    let seconds = (session.expires_at.millis() - now.millis()).max(0) / 1_000;
    let mut response = Redirect::to(place).into_response();
    if let Some(cookie) = cookie::set(cookie::AFFILIATE, token.text(), seconds) {
        response.headers_mut().append(SET_COOKIE, cookie);
    }
    Ok(response)
}
