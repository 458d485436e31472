//! The session of an affiliate who signed in with an emailed link.

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderMap, header::SET_COOKIE, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    brands::{self, Brand},
    frame::Frame,
};
use crate::{
    access::{actor::Actor, cookie},
    account::{
        magic_store::{self, Known, Open},
        return_to::Next,
        tenant_token::TenantToken,
    },
    organization::logo,
};
use kit::{
    error::Error,
    page::{PageError, zone::Zone},
    state::AppState,
    text::{Language, Texts},
};

/// A session ends two weeks after signing in, whatever happens.
pub const LIFE_DAYS: i64 = 14;

/// A signed-in affiliate.
#[derive(Debug, Clone)]
pub struct AffiliateSession {
    pub organization: OrganizationId,
    pub organization_name: String,
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
    pub actor: Actor,
    /// The brand's color, such as `#0f6b5c`.
    pub color: Option<String>,
    /// Where the brand wants affiliates' replies.
    pub contact_email: Option<String>,
    /// The URL of the brand's logo, if it has one.
    pub logo: Option<String>,
    pub zone: Zone,
    /// The portal's texts: in the language that they chose, else in their browser's.
    pub t: Texts,
    pub expires_at: Timestamp,
    /// The email that the affiliate has verified.
    pub proved: Option<String>,
    /// Other brands that have an affiliate with that email.
    pub elsewhere: Vec<Brand>,
    /// Whether this installation has a creator network.
    pub has_network: bool,
}

impl AffiliateSession {
    /// Returns the frame of the page at `place`.
    pub fn frame(&self, place: &'static str) -> Frame {
        let own = Brand { organization: self.organization, name: self.organization_name.clone() };
        let mut brands: Vec<Brand> = self.elsewhere.iter().cloned().chain([own]).collect();
        brands.sort_by_key(|brand| (brand.name.to_lowercase(), brand.organization));
        Frame {
            organization: self.organization_name.clone(),
            here: self.organization,
            email: self.email.clone(),
            color: self.color.clone(),
            contact_email: self.contact_email.clone(),
            logo: self.logo.clone(),
            brands,
            has_network: self.has_network,
            place,
        }
    }
}

/// Why the request has no session.
#[derive(Debug)]
pub enum Outside {
    /// Not signed in; holds the page that the affiliate wanted.
    Nobody(Next),
    Failed(Error),
}

impl IntoResponse for Outside {
    fn into_response(self) -> Response {
        match self {
            Self::Nobody(next) => Redirect::to(&next.beside("/a/link")).into_response(),
            Self::Failed(error) => PageError::from(error).into_response(),
        }
    }
}

impl FromRequestParts<AppState> for AffiliateSession {
    type Rejection = Outside;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Outside> {
        let nobody = || Outside::Nobody(Next::of(parts));
        let token = presented(&parts.headers).ok_or_else(nobody)?;
        let found = async {
            let Some(found) = open(state, &token).await? else { return Ok(None) };
            let elsewhere = brands::still(state, found.proved.as_deref(), &found.elsewhere).await?;
            Ok::<_, sqlx::Error>(Some((found, elsewhere)))
        };
        let found = found.await.map_err(|error| Outside::Failed(error.into()))?.ok_or_else(nobody)?;
        let (open, elsewhere) = found;
        Ok(Self {
            organization: token.organization,
            actor: Actor::affiliate(open.known.id, parts, state),
            organization_name: open.known.organization_name,
            affiliate: open.known.id,
            name: open.known.name,
            email: open.known.email,
            color: open.color,
            contact_email: open.contact_email,
            logo: open.logo_at.map(|at| logo::url(token.organization, at)).or(open.logo),
            zone: Zone::named(&open.time_zone),
            t: Texts::new(open.known.language.unwrap_or_else(|| Language::of_headers(&parts.headers))),
            expires_at: open.expires_at,
            proved: open.proved,
            elsewhere,
            has_network: state.config.network.enabled,
        })
    }
}

async fn open(state: &AppState, token: &TenantToken) -> Result<Option<Open>, sqlx::Error> {
    let mut tx = state.db.tenant(token.organization).await?;
    let found = magic_store::find_session(&mut tx, token, state.clock.now()).await?;
    tx.commit().await?;
    Ok(found)
}

/// Returns the signed-in affiliate of any brand, for public pages.
pub async fn visitor(state: &AppState, headers: &HeaderMap) -> Result<Option<Known>, sqlx::Error> {
    match presented(headers) {
        Some(token) => Ok(open(state, &token).await?.map(|found| found.known)),
        None => Ok(None),
    }
}

pub fn presented(headers: &HeaderMap) -> Option<TenantToken> {
    cookie::read(headers, cookie::AFFILIATE).and_then(TenantToken::read)
}

/// `POST /a/leave`.
///
/// # Errors
/// If the database is unavailable: the affiliate is still signed in then, and the page says so.
pub async fn leave(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, PageError> {
    if let Some(token) = presented(&headers) {
        let mut tx = state.db.tenant(token.organization).await?;
        magic_store::delete_session(&mut tx, &token).await?;
        tx.commit().await?;
    }
    Ok(out())
}

/// Redirects to the sign-in page and deletes the cookie.
pub fn out() -> Response {
    let mut response = Redirect::to("/a/link").into_response();
    if let Some(gone) = cookie::set(cookie::AFFILIATE, "", 0) {
        response.headers_mut().append(SET_COOKIE, gone);
    }
    response
}
