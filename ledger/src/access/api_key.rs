//! API keys: `Authorization: Bearer rk_live_…` becomes the organization that a handler works for.
//!
//! The bearer is never stored: its SHA-256 is the key's name, and row level security shows the row to whoever knows
//! it. A handler that takes a [`WriteKey`] can't be reached by a key of scope `read`.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use sha2::{Digest, Sha256};
use shared::{
    id::{ApiKeyId, OrganizationId},
    timestamp::Timestamp,
};

use super::{store, touches::TOUCH_EVERY_MS};
use crate::{
    db::{Holder, TenantTx},
    error::{Error, Result},
    state::AppState,
};

const PREFIXES: [&str; 2] = ["rk_live_", "rk_test_"];
/// Bearers carry 32 bytes as base64url; longer texts are refused before they are hashed.
const BEARER_MAX: usize = 200;

/// A key that may read.
#[derive(Debug, Clone, Copy)]
pub struct ReadKey {
    pub organization: OrganizationId,
    pub id: ApiKeyId,
}

/// A key that may also change things.
#[derive(Debug, Clone, Copy)]
pub struct WriteKey(pub ReadKey);

impl ReadKey {
    /// # Errors
    /// Where the database is away or busy.
    pub async fn tx(&self, state: &AppState) -> Result<TenantTx> {
        Ok(state.db.tenant(self.organization).await?)
    }
}

impl FromRequestParts<AppState> for ReadKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        Ok(authenticate(&parts.headers, state).await?.0)
    }
}

impl FromRequestParts<AppState> for WriteKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let (key, writes) = authenticate(&parts.headers, state).await?;
        if writes { Ok(Self(key)) } else { Err(Error::forbidden("This API key may only read (scope `read`).")) }
    }
}

async fn authenticate(headers: &HeaderMap, state: &AppState) -> Result<(ReadKey, bool)> {
    let bearer = bearer(headers).ok_or_else(Error::unauthorized)?;
    let hash: [u8; 32] = Sha256::digest(bearer).into();
    let mut tx = state.db.global(Holder::BearerHash(&hash)).await?;
    let found = store::find_api_key(&mut tx, &hash).await?;
    tx.commit().await?;
    let found = found.filter(|found| !found.revoked).ok_or_else(Error::unauthorized)?;
    let key = ReadKey { organization: found.organization, id: found.id };
    touch(state, key, found.last_used_at);
    Ok((key, found.writes))
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    let ours = PREFIXES.iter().any(|prefix| token.starts_with(prefix)) && token.len() <= BEARER_MAX;
    (scheme.eq_ignore_ascii_case("bearer") && ours).then_some(token)
}

/// Writes the time of use aside: the request doesn't wait for it, and nothing depends on it.
fn touch(state: &AppState, key: ReadKey, last_used_at: Option<Timestamp>) {
    let now = state.clock.wall();
    let recent = last_used_at.is_some_and(|last| now.millis() - last.millis() < TOUCH_EVERY_MS);
    if recent || !state.api_key_touches.due(key.id, now) {
        return;
    }
    let state = state.clone();
    tokio::spawn(async move {
        let written = async {
            let mut tx = state.db.tenant(key.organization).await?;
            store::touch_api_key(&mut tx, key.id, now).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!("last use of an API key: {error}");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        bearer(&headers).map(str::to_owned)
    }

    #[test]
    fn only_our_bearers_are_looked_up() {
        assert_eq!(read("Bearer rk_live_abc").as_deref(), Some("rk_live_abc"));
        assert_eq!(read("bearer rk_test_abc").as_deref(), Some("rk_test_abc"));
        for other in ["rk_live_abc", "Basic rk_live_abc", "Bearer", "Bearer sk_live_abc"] {
            assert_eq!(read(other), None, "{other}");
        }
        assert_eq!(read(&format!("Bearer rk_live_{}", "a".repeat(300))), None);
    }
}
