//! `/a`: where affiliates arrive. It greets them and shows what they promote.

use axum::{
    extract::{FromRequestParts, State},
    http::{HeaderMap, header::SET_COOKIE, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{AffiliateId, OrganizationId};

use super::{magic_store, tenant_token::TenantToken};
use crate::{
    access::cookie,
    error::Error,
    page::{Html, PageError},
    state::AppState,
};

/// Two weeks after coming in, whatever happens.
pub const LIFE_DAYS: i64 = 14;

/// An affiliate who came in.
#[derive(Debug, Clone)]
pub struct AffiliateSession {
    pub organization: OrganizationId,
    pub organization_name: String,
    pub affiliate: AffiliateId,
    pub name: String,
    pub email: String,
}

/// Why there is none.
#[derive(Debug)]
pub enum Outside {
    Nobody,
    Failed(Error),
}

impl IntoResponse for Outside {
    fn into_response(self) -> Response {
        match self {
            Self::Nobody => Redirect::to("/a/link").into_response(),
            Self::Failed(error) => PageError::from(error).into_response(),
        }
    }
}

impl FromRequestParts<AppState> for AffiliateSession {
    type Rejection = Outside;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Outside> {
        let token = presented(&parts.headers).ok_or(Outside::Nobody)?;
        let found = async {
            let mut tx = state.db.tenant(token.organization).await?;
            let found = magic_store::find_session(&mut tx, &token, state.clock.now()).await?;
            tx.commit().await?;
            Ok::<_, sqlx::Error>(found)
        };
        let found = found.await.map_err(|error| Outside::Failed(error.into()))?.ok_or(Outside::Nobody)?;
        Ok(Self {
            organization: token.organization,
            organization_name: found.organization_name,
            affiliate: found.id,
            name: found.name,
            email: found.email,
        })
    }
}

pub(super) fn presented(headers: &HeaderMap) -> Option<TenantToken> {
    cookie::read(headers, cookie::AFFILIATE).and_then(TenantToken::read)
}

#[derive(Debug, askama::Template)]
#[template(path = "portal.html")]
struct PortalPage {
    name: String,
    email: String,
    organization: String,
    /// Campaign and address.
    links: Vec<(String, String)>,
}

/// `GET /a`.
///
/// # Errors
/// Where the database is away.
pub async fn show(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    let mut tx = state.db.tenant(session.organization).await?;
    let links = magic_store::own_links(&mut tx, session.organization, session.affiliate).await?;
    tx.commit().await?;
    let page = PortalPage {
        name: session.name,
        email: session.email,
        organization: session.organization_name,
        links: links.into_iter().map(|(campaign, place)| (campaign, address(&place))).collect(),
    };
    Ok(Html(page).into_response())
}

/// `POST /a/leave`.
///
/// # Errors
/// Where the database is away: the affiliate is still in then, and is told so.
pub async fn leave(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, PageError> {
    if let Some(token) = presented(&headers) {
        let mut tx = state.db.tenant(token.organization).await?;
        magic_store::delete_session(&mut tx, &token).await?;
        tx.commit().await?;
    }
    let mut response = Redirect::to("/a/link").into_response();
    if let Some(gone) = cookie::set(cookie::AFFILIATE, "", 0) {
        response.headers_mut().append(SET_COOKIE, gone);
    }
    Ok(response)
}

/// A host with a port is one of development, without TLS.
fn address(place: &str) -> String {
    let host = place.split('/').next().unwrap_or_default();
    let scheme = if host.contains(':') { "http" } else { "https" };
    format!("{scheme}://{place}")
}
