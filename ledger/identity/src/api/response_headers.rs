//! Adds headers to every API response: the rate limit status, and an `ETag`, so that a client that already has the
//! content gets a 304 without a body.

use axum::{
    body::{Body, HttpBody, to_bytes},
    extract::Request,
    http::{
        HeaderValue, Method, StatusCode,
        header::{CACHE_CONTROL, ETAG, IF_NONE_MATCH, WWW_AUTHENTICATE},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};

use crate::access::admit::Ticket;
use kit::{
    api::etag::{is_known, not_modified, tag},
    error::Error,
};

/// Larger responses are lists that change often; hashing them would cost more than it saves.
const TAGGED_MAX: u64 = 64 * 1024;

pub async fn around(mut request: Request, next: Next) -> Response {
    let ticket = Ticket::default();
    request.extensions_mut().insert(ticket.clone());
    let reads = request.method() == Method::GET;
    let known = request.headers().get(IF_NONE_MATCH).cloned();
    let mut response = next.run(request).await;
    if reads && response.status() == StatusCode::OK {
        response = tagged(response, known.as_ref()).await;
    }
    if response.status() == StatusCode::UNAUTHORIZED {
        response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    if let Some(rate_limit) = ticket.rate_limit() {
        rate_limit.write(response.headers_mut());
    }
    response
}

async fn tagged(response: Response, known: Option<&HeaderValue>) -> Response {
    if response.body().size_hint().upper().is_none_or(|size| size > TAGGED_MAX) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    let bytes = match to_bytes(body, usize::MAX).await {
        Ok(bytes) => bytes,
        Err(error) => return Error::internal(error).into_response(),
    };
    let tag = tag(&bytes);
    // The response is private: only the caller may cache it, and must revalidate it before reuse.
    parts.headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(value) = HeaderValue::from_str(&tag) {
        parts.headers.insert(ETAG, value);
    }
    if is_known(known, &tag) {
        return not_modified(parts.headers);
    }
    Response::from_parts(parts, Body::from(bytes))
}

#[cfg(test)]
mod tests {
    use axum::http::header::CONTENT_TYPE;

    use super::*;

    #[tokio::test]
    async fn what_is_known_is_not_sent_again() {
        let answer = || (StatusCode::OK, [(CONTENT_TYPE, "application/json")], "{\"id\":1}").into_response();
        let first = tagged(answer(), None).await;
        let tag = first.headers()[ETAG].clone();
        assert_eq!(to_bytes(first.into_body(), 100).await.unwrap(), "{\"id\":1}");
        let again = tagged(answer(), Some(&tag)).await;
        assert_eq!((again.status(), again.headers()[ETAG].clone()), (StatusCode::NOT_MODIFIED, tag));
        assert!(!again.headers().contains_key(CONTENT_TYPE));
        assert!(to_bytes(again.into_body(), 100).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn what_is_large_has_no_tag() {
        let large = "x".repeat(65 * 1024).into_response();
        assert!(!tagged(large, None).await.headers().contains_key(ETAG));
    }
}
