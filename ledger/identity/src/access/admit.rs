//! Admits or refuses API requests by what [`kit::access::rate_limit`] says of their callers.

use std::sync::{Arc, OnceLock};

use axum::http::{StatusCode, request::Parts};
use shared::id::ApiKeyId;

use kit::{
    access::{rate_limit::RateLimitStatus, source},
    error::{Code, Error, Result},
    state::AppState,
    trace,
};

/// Carries the rate limit status from where the caller is identified to where the response gets its headers.
#[derive(Debug, Clone, Default)]
pub struct Ticket(Arc<OnceLock<RateLimitStatus>>);

impl Ticket {
    pub fn rate_limit(&self) -> Option<RateLimitStatus> {
        self.0.get().copied()
    }
}

/// Admits a request with a valid key, or refuses it. From here on its caller is known.
///
/// # Errors
/// 429 `rate_limited` with `Retry-After`.
pub fn admit_key(state: &AppState, parts: &Parts, key: ApiKeyId) -> Result<()> {
    trace::accept_caller();
    judge(state.rate_limit.of_key(key, state.clock.wall()), parts)
}

/// Lets a request without a valid key continue to its 401, or refuses it first.
pub fn admit_stranger(state: &AppState, parts: &Parts) -> Result<()> {
    let Some(address) = source::of(parts, &state.config.trusted_proxies) else { return Ok(()) };
    judge(state.rate_limit.of_network(source::subscriber_network(address), state.clock.wall()), parts)
}

/// Refuses an unknown key or token before the lookup if its network has exhausted the limit for unauthenticated
/// requests. Consumes nothing. `hash` is that of the key or token: one that was valid lately passes, whatever else comes
/// from its network.
pub fn admit_look_up(state: &AppState, parts: &Parts, hash: Option<&[u8; 32]>) -> Result<()> {
    if hash.is_some_and(|hash| state.rate_limit.is_known(hash)) {
        return Ok(());
    }
    let Some(address) = source::of(parts, &state.config.trusted_proxies) else { return Ok(()) };
    judge(state.rate_limit.exhausted_network(&source::subscriber_network(address), state.clock.wall()), parts)
}

fn judge(rate_limit: Option<RateLimitStatus>, parts: &Parts) -> Result<()> {
    let Some(rate_limit) = rate_limit else { return Ok(()) };
    if let Some(Ticket(audited)) = parts.extensions.get::<Ticket>() {
        // If a request is judged twice, its first status is kept.
        audited.set(rate_limit).ok();
    }
    match rate_limit.retry_seconds {
        None => Ok(()),
        Some(seconds) => {
            let message = format!("Too many requests. Try again in {seconds} seconds.");
            Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::RateLimited, message).retry_after(seconds))
        }
    }
}
