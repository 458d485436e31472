//! The actor that decisions and the audit log name: the person, key or job, with the request's id and a hash of its
//! source that doesn't reveal anyone's IP address.

use axum::http::request::Parts;
use shared::id::{AffiliateId, ApiKeyId, UserId};

use kit::{
    access::source::{self, source_hash},
    state::AppState,
};

/// The id of a request, for anything that records it.
#[derive(Debug, Clone)]
pub struct RequestId(pub String);

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// `user:usr_…`, `api_key:key_…`, `affiliate:aff_…` or `system`.
    pub who: String,
    /// The name of the app that a person acted through.
    pub via: Option<String>,
    pub request_id: Option<String>,
    /// See [`source_hash`].
    pub source_hash: Option<String>,
}

impl Actor {
    /// The actor of scheduled work.
    pub fn system() -> Self {
        Self { who: "system".to_owned(), via: None, request_id: None, source_hash: None }
    }

    pub fn key(id: ApiKeyId, parts: &Parts, state: &AppState) -> Self {
        Self::of(format!("api_key:{id}"), parts, state)
    }

    pub fn person(id: UserId, parts: &Parts, state: &AppState) -> Self {
        Self::of(format!("user:{id}"), parts, state)
    }

    /// A person through an app that they connected.
    pub fn person_via(id: UserId, app: &str, parts: &Parts, state: &AppState) -> Self {
        Self { via: Some(app.to_owned()), ..Self::person(id, parts, state) }
    }

    /// An affiliate in their portal.
    pub fn affiliate(id: AffiliateId, parts: &Parts, state: &AppState) -> Self {
        Self::of(format!("affiliate:{id}"), parts, state)
    }

    /// An actor without an identity, which records only where the request came from.
    pub fn source_of(parts: &Parts, state: &AppState) -> Self {
        Self::of("system".to_owned(), parts, state)
    }

    fn of(who: String, parts: &Parts, state: &AppState) -> Self {
        let address = source::of(parts, &state.config.trusted_proxies);
        Self {
            who,
            via: None,
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
            source_hash: address.map(|address| source_hash(&state.config.keys.pages, address, state.clock.wall())),
        }
    }
}
