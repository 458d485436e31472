//! An AI assistant at `/mcp`, and how its own token is found.
//!
//! `/mcp` puts the [`Agent`] into the extensions of the requests that it makes to the API's router, where the extractors of
//! [`super::api_key`] accept it in the place of a bearer. Extensions aren't sent over the network, so only this process
//! can set one.

use axum::http::request::Parts;
use shared::id::{ApiKeyId, OrganizationId};
use uuid::Uuid;

use super::{
    actor::Actor,
    api_key::{self, ReadKey},
    key_kind::KeyKind,
};
use kit::{
    access::{
        role::{Right, Role},
        scope::Scope,
    },
    error::Result,
    state::AppState,
};

/// Whom an assistant works for, and what it may do.
#[derive(Debug, Clone)]
pub struct Agent {
    pub organization: OrganizationId,
    /// The connection that it signed in with: the token's id, or a grant's. Limits count by it.
    pub connection: Uuid,
    pub role: Role,
    pub scope: Scope,
    /// As decisions and the audit log name it.
    pub actor: Actor,
    /// Whether the organization is another one's test mode.
    pub test_mode: bool,
}

impl Agent {
    /// Whether both its scope and its role include the right.
    pub const fn may(&self, right: Right) -> bool {
        self.scope.may(right) && self.role.may(right)
    }

    /// The assistant as the API's handlers see it.
    pub(super) fn key(&self) -> ReadKey {
        ReadKey {
            organization: self.organization,
            id: ApiKeyId::new(self.connection),
            role: self.role,
            scope: self.scope,
            actor: self.actor.clone(),
        }
    }
}

/// Finds the assistant whose token the request was sent with, unless it is unknown or disconnected.
///
/// # Errors
/// 429 for an unknown token, if the network sent too many; 503 if the database is unavailable.
pub async fn of_token(parts: &Parts, state: &AppState) -> Result<Option<Agent>> {
    let bearer = api_key::bearer(&parts.headers, KeyKind::Mcp);
    let Some(found) = api_key::look_up(bearer, KeyKind::Mcp, parts, state).await? else { return Ok(None) };
    let [_, test] = KeyKind::Mcp.prefixes();
    Ok(Some(Agent {
        organization: found.organization,
        connection: found.id.uuid(),
        role: found.role,
        scope: found.scope,
        actor: Actor::key(found.id, parts, state),
        test_mode: bearer.is_some_and(|bearer| bearer.starts_with(test)),
    }))
}
