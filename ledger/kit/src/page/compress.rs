//! Compresses pages, style sheets and scripts for browsers that accept it.
//!
//! Only bodies that are complete: exports and live updates are streams, which keep their pace. Pages that show a secret
//! aren't compressed either, because their size would reveal it, byte by byte, to somebody who can have their own text
//! shown beside it (BREACH).

use std::io::Write;

use askama::Template;
use axum::{
    body::{Bytes, HttpBody, to_bytes},
    extract::Request,
    http::{
        HeaderMap, HeaderValue,
        header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, ETAG, VARY},
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};

use super::{Html, wants_json};
use crate::{api::static_body::takes_gzip, error::Error};

/// Smaller ones fit into the first packets anyway.
const BYTES_MIN: u64 = 1024;
const BYTES_MAX: u64 = 4 * 1024 * 1024;
const KINDS: [&str; 5] = ["text/html", "text/css", "text/javascript", "application/json", "image/svg+xml"];

/// Marks a response that shows a secret.
#[derive(Debug, Clone, Copy)]
struct Secret;

/// A page that shows a secret: it is never compressed.
pub fn uncompressed(page: impl Template) -> Response {
    let mut response = Html(page).into_response();
    response.extensions_mut().insert(Secret);
    response
}

/// Compresses the response if the browser accepts it. Programs' responses stay as they are, because their tags name
/// their bytes.
pub async fn around(request: Request, next: Next) -> Response {
    let is_for_programs = wants_json(request.uri().path());
    let takes_gzip = takes_gzip(request.headers());
    let response = next.run(request).await;
    if is_for_programs || !is_compressible(&response) {
        return response;
    }
    let (mut parts, body) = response.into_parts();
    parts.headers.append(VARY, HeaderValue::from_static("accept-encoding"));
    if !takes_gzip {
        return Response::from_parts(parts, body);
    }
    let plain = match to_bytes(body, usize::MAX).await {
        Ok(plain) => plain,
        Err(error) => return Error::internal(error).into_response(),
    };
    let Some(small) = gzip(&plain) else { return Response::from_parts(parts, plain.into()) };
    parts.headers.remove(CONTENT_LENGTH);
    parts.headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
    Response::from_parts(parts, small.into())
}

fn is_compressible(response: &Response) -> bool {
    let headers = response.headers();
    let size = response.body().size_hint().exact().unwrap_or_default();
    (BYTES_MIN..=BYTES_MAX).contains(&size)
        && is_text(headers)
        && response.extensions().get::<Secret>().is_none()
        // Already compressed, or chosen by somebody who knows the accepted encodings.
        && !headers.contains_key(CONTENT_ENCODING)
        && !headers.get_all(VARY).iter().any(|value| value == "accept-encoding")
        // A strong tag names the bytes of this form.
        && headers.get(ETAG).is_none_or(|tag| tag.as_bytes().starts_with(b"W/"))
}

fn is_text(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    KINDS.contains(&kind.split(';').next().unwrap_or_default().trim())
}

/// The fastest level: a page of 100 KB takes less than a millisecond and becomes a sixth.
fn gzip(plain: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::with_capacity(plain.len() / 4), Compression::fast());
    encoder.write_all(plain).and_then(|()| encoder.finish()).ok().map(Bytes::from)
}

#[cfg(test)]
mod tests {
    use axum::{
        Router,
        body::Body,
        http::header::ACCEPT_ENCODING,
        middleware::from_fn,
        response::sse::{Event, Sse},
        routing::get,
    };
    use tower::ServiceExt;

    use super::*;

    #[derive(Debug, Template)]
    #[template(source = "{{ text }}", ext = "html")]
    struct Page {
        text: String,
    }

    fn long() -> Page {
        Page { text: "word ".repeat(1_000) }
    }

    async fn answer(path: &str, accepted: &str) -> Response {
        let events = || async { Sse::new(futures_util::stream::empty::<Result<Event, std::convert::Infallible>>()) };
        let router = Router::new()
            .route("/page", get(|| async { Html(long()) }))
            .route("/short", get(|| async { Html(Page { text: "word".to_owned() }) }))
            .route("/secret", get(|| async { uncompressed(long()) }))
            .route("/events", get(events))
            .route("/api/v1/page", get(|| async { Html(long()) }))
            .layer(from_fn(around));
        let request = Request::get(path).header(ACCEPT_ENCODING, accepted).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap()
    }

    #[tokio::test]
    async fn a_page_is_sent_in_the_form_that_the_browser_takes() {
        let small = answer("/page", "gzip, br").await;
        assert_eq!(small.headers()[CONTENT_ENCODING], "gzip");
        assert_eq!(small.headers()[VARY], "accept-encoding");
        let length = small.headers().get(CONTENT_LENGTH).map(|length| length.to_str().unwrap().to_owned());
        let body = to_bytes(small.into_body(), 10_000).await.unwrap();
        assert!(body.len() < 200 && length.is_none_or(|length| length == body.len().to_string()));
        let plain = answer("/page", "br").await;
        assert_eq!(plain.headers().get(CONTENT_ENCODING), None);
        assert_eq!(plain.headers()[VARY], "accept-encoding");
        assert_eq!(to_bytes(plain.into_body(), 10_000).await.unwrap().len(), 5_000);
    }

    #[tokio::test]
    async fn secrets_streams_short_pages_and_the_api_stay_as_they_are() {
        for path in ["/secret", "/events", "/short", "/api/v1/page"] {
            let response = answer(path, "gzip").await;
            assert_eq!((response.status().as_u16(), response.headers().get(CONTENT_ENCODING)), (200, None), "{path}");
        }
    }
}
