//! Responses for unknown routes, and for unsupported methods.

use axum::{
    http::{StatusCode, Uri},
    response::Response,
};

use super::refused;
use crate::error::{Code, Error};

pub async fn path(uri: Uri) -> Response {
    let message = "There's nothing at this address. Check the URL.";
    refused(uri.path(), Error::new(StatusCode::NOT_FOUND, Code::NotFound, message))
}

/// The router adds `Allow`.
pub async fn method(uri: Uri) -> Response {
    let message = "This address doesn't support that method. See the `Allow` header.";
    refused(uri.path(), Error::new(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed, message))
}
