//! Pages for people: rendered on the server, readable without a script, and protected by security headers.

pub mod address;
pub mod amounts;
pub mod assets;
pub mod avatar;
pub mod chart;
pub mod color;
pub mod columns;
pub mod compress;
pub mod cookie;
pub mod csv;
pub mod error_page;
pub mod filter;
pub mod flash;
pub mod language;
pub mod layout;
pub mod list;
pub mod missing;
pub mod notice;
pub mod picture;
pub mod png;
pub mod request;
pub mod signed;
pub mod span;
pub mod status;
pub mod tab;
pub mod ttl_cache;
pub mod zip;
pub mod zone;

use askama::Template;
use axum::{
    extract::FromRequestParts,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
            X_FRAME_OPTIONS,
        },
        request::Parts,
    },
    response::{IntoResponse, Response},
};

use self::error_page::Message;
use crate::{
    api::query::Query,
    error::{Error, sentence_for},
    text::Texts,
};

/// Nothing inline, nothing from other origins, and no frames.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; \
                      connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// `no-referrer` would make browsers send `Origin: null` with our own forms.
const HEADERS: [(HeaderName, &str); 7] = [
    (CONTENT_TYPE, "text/html; charset=utf-8"),
    (CONTENT_SECURITY_POLICY, POLICY),
    (X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (X_FRAME_OPTIONS, "DENY"),
    (REFERRER_POLICY, "same-origin"),
    (CACHE_CONTROL, "no-store"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
];

/// Adds the headers of every page; those already set stay.
pub fn fence(headers: &mut HeaderMap) {
    for (name, value) in HEADERS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
}

/// A template as a response.
#[derive(Debug)]
pub struct Html<T>(pub T);

impl<T: Template> IntoResponse for Html<T> {
    fn into_response(self) -> Response {
        match self.0.render() {
            Ok(text) => {
                let mut response = text.into_response();
                response.headers_mut().remove(CONTENT_TYPE);
                fence(response.headers_mut());
                response
            }
            Err(error) => Error::internal(error).into_response(),
        }
    }
}

/// A page with a form whose answer redirects to another site: browsers follow only where the page's policy lets its forms
/// lead. `site` is a source of that policy, such as `https://connect.acme.com`.
pub fn leading_to(site: &str, page: impl Template) -> Response {
    let mut response = Html(page).into_response();
    let policy = POLICY.replace("form-action 'self'", &format!("form-action 'self' {site}"));
    if let Ok(policy) = HeaderValue::from_str(&policy) {
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy);
    }
    response
}

/// How often, in seconds, a page that shows progress reloads.
const WATCHED_EVERY: &str = "5";

/// A page that browsers reload automatically while the work it shows `goes_on`; no script is needed for it.
pub fn watched(page: impl Template, goes_on: bool) -> Response {
    let mut response = Html(page).into_response();
    if goes_on {
        response.headers_mut().insert(HeaderName::from_static("refresh"), HeaderValue::from_static(WATCHED_EVERY));
    }
    response
}

/// An error on a page: the same as the API's, in words and with a link back.
#[derive(Debug)]
pub struct PageError(Error);

impl<E: Into<Error>> From<E> for PageError {
    #[track_caller]
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

/// The query of a request, of the API or of a page.
impl<S: Send + Sync> FromRequestParts<S> for Query {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        Self::parse(parts.uri.query().unwrap_or_default()).map_err(|error| refused(parts.uri.path(), error))
    }
}

/// An error that occurs before a handler runs: as JSON for programs, as a page for people.
pub fn refused(path: &str, error: Error) -> Response {
    if wants_json(path) { error.into_response() } else { PageError(error).into_response() }
}

impl IntoResponse for PageError {
    fn into_response(self) -> Response {
        let t = Texts::default();
        let title = t.say("program-error-title").with("problem", problem(self.0.status())).to_string();
        let page = Message { t, title, message: sentence_for(&self.0) }.page();
        // The JSON response logs the cause and has the retry time.
        let mut answer = self.0.into_response();
        let (mut parts, body) = page.into_parts();
        parts.status = answer.status();
        for name in [axum::http::header::RETRY_AFTER] {
            if let Some(value) = answer.headers_mut().remove(&name) {
                parts.headers.insert(name, value);
            }
        }
        Response::from_parts(parts, body)
    }
}

/// What the messages call an error.
fn problem(status: StatusCode) -> &'static str {
    match status {
        StatusCode::NOT_FOUND => "missing",
        StatusCode::FORBIDDEN => "denied",
        StatusCode::TOO_MANY_REQUESTS => "too-many",
        StatusCode::SERVICE_UNAVAILABLE => "busy",
        status if status.is_client_error() => "refused",
        _ => "broken",
    }
}

/// Programs use these paths; everything else is for people.
pub fn wants_json(path: &str) -> bool {
    ["/api/", "/internal/", "/dev/"].iter().any(|prefix| path.starts_with(prefix)) || ["/api", "/mcp"].contains(&path)
}
