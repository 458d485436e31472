//! API keys: resolves `Authorization: Bearer rk_live_…` to the organization that a handler works for.
//!
//! The bearer is never stored: its SHA-256 identifies the key, and row level security shows the row only to a caller
//! who knows the hash. A handler's argument type states which keys reach it: a [`ReadKey`] has a scope that reads, a
//! [`WriteKey`] a scope that writes and at least a manager's role, a [`ConfigureKey`] the scope `admin` and at least an
//! admin's role, a [`GovernKey`] an owner's role. An [`AutomationKey`] may also be sent in other ways than this header.

use std::borrow::Cow;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header::AUTHORIZATION, request::Parts},
};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use sha2::{Digest, Sha256};
use shared::{
    id::{ApiKeyId, OrganizationId},
    timestamp::Timestamp,
};
use url::form_urlencoded;

use super::{
    actor::Actor,
    admit,
    agent::Agent,
    key_kind::KeyKind,
    store::{self, FoundKey},
};
use kit::{
    access::{
        role::{Right, Role},
        scope::Scope,
        touches::TOUCH_EVERY_MS,
    },
    compiled_once,
    db::{Holder, TenantTx},
    error::{Error, Result},
    state::AppState,
};

/// 32 bytes as base64url, after the prefix.
const SECRET_LEN: usize = 43;
/// The query parameter that carries the key, for CRMs that can't set a header.
pub const KEY_PARAMETER: &str = "apiKey";

/// A key that may read.
#[derive(Debug, Clone)]
pub struct ReadKey {
    pub organization: OrganizationId,
    pub id: ApiKeyId,
    pub role: Role,
    pub scope: Scope,
    pub actor: Actor,
}

/// A key that may also change programs, affiliates and what they earn.
#[derive(Debug, Clone)]
pub struct WriteKey(pub ReadKey);

/// A key that may also change settings.
#[derive(Debug, Clone)]
pub struct ConfigureKey(pub ReadKey);

/// A key that may also change the team and delete the organization.
#[derive(Debug, Clone)]
pub struct GovernKey(pub ReadKey);

/// A key for endpoints that a CRM calls. It may also have the scope `automations`, which allows nothing else. Because
/// not every CRM can set a header, the key may also be sent as the password of `Authorization: Basic`, or in the URL as
/// `apiKey`. Many people and logs see a URL, so a key in it must have the scope `automations`.
#[derive(Debug, Clone)]
pub struct AutomationKey(pub ReadKey);

impl ReadKey {
    /// Begins a transaction that can only read.
    ///
    /// # Errors
    /// If the database is unavailable or busy.
    pub async fn reader(&self, state: &AppState) -> Result<TenantTx> {
        Ok(state.db.reader(self.organization).await?)
    }

    /// Begins a transaction outside a [`Write`](crate::api::write::Write).
    ///
    /// # Errors
    /// If the database is unavailable or busy.
    pub async fn tx(&self, state: &AppState) -> Result<TenantTx> {
        Ok(state.db.tenant(self.organization).await?)
    }

    /// # Errors
    /// 403 if the key's scope or role doesn't include the right.
    pub fn check(&self, right: Right) -> Result<()> {
        if !self.scope.may(right) {
            return Err(self.beyond(Scope::that_may(right)));
        }
        self.check_role(right)
    }

    fn check_role(&self, right: Right) -> Result<()> {
        if self.role.may(right) {
            return Ok(());
        }
        let message = format!("This API key has the role {}. Use the key of {}.", self.role.as_str(), right.whose());
        Err(Error::forbidden(&message))
    }

    fn beyond(&self, requested: Scope) -> Error {
        let (own, requested) = (self.scope.as_str(), requested.as_str());
        Error::forbidden(&format!("This API key has the scope `{own}`. Use a key with the scope `{requested}`."))
    }
}

impl FromRequestParts<AppState> for ReadKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let key = authenticate(parts, state, bearer(&parts.headers, KeyKind::Api)).await?;
        key.check(Right::View)?;
        Ok(key)
    }
}

impl FromRequestParts<AppState> for WriteKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        changing(parts, state, bearer(&parts.headers, KeyKind::Api), Right::Operate).await.map(Self)
    }
}

