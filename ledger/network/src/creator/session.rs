//! The session of a creator: a cookie holds 32 random bytes, and the database their SHA-256.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, HeaderValue, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use identity::access::{cookie, session::Token};
use sha2::{Digest, Sha256};
use shared::{id::CreatorId, timestamp::Timestamp};

use super::{frame::Frame, next::Next, session_store};
use crate::flag::{Reason, raise};
use kit::{
    db::{GlobalTx, Holder},
    error::Error,
    page::PageError,
    state::AppState,
    text::{Language, Texts},
};

/// A session ends two weeks after signing in, whatever happens.
pub const LIFE_DAYS: i64 = 14;
/// The length of a token in base64url.
const TOKEN_CHARS: usize = 43;

/// A signed-in creator.
#[derive(Debug, Clone)]
pub struct CreatorSession {
    pub creator: CreatorId,
    /// The proved address.
    pub email: String,
    /// The profile's name; empty until they wrote one.
    pub name: String,
    /// In the language that they chose, else in their browser's.
    pub t: Texts,
    pub expires_at: Timestamp,
}

impl CreatorSession {
    /// Returns the frame of the page at `place`.
    pub fn frame(&self, place: &'static str) -> Frame {
        Frame { email: self.email.clone(), place }
    }
}

/// Why the request has no session.
#[derive(Debug)]
pub enum Outside {
    /// Not signed in; holds the page that they wanted.
    SignedOut(Next),
    Failed(Error),
}

impl IntoResponse for Outside {
    fn into_response(self) -> Response {
        match self {
            Self::SignedOut(next) => Redirect::to(&next.beside("/network/join")).into_response(),
            Self::Failed(error) => PageError::from(error).into_response(),
        }
    }
}

impl FromRequestParts<AppState> for CreatorSession {
    type Rejection = Outside;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Outside> {
        enabled(state).map_err(Outside::Failed)?;
        let signed_out = || Outside::SignedOut(Next::of(parts));
        let hash = presented(&parts.headers).ok_or_else(signed_out)?;
        let found = find(state, &hash).await.map_err(|error| Outside::Failed(error.into()))?.ok_or_else(signed_out)?;
        Ok(Self {
            creator: found.creator,
            email: found.email,
            name: found.name,
            t: Texts::new(found.language.unwrap_or_else(|| Language::of_headers(&parts.headers))),
            expires_at: found.expires_at,
        })
    }
}

/// Whether the installation has a creator network.
///
/// # Errors
/// 404 if it hasn't.
pub fn enabled(state: &AppState) -> Result<(), Error> {
    if state.config.network.enabled { Ok(()) } else { Err(Error::not_found()) }
}

/// Returns the signed-in creator, for public pages; no one where the network is off.
pub async fn current(state: &AppState, headers: &HeaderMap) -> Result<Option<CreatorId>, sqlx::Error> {
    match presented(headers).filter(|_| state.config.network.enabled) {
        Some(hash) => Ok(find(state, &hash).await?.map(|found| found.creator)),
        None => Ok(None),
    }
}

async fn find(state: &AppState, hash: &[u8; 32]) -> Result<Option<session_store::Open>, sqlx::Error> {
    let mut tx = state.db.global(Holder::BearerHash(hash)).await?;
    let found = session_store::find_session(&mut tx, hash, state.clock.now()).await?;
    tx.commit().await?;
    Ok(found)
}

/// Returns the hash of the session that the request's cookie names, whether or not it is still valid.
pub(super) fn presented(headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = cookie::read(headers, cookie::CREATOR).filter(|value| value.len() == TOKEN_CHARS)?;
    Some(Sha256::digest(value).into())
}

/// Signs the person with a proved address in, and creates them as a creator the first time. The transaction shows rows of
/// the returned creator from then on.
pub(super) async fn open(
    tx: &mut GlobalTx,
    state: &AppState,
    (email, t): (&str, Texts),
    expires: Timestamp,
) -> Result<Token, sqlx::Error> {
    let hash: [u8; 32] = Sha256::digest(email).into();
    let now = state.clock.now();
    tx.also(Holder::AddressHash(&hash)).await?;
    let person = session_store::Person {
        id: state.new_id(),
        email,
        hash: &hash,
        language: t.language(),
        is_disposable: recruiting::program_page::gate::is_disposable(email),
    };
    let creator = session_store::enter(tx, &person, now).await?;
    tx.also(Holder::Creator(creator)).await?;
    if person.is_disposable && creator == person.id {
        let domain = email.rsplit_once('@').map_or("", |(_, domain)| domain);
        raise::creator_in(tx, state, creator, (Reason::DisposableAddress, domain)).await?;
    }
    let token = Token::fresh();
    session_store::insert_session(tx, &token.hash, creator, now, expires).await?;
    Ok(token)
}

/// The cookie of a session that ends then; `None` never happens with our own values.
pub(super) fn cookie_for(token: &Token, now: Timestamp, expires: Timestamp) -> Option<HeaderValue> {
    cookie::set(cookie::CREATOR, &token.text, (expires.millis() - now.millis()).max(0) / 1_000)
}
