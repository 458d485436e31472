//! Ids in paths.

use std::str::FromStr;

use axum::{
    extract::{FromRequestParts, Path},
    http::request::Parts,
};

use crate::error::Error;

/// The one id of a path, such as `aff_…`. Text that isn't an id of this kind isn't found, like the id of another
/// organization: 404.
#[derive(Debug, Clone, Copy)]
pub struct PathId<T>(pub T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for PathId<T> {
    type Rejection = Error;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Error> {
        let path = Path::<String>::from_request_parts(parts, state).await;
        let Path(text) = path.map_err(|_| Error::not_found())?;
        parse_id(&text).map(Self)
    }
}

/// The id of a path, for handlers that learn only from the body whether the caller may do this at all: a caller who
/// may not is answered 403, whatever the id. All others take a [`PathId`].
///
/// # Errors
/// 404 for text that isn't an id of this kind.
pub fn parse_id<T: FromStr>(text: &str) -> Result<T, Error> {
    text.parse().map_err(|_| Error::not_found())
}