impl FromRequestParts<AppState> for AutomationKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        let in_headers = match bearer(&parts.headers, KeyKind::Api) {
            Some(bearer) => Some(Cow::Borrowed(bearer)),
            None => password(&parts.headers).map(Cow::Owned),
        };
        let in_address = if in_headers.is_none() { parameter(parts) } else { None };
        let key = authenticate(parts, state, in_headers.as_deref().or(in_address.as_deref())).await?;
        if in_address.is_some() && key.scope != Scope::Automations {
            let message = "An API key in the URL must have the scope `automations`, because anyone who sees the URL \
                           has the key. Create such a key for your CRM, or send this key as `Authorization: Bearer`.";
            return Err(Error::forbidden(message));
        }
        if !key.scope.automates() {
            return Err(key.beyond(Scope::Automations));
        }
        key.check_role(Right::Operate)?;
        Ok(Self(key))
    }
}

impl FromRequestParts<AppState> for ConfigureKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        changing(parts, state, bearer(&parts.headers, KeyKind::Api), Right::Configure).await.map(Self)
    }
}

impl FromRequestParts<AppState> for GovernKey {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self> {
        changing(parts, state, bearer(&parts.headers, KeyKind::Api), Right::Govern).await.map(Self)
    }
}

async fn changing(parts: &Parts, state: &AppState, bearer: Option<&str>, right: Right) -> Result<ReadKey> {
    let key = authenticate(parts, state, bearer).await?;
    key.check(right)?;
    Ok(key)
}

#[compiled_once]
async fn authenticate(parts: &Parts, state: &AppState, bearer: Option<&str>) -> Result<ReadKey> {
    // `/mcp` has already checked and counted the request.
    if let Some(agent) = parts.extensions.get::<Agent>() {
        return Ok(agent.key());
    }
    let Some(found) = look_up(bearer, KeyKind::Api, parts, state).await? else {
        admit::admit_stranger(state, parts)?;
        return Err(Error::unauthorized());
    };
    admit::admit_key(state, parts, found.id)?;
    Ok(ReadKey {
        organization: found.organization,
        id: found.id,
        role: found.role,
        scope: found.scope,
        actor: Actor::key(found.id, parts, state),
    })
}

/// Returns the key that the request was sent with, unless it is unknown, of another kind, revoked or expired, and records
/// that it was used. Once a network has exhausted the limit for unauthenticated requests, a bearer that wasn't recently
/// valid is refused before it costs a database connection.
#[compiled_once]
pub(super) async fn look_up(
    bearer: Option<&str>,
    kind: KeyKind,
    parts: &Parts,
    state: &AppState,
) -> Result<Option<FoundKey>> {
    let Some(bearer) = bearer else { return Ok(None) };
    let (hash, now): ([u8; 32], _) = (Sha256::digest(bearer).into(), state.clock.now());
    admit::admit_look_up(state, parts, Some(&hash))?;
    let opens = |found: &FoundKey| !found.revoked && found.expires_at.is_none_or(|end| end > now);
    let found = find(state, &hash, kind, now).await?.filter(opens);
    match &found {
        Some(found) => {
            state.rate_limit.was_valid(hash);
            touch(state, found.organization, found.id, found.last_used_at);
        }
        None => state.rate_limit.is_invalid(&hash),
    }
    Ok(found)
}

/// Finds a key by its bearer, or by a former bearer that is still valid for a while after a rotation.
async fn find(state: &AppState, hash: &[u8; 32], kind: KeyKind, now: Timestamp) -> Result<Option<FoundKey>> {
    let mut tx = state.db.global(Holder::BearerHash(hash)).await?;
    if let Some(found) = store::find_api_key(&mut tx, hash, kind).await? {
        tx.end();
        return Ok(Some(found));
    }
    let successor = store::find_predecessor(&mut tx, hash, now).await?;
    tx.end();
    let Some((organization, id)) = successor else { return Ok(None) };
    let mut tx = state.db.reader(organization).await?;
    let found = store::read_api_key(&mut tx, id).await?;
    tx.end();
    Ok(found)
}

pub(super) fn bearer(headers: &HeaderMap, kind: KeyKind) -> Option<&str> {
    any_bearer(headers).filter(|token| is_of(kind, token))
}

