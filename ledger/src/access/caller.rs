//! Whoever sends a form before anybody knows who they are: where from, and with which browser.

use std::net::IpAddr;

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};

use super::{
    actor::{Actor, RequestId},
    browser, cookie,
    source::{self, source_hash},
    throttle::is_known_device,
};
use crate::state::AppState;

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
    /// The device cookie, where the browser has signed in as that account before.
    pub fn device(&self, state: &AppState, email: &str) -> Option<&str> {
        cookie::read(&self.headers, cookie::DEVICE)
            .filter(|device| is_known_device(&state.config.keys.pages, email, device))
    }

    /// The caller as somebody whom the request itself has named.
    pub fn actor(&self, who: String) -> Actor {
        Actor { who, request_id: self.request_id.clone(), source_hash: self.source_hash.clone() }
    }
}

impl FromRequestParts<AppState> for Caller {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, Self::Rejection> {
        let address = source::of(parts, state);
        Ok(Self {
            source: address,
            source_hash: address.map(|address| source_hash(&state.config.keys.pages, address, state.clock.wall())),
            browser: browser::name(&parts.headers),
            headers: parts.headers.clone(),
            request_id: parts.extensions.get::<RequestId>().map(|id| id.0.clone()),
        })
    }
}
