//! When to try again, for a page that shows the error with its form.

use axum::http::{HeaderName, HeaderValue, header::RETRY_AFTER};

use super::Error;

impl Error {
    /// The header of the response that says when the caller should retry, if that helps.
    pub fn retry_header(&self) -> Option<[(HeaderName, HeaderValue); 1]> {
        self.retry_after_seconds.map(|seconds| [(RETRY_AFTER, seconds.into())])
    }
}
