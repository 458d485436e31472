//! Sessions: a cookie holds 32 random bytes and the database their SHA-256; a handler receives the person and their
//! organizations as an argument.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use shared::{
    id::{OrganizationId, UserId},
    timestamp::Timestamp,
};
use url::form_urlencoded;

use super::{actor::Actor, cookie, store};
use kit::{
    access::role::Role,
    db::Holder,
    error::{Code, Error},
    page::PageError,
    state::AppState,
};

/// A session ends two weeks after signing in, whatever happens.
pub const LIFE_DAYS: i64 = 14;

/// 32 random bytes that identify a session, a link or an invitation: the text that its holder gets, and the hash that
/// is stored.
#[derive(Debug)]
pub struct Token {
    pub text: String,
    pub hash: [u8; 32],
}

impl Token {
    pub fn fresh() -> Self {
        let bytes: [u8; 32] = rand::random();
        let text = BASE64_URL_SAFE_NO_PAD.encode(bytes);
        let hash = Sha256::digest(&text).into();
        Self { text, hash }
    }
}

/// Returns the hash of the session that the request's cookie names, whether or not it is still valid.
pub fn presented(headers: &HeaderMap) -> Option<[u8; 32]> {
    let value = cookie::read(headers, cookie::SESSION).filter(|value| value.len() == 43)?;
    Some(Sha256::digest(value).into())
}

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Session {
    pub user: UserId,
    /// Empty if the person gave none.
    pub name: String,
    pub email: String,
    /// Whether the person has confirmed their email address.
    pub verified: bool,
    /// In the order in which the person joined; each organization's test mode follows it.
    pub memberships: Vec<(OrganizationId, Role)>,
    /// Organizations that are scheduled for deletion. The only thing to do in them is to cancel the deletion.
    pub closed: Vec<(OrganizationId, Role)>,
    /// Organizations that require two-step sign-in, which the person hasn't turned on. They see nothing of them until
    /// they do.
    pub barred: Vec<(OrganizationId, Role)>,
    pub actor: Actor,
    /// When the person last proved their identity by password or code, by the wall clock.
    pub proved_at: Option<Timestamp>,
    /// The hash of the session cookie's token.
    pub token_hash: [u8; 32],
}

/// Why the request has no session.
#[derive(Debug)]
pub enum SignedOut {
    /// No one is signed in; holds the path to come back to.
    Nobody(String),
    Failed(Error),
}

impl FromRequestParts<AppState> for Session {
    type Rejection = SignedOut;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, SignedOut> {
        let found = find(&parts.headers, state).await.map_err(|error| SignedOut::Failed(error.into()))?;
        let Some(found) = found else {
            return Err(SignedOut::Nobody(parts.uri.path_and_query().map_or_else(String::new, ToString::to_string)));
        };
        Ok(Self {
            user: found.user,
            name: found.name,
            email: found.email,
            verified: found.verified,
            memberships: found.memberships,
            closed: found.closed,
            barred: found.barred,
            actor: Actor::person(found.user, parts, state),
            proved_at: found.proved_at,
            token_hash: found.token_hash,
        })
    }
}

pub async fn find(headers: &HeaderMap, state: &AppState) -> Result<Option<store::FoundSession>, sqlx::Error> {
    let Some(hash) = presented(headers) else { return Ok(None) };
    let mut tx = state.db.global(Holder::Nothing).await?;
    let found = store::find_session(&mut tx, &hash, state.clock.now()).await?;
    tx.commit().await?;
    Ok(found)
}

impl IntoResponse for SignedOut {
    /// For a page: redirects the person to sign in and come back.
    fn into_response(self) -> Response {
        match self {
            Self::Nobody(path) => {
                let next: String = form_urlencoded::Serializer::new(String::new()).append_pair("next", &path).finish();
                Redirect::to(&format!("/login?{next}")).into_response()
            }
            Self::Failed(error) => PageError::from(error).into_response(),
        }
    }
}

impl SignedOut {
    /// Returns the error that a script gets instead of a page.
    pub fn for_script(self) -> Error {
        match self {
            Self::Nobody(_) => Error::new(axum::http::StatusCode::UNAUTHORIZED, Code::SignedOut, "Sign in again."),
            Self::Failed(error) => error,
        }
    }
}
