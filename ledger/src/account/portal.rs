//! `/a`: where affiliates arrive. It greets them and shows what they promote.

use axum::{
    Form,
    extract::{FromRequestParts, State},
    http::{HeaderMap, StatusCode, header::SET_COOKIE, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{AffiliateId, OrganizationId};

use super::{
    form::{Fields, field},
    magic_store,
    tenant_token::TenantToken,
};
use crate::{
    access::{actor::Actor, cookie},
    book,
    consent::{
        self, Kind, Subject,
        terms::{self, Accepted},
    },
    error::Error,
    page::{Html, PageError, format},
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
    pub actor: Actor,
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
            actor: Actor::affiliate(found.id, parts, state),
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
    terms: Terms,
}

/// Whether they accepted the program's terms.
#[derive(Debug)]
enum Terms {
    /// Nobody has asked them yet; whether they pressed the button without ticking the box.
    Open { unticked: bool },
    /// The day on which they did.
    Accepted(String),
    /// They took it back, which they talk about with the brand.
    TakenBack,
}

/// The wording that the portal shows, for the record.
const WORDING: &str = "portal-2026-11";

/// `GET /a`.
///
/// # Errors
/// Where the database is away.
pub async fn show(State(state): State<AppState>, session: AffiliateSession) -> Result<Response, PageError> {
    Ok(Html(page(&state, session, false).await?).into_response())
}

async fn page(state: &AppState, session: AffiliateSession, unticked: bool) -> crate::error::Result<PortalPage> {
    let (organization, subject) = (session.organization, Subject::Affiliate(session.affiliate));
    let mut tx = state.db.tenant(organization).await?;
    let links = magic_store::own_links(&mut tx, organization, session.affiliate).await?;
    let known = consent::latest(&mut tx, organization, subject, Kind::ProgramTerms).await?;
    tx.commit().await?;
    Ok(PortalPage {
        name: session.name,
        email: session.email,
        organization: session.organization_name,
        links: links.into_iter().map(|(campaign, place)| (campaign, address(&place))).collect(),
        terms: match known {
            None => Terms::Open { unticked },
            Some(known) if known.granted => Terms::Accepted(format::date(known.decided_at)),
            Some(_) => Terms::TakenBack,
        },
    })
}

/// `POST /a/terms`: they accept the program's terms, once.
///
/// # Errors
/// Where the database is away.
pub async fn accept_terms(
    State(state): State<AppState>,
    session: AffiliateSession,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    if field(&fields, "accept") != "yes" {
        return Ok((StatusCode::BAD_REQUEST, Html(page(&state, session, true).await?)).into_response());
    }
    let (organization, subject) = (session.organization, Subject::Affiliate(session.affiliate));
    let mut tx = state.db.tenant(organization).await?;
    // A second press waits for the first one, and finds its consent.
    book::store::lock(&mut tx, &[organization]).await?;
    if consent::latest(&mut tx, organization, subject, Kind::ProgramTerms).await?.is_none() {
        let accepted = Accepted {
            at: state.clock.now(),
            version: Some(WORDING.to_owned()),
            evidence: format!(
                "Ticked “I accept the terms of {}’s affiliate program” in the portal",
                session.organization_name
            ),
        };
        terms::accept(&mut tx, &state, organization, session.affiliate, &accepted, &session.actor).await?;
    }
    tx.commit().await?;
    Ok(Redirect::to("/a").into_response())
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
