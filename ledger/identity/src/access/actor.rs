//! Who does something, as decisions and the audit log name them: the person, key or job, and what tells one request
//! from another without keeping anybody's address.

use axum::http::request::Parts;
use shared::id::{AffiliateId, ApiKeyId, UserId};

use kit::{
    access::source::{self, source_hash},
    state::AppState,
};

/// The id of a request, for whoever wants to keep it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `user:usr_…`, `api_key:key_…`, `affiliate:aff_…` or `system`.
    pub who: String,
    pub request_id: Option<String>,
    /// See [`source_hash`].
    pub source_hash: Option<String>,
}

impl Actor {
    /// Scheduled work.
    pub fn system() -> Self {
        Self { who: "system".to_owned(), request_id: None, source_hash: None }
    }

    pub fn key(id: ApiKeyId, parts: &Parts, state: &AppState) -> Self {
        Self::of(format!("api_key:{id}"), parts, state)
    }

    pub fn person(id: UserId, parts: &Parts, state: &AppState) -> Self {
        Self::of(format!("user:{id}"), parts, state)
    }

    /// An affiliate in their portal.
    pub fn affiliate(id: AffiliateId, parts: &Parts, state: &AppState) -> Self {
        Self::of(format!("affiliate:{id}"), parts, state)
    }

    /// Nobody yet, but from where.
    pub fn source_of(parts: &Parts, state: &AppState) -> Self {
        Self::of("system".to_owned(), parts, state)
    }

    fn of(who: String, parts: &Parts, state: &AppState) -> Self {
        let address = source::of(parts, state);
        Self {
            who,
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
            source_hash: address.map(|address| source_hash(&state.config.keys.pages, address, state.clock.wall())),
        }
    }
}