/// The token of `Authorization: Bearer`, of whatever kind it is.
pub fn any_bearer(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Returns whether the token has the shape of our bearers. Anything else is refused before it is hashed or looked up.
fn is_of(kind: KeyKind, token: &str) -> bool {
    let is_secret = |secret: &str| {
        secret.len() == SECRET_LEN && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
    };
    kind.prefixes().iter().any(|prefix| token.strip_prefix(prefix).is_some_and(is_secret))
}

/// Reads the password of `Authorization: Basic`, as `https://any:rk_live_…@host` sends it.
fn password(headers: &HeaderMap) -> Option<String> {
    let (scheme, pair) = headers.get(AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    let pair = String::from_utf8(STANDARD.decode(pair.trim()).ok()?).ok()?;
    let (_, password) = pair.split_once(':')?;
    (scheme.eq_ignore_ascii_case("basic") && is_of(KeyKind::Api, password)).then(|| password.to_owned())
}

fn parameter(parts: &Parts) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default();
    let (_, value) = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == KEY_PARAMETER)?;
    is_of(KeyKind::Api, &value).then(|| value.into_owned())
}

/// Records the time of use in the background: the request doesn't wait for it, and nothing depends on it.
fn touch(state: &AppState, organization: OrganizationId, id: ApiKeyId, last_used_at: Option<Timestamp>) {
    let now = state.clock.wall();
    let recent = last_used_at.is_some_and(|last| now.millis() - last.millis() < TOUCH_EVERY_MS);
    if recent || !state.api_key_touches.due(id, now) {
        return;
    }
    let state = state.clone();
    tokio::spawn(async move {
        let written = async {
            let mut tx = state.db.tenant(organization).await?;
            store::touch_api_key(&mut tx, id, now).await?;
            tx.commit().await
        };
        if let Err(error) = written.await {
            tracing::warn!(event = "api_key.use_not_recorded", "could not record an API key's last use: {error}");
        }
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<String> {
        let mut headers = HeaderMap::new();
        headers.insert(AUTHORIZATION, value.parse().unwrap());
        bearer(&headers, KeyKind::Api).map(str::to_owned)
    }

    #[test]
    fn only_our_bearers_are_looked_up() {
        let secret = "aB3-_".repeat(9)[..SECRET_LEN].to_owned();
        for prefix in KeyKind::Api.prefixes() {
            let token = format!("{prefix}{secret}");
            assert_eq!(read(&format!("Bearer {token}")).as_deref(), Some(&*token));
            assert_eq!(read(&format!("bearer {token}")).as_deref(), Some(&*token));
            for other in [token.clone(), format!("Basic {token}"), format!("Bearer {token}a"), "Bearer".to_owned()] {
                assert_eq!(read(&other), None, "{other}");
            }
        }
        for (prefix, secret) in [
            ("sk_live_", secret.as_str()),
            ("rk_live_", &secret[1..]),
            ("rk_live_", &"a".repeat(300)),
            ("rk_live_", &format!("{}.", &secret[1..])),
        ] {
            assert_eq!(read(&format!("Bearer {prefix}{secret}")), None, "{prefix}{secret}");
        }
        let fresh = crate::api_key::plaintext::Plaintext::fresh(crate::api_key::plaintext::Mode::Live);
        assert!(is_of(KeyKind::Api, fresh.bearer.expose()));
    }

    #[test]
    fn no_kind_of_key_has_the_shape_of_the_other() {
        let secret = "a".repeat(SECRET_LEN);
        for kind in [KeyKind::Api, KeyKind::Mcp] {
            for prefix in kind.prefixes() {
                let token = format!("{prefix}{secret}");
                let shapes = [KeyKind::Api, KeyKind::Mcp].map(|other| is_of(other, &token));
                assert_eq!(shapes, [kind == KeyKind::Api, kind == KeyKind::Mcp], "{token}");
            }
        }
    }

    #[test]
    fn a_basic_password_may_be_one() {
        let read = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(AUTHORIZATION, value.parse().unwrap());
            password(&headers)
        };
        let basic = |pair: &str| format!("Basic {}", STANDARD.encode(pair));
        let token = format!("rk_live_{}", "a".repeat(SECRET_LEN));
        assert_eq!(read(&basic(&format!("rekomi:{token}"))).as_deref(), Some(&*token));
        for other in [
            basic(&token),
            basic(&format!("{token}:")),
            format!("Basic {token}"),
            basic(&format!("a:sk_live_{}", "a".repeat(SECRET_LEN))),
        ] {
            assert_eq!(read(&other), None, "{other}");
        }
    }
}
