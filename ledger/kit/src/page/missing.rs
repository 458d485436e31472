//! Responses for unknown routes, for paths of nothing, and for unsupported methods.

use axum::{
    extract::Request,
    http::{StatusCode, Uri},
    middleware::Next,
    response::Response,
};

use super::refused;
use crate::error::{Code, Error};

pub async fn path(uri: Uri) -> Response {
    let message = "There's nothing at this address. Check the URL.";
    refused(uri.path(), Error::new(StatusCode::NOT_FOUND, Code::NotFound, message))
}

/// A path with U+0000 is that of nothing: Postgres can't store it, and refuses to look it up.
pub async fn unstorable(request: Request, next: Next) -> Response {
    if request.uri().path().contains("%00") { path(request.uri().clone()).await } else { next.run(request).await }
}

/// The router adds `Allow`.
pub async fn method(uri: Uri) -> Response {
    let message = "This address doesn't support that method. See the `Allow` header.";
    refused(uri.path(), Error::new(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed, message))
}
