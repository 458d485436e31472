//! Reads the token, the brand and the target page from the URL of an email's link. An invalid URL yields an empty token
//! and is answered like an expired link.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};
use shared::id::OrganizationId;

use super::return_to::Next;
use kit::api::query::Query;

#[derive(Debug, Default)]
pub struct Address {
    /// Empty if missing.
    pub token: String,
    /// The page that the person wanted: see [`Next`].
    pub next: Next,
    /// The brand whose portal has that page.
    pub brand: Option<OrganizationId>,
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut query = Query::parse(parts.uri.query().unwrap_or_default()).unwrap_or_default();
        let next = Next::read(&query.text("next").unwrap_or_default());
        let brand = query.text("brand").and_then(|brand| brand.parse().ok());
        Ok(Self { token: query.text("token").unwrap_or_default(), next, brand })
    }
}
