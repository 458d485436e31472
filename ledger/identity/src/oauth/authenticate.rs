//! Resolves an app's access token to what it may do now.
//!
//! Everything is read with each call: a grant that was revoked, a member who was removed or has a lower role, and a closed
//! organization count from the next call on.

use axum::http::request::Parts;
use shared::{
    id::{ApiKeyId, OauthGrantId, OrganizationId, UserId},
    timestamp::Timestamp,
};

use super::{
    secret::SecretKind,
    store::{self, Grant},
    token_store,
};
use crate::access::admit;
use kit::{
    access::{role::Role, scope::Scope, touches::TOUCH_EVERY_MS},
    db::Holder,
    error::Result,
    state::AppState,
};

/// What an app may do, and for whom.
#[derive(Debug, Clone)]
pub struct Granted {
    pub organization: OrganizationId,
    pub grant: OauthGrantId,
    pub user: UserId,
    /// Empty if the person gave none.
    pub name: String,
    pub email: String,
    /// The person's present role.
    pub role: Role,
    pub scope: Scope,
    /// The scopes as apps spell them.
    pub scopes: String,
    pub client_name: String,
    /// The only address that the token is for, if the app named one.
    pub resource: Option<String>,
    /// Whether the organization is another one's test mode.
    pub test_mode: bool,
}

/// Returns what the token stands for, unless it is unknown, expired or revoked, or its person isn't a member any more.
/// The caller counts such requests of a network. Once there were too many, a token that wasn't valid lately is refused
/// before it costs a database connection.
///
/// # Errors
/// 429 for such a token; 503 if the database is unavailable.
pub async fn authenticate(state: &AppState, parts: &Parts, bearer: &str) -> Result<Option<Granted>> {
    let Some(hash) = SecretKind::Access.hash(bearer) else { return Ok(None) };
    admit::admit_look_up(state, parts, Some(&hash))?;
    let granted = resolve(state, &hash).await?;
    match &granted {
        Some(_) => state.rate_limit.was_valid(hash),
        None => state.rate_limit.is_invalid(&hash),
    }
    Ok(granted)
}

async fn resolve(state: &AppState, hash: &[u8; 32]) -> Result<Option<Granted>> {
    let mut tx = state.db.global(Holder::BearerHash(hash)).await?;
    let owner = token_store::owner_of_access(&mut tx, hash, state.clock.now()).await?;
    tx.commit().await?;
    let Some((organization, id)) = owner else { return Ok(None) };
    let mut tx = state.db.tenant(organization).await?;
    let Some(named) = store::named(&mut tx, id).await? else { return Ok(None) };
    let person = store::person(&mut tx, &named).await?;
    tx.commit().await?;
    let Some(person) = person.filter(|_| named.grant.revoked_at.is_none() && !named.is_closed) else { return Ok(None) };
    touch(state, organization, &named.grant);
    Ok(Some(Granted {
        organization,
        grant: id,
        user: named.grant.user,
        name: person.name,
        email: person.email,
        role: person.role,
        scope: named.grant.access.scope(),
        scopes: named.grant.access.text(),
        client_name: named.grant.client_name,
        resource: named.grant.resource,
        test_mode: named.home != organization,
    }))
}

/// Records the time of use in the background, as for an API key: the request doesn't wait for it.
fn touch(state: &AppState, organization: OrganizationId, grant: &Grant) {
    let (id, now): (OauthGrantId, Timestamp) = (grant.id, state.clock.wall());
    let recent = grant.last_used_at.is_some_and(|last| now.millis() - last.millis() < TOUCH_EVERY_MS);
    if recent || !state.api_key_touches.due(ApiKeyId::new(id.uuid()), now) {
        return;
    }
    let state = state.clone();
    tokio::spawn(async move {
        let written = async {
            let mut tx = state.db.tenant(organization).await?;
            store::touch(&mut tx, id, now).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(event = "oauth.use_not_recorded", "could not record an app's last use: {error}");
        }
    });
}
