//! Lets requests to the API pass, or refuses them, by what [`kit::access::rate_limit`] says of their callers.

use std::sync::{Arc, OnceLock};

use axum::http::{StatusCode, request::Parts};
use shared::id::ApiKeyId;

use kit::{
    access::{rate_limit::Standing, source},
    error::{Error, Result},
    state::AppState,
};

/// Carries the standing from where the caller is known to where the answer gets its headers.
#[derive(Debug, Clone, Default)]
pub struct Ticket(Arc<OnceLock<Standing>>);

impl Ticket {
    pub fn standing(&self) -> Option<Standing> {
        self.0.get().copied()
    }
}

/// Lets a request with a valid key pass, or refuses it.
///
/// # Errors
/// 429 `rate_limited` with `Retry-After`.
pub fn admit_key(state: &AppState, parts: &Parts, key: ApiKeyId) -> Result<()> {
    judge(state.rate_limit.of_key(key, state.clock.wall()), parts)
}

/// Lets a request without a valid key pass to its 401, or refuses it before.
pub fn admit_stranger(state: &AppState, parts: &Parts) -> Result<()> {
    let Some(address) = source::of(parts, state) else { return Ok(()) };
    judge(state.rate_limit.of_network(source::network(address), state.clock.wall()), parts)
}

/// Refuses an unknown key before it is looked up, where its network has used up what strangers may ask. Takes nothing.
pub fn admit_look_up(state: &AppState, parts: &Parts) -> Result<()> {
    let Some(address) = source::of(parts, state) else { return Ok(()) };
    judge(state.rate_limit.exhausted_network(&source::network(address), state.clock.wall()), parts)
}

fn judge(standing: Option<Standing>, parts: &Parts) -> Result<()> {
    let Some(standing) = standing else { return Ok(()) };
    if let Some(Ticket(told)) = parts.extensions.get::<Ticket>() {
        // A request that is asked twice keeps its first standing.
        told.set(standing).ok();
    }
    match standing.retry_seconds {
        None => Ok(()),
        Some(seconds) => {
            let message = format!("Too many requests. Try again in {seconds} seconds.");
            Err(Error::new(StatusCode::TOO_MANY_REQUESTS, "rate_limited", message).retry_after(seconds))
        }
    }
}
