//! What the address of an email's link says. A damaged one says nothing, and is answered like one that is spent.

use std::convert::Infallible;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::return_to::Next;
use kit::api::query::Query;

#[derive(Debug, Default)]
pub struct Address {
    /// Empty where there is none.
    pub token: String,
    /// The page that they wanted: see [`Next`].
    pub next: Next,
}

impl<S: Send + Sync> FromRequestParts<S> for Address {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut query = Query::parse(parts.uri.query().unwrap_or_default()).unwrap_or_default();
        let next = Next::read(&query.text("next").unwrap_or_default());
        Ok(Self { token: query.text("token").unwrap_or_default(), next })
    }
}
