//! Content that is built once and never changes, with its tag and its compressed form.

use std::io::Write;

use axum::{
    body::Bytes,
    http::{
        HeaderMap, HeaderValue,
        header::{ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY},
    },
    response::{IntoResponse, Response},
};
use flate2::{Compression, write::GzEncoder};

use super::etag;

#[derive(Debug, Clone)]
pub struct Fixed {
    kind: &'static str,
    plain: Bytes,
    gzip: Option<Bytes>,
    /// Weak: both forms have the same tag.
    tag: String,
}

impl Fixed {
    pub fn new(kind: &'static str, plain: Bytes) -> Self {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        let gzip = encoder.write_all(&plain).and_then(|()| encoder.finish()).ok().map(Bytes::from);
        Self { kind, tag: format!("W/{}", etag::tag(&plain)), plain, gzip }
    }

    /// Returns the form that the caller accepts, or 304 if the caller already has it.
    pub fn serve(&self, request_headers: &HeaderMap) -> Response {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, no-cache"));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if let Ok(value) = HeaderValue::from_str(&self.tag) {
            headers.insert(ETAG, value);
        }
        if etag::is_known(request_headers.get(IF_NONE_MATCH), &self.tag) {
            return etag::not_modified(headers);
        }
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.kind));
        let body = match &self.gzip {
            Some(gzip) if takes_gzip(request_headers) => {
                headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
                gzip.clone()
            }
            _ => self.plain.clone(),
        };
        (headers, body).into_response()
    }
}

pub(crate) fn takes_gzip(request_headers: &HeaderMap) -> bool {
    let accepted = request_headers.get(ACCEPT_ENCODING).and_then(|value| value.to_str().ok()).unwrap_or_default();
    accepted.split(',').any(|one| {
        let (name, weight) = one.split_once(';').unwrap_or((one, ""));
        let refused = weight.trim().strip_prefix("q=").and_then(|weight| weight.parse().ok()) == Some(0.0);
        name.trim().eq_ignore_ascii_case("gzip") && !refused
    })
}

#[cfg(test)]
mod tests {
    use axum::{body::to_bytes, http::StatusCode};

    use super::*;

    fn request_headers(name: axum::http::HeaderName, value: &str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_str(value).unwrap())])
    }

    #[tokio::test]
    async fn each_gets_the_form_that_it_takes() {
        let fixed = Fixed::new("text/plain", Bytes::from("word ".repeat(1_000)));
        let plain = fixed.serve(&HeaderMap::new());
        assert_eq!(to_bytes(plain.into_body(), 10_000).await.unwrap().len(), 5_000);
        let small = fixed.serve(&request_headers(ACCEPT_ENCODING, "br, gzip;q=0.8"));
        assert_eq!(small.headers()[CONTENT_ENCODING], "gzip");
        let tag = small.headers()[ETAG].to_str().unwrap().to_owned();
        assert!(to_bytes(small.into_body(), 10_000).await.unwrap().len() < 200);
        assert!(
            !fixed.serve(&request_headers(ACCEPT_ENCODING, "gzip;q=0, br")).headers().contains_key(CONTENT_ENCODING)
        );
        assert_eq!(fixed.serve(&request_headers(IF_NONE_MATCH, &tag)).status(), StatusCode::NOT_MODIFIED);
    }
}
