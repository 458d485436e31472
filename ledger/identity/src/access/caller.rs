//! The sender of a form who isn't identified yet: their network address and browser.

use std::net::IpAddr;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};

use super::{
    actor::{Actor, RequestId},
    browser, cookie, store,
};
use kit::{
    access::{
        source::{self, source_hash},
        throttle::device_issued,
    },
    db::Holder,
    state::AppState,
};

#[derive(Debug, Clone)]
pub struct Caller {
    pub source: Option<IpAddr>,
    /// See [`source_hash`].
    pub source_hash: Option<String>,
    /// "Firefox on Linux".
    pub browser: String,
    pub headers: HeaderMap,
    request_id: Option<String>,
}

impl Caller {
    /// Returns the device cookie if this browser has signed in to that account before and the account's devices haven't
    /// been reset since. Only a genuine cookie costs a database query.
    pub async fn device(&self, state: &AppState, email: &str) -> Result<Option<&str>, sqlx::Error> {
        let genuine = cookie::read(&self.headers, cookie::DEVICE)
            .and_then(|device| Some((device, device_issued(&state.config.keys.pages, email, device)?)));
        let Some((device, issued)) = genuine else { return Ok(None) };
        let mut tx = state.db.global(Holder::Nothing).await?;
        let known = store::knows_devices_of(&mut tx, email, issued).await?;
        tx.commit().await?;
        Ok(known.then_some(device))
    }

    /// Returns the caller as the actor that the request itself has named.
    pub fn actor(&self, who: String) -> Actor {
        Actor { who, via: None, request_id: self.request_id.clone(), source_hash: self.source_hash.clone() }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let address = source::of(parts, &state.config.trusted_proxies);
        Ok(Self {
            source: address,
            source_hash: address.map(|address| source_hash(&state.config.keys.pages, address, state.clock.wall())),
            browser: browser::name(&parts.headers),
            headers: parts.headers.clone(),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
        })
    }
}
