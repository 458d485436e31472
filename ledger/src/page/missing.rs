//! What answers where no route does, or none with that method.

use axum::{
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
};

use super::PageError;
use crate::{error::Error, operations::request::wants_json};

pub async fn path(uri: Uri) -> Response {
    answer(&uri, Error::new(StatusCode::NOT_FOUND, "not_found", "There is nothing under this address."))
}

/// The router adds `Allow`.
pub async fn method(uri: Uri) -> Response {
    let message = "This address doesn't take that method; see `Allow`.";
    answer(&uri, Error::new(StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed", message))
}

fn answer(uri: &Uri, error: Error) -> Response {
    if wants_json(uri.path()) { error.into_response() } else { PageError::from(error).into_response() }
}
