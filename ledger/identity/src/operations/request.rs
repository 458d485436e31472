//! Wraps every request: gives it an id, one log line, metrics, a time limit, and an error body in the right format for
//! the caller.

use std::time::{Duration, Instant};

use axum::{
    extract::{MatchedPath, Request, State},
    http::{
        HeaderMap, HeaderName, HeaderValue, Method, StatusCode,
        header::{
            CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, REFERRER_POLICY, RETRY_AFTER,
            STRICT_TRANSPORT_SECURITY, X_CONTENT_TYPE_OPTIONS,
        },
    },
    middleware::Next,
    response::{IntoResponse, Response},
};
use shared::keys::encode_hex;
use tracing::Instrument;

use crate::access::actor::RequestId;
use kit::{
    error::{Code, Error},
    page::{request::Known, wants_json},
    state::AppState,
    trace::{self, KeyValue, SpanKind},
};

/// The edge sends this header with requests it forwards, so that the same id appears in the logs of both.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("rekomi-request-id");
const OTHERS_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const TIME_LIMIT: Duration = Duration::from_secs(30);
/// The limit of [`LONG_ROUTES`].
const LONG_TIME_LIMIT: Duration = Duration::from_secs(600);
/// Erasing or exporting a person searches all that an organization has stored.
const LONG_ROUTES: [&str; 6] = [
    "/api/v1/affiliates/{id}/erase",
    "/api/v1/affiliates/{id}/export",
    "/api/v1/customers/{id}/erase",
    "/api/v1/customers/{id}/export",
    "/dashboard/settings/privacy/erase",
    "/dashboard/settings/privacy/export",
];

pub async fn around(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let id = request_id(request.headers());
    let method = request.method().clone();
    // The route pattern, not the path, because ids don't belong in labels, nor queries in logs.
    let route = request
        .extensions()
        .get::<MatchedPath>()
        .map_or_else(|| "(none)".to_owned(), |matched| matched.as_str().to_owned());
    let json = wants_json(request.uri().path());
    request.extensions_mut().insert(RequestId(id.clone()));
    let traced = begin_trace(&method, &route, request.headers());
    let span = tracing::info_span!("request", id = %id, trace = tracing::field::Empty);
    if let Some(trace_id) = traced.as_ref().and_then(trace::Span::trace_id) {
        span.record("trace", trace_id.as_str());
    }
    let known = Known::of(request.headers(), &state.config.keys.pages);
    let answered = async {
        let response = match tokio::time::timeout(time_limit(&route), known.during(next.run(request))).await {
            Ok(response) => response,
            Err(_) => past_the_limit(&route).into_response(),
        };
        let mut response = if json { with_error_body(response) } else { response };
        let status = response.status().as_u16();
        let elapsed = started.elapsed();
        tracing::info!(
            event = "request.answered", %method, %route, status, ms = elapsed.as_millis(),
            "answered a request"
        );
        record(method.as_str(), &route, status, elapsed);
        if let Some(traced) = &traced {
            end_trace(traced, status);
        }
        finish(response.headers_mut(), &id, json, state.config.public_url.starts_with("https://"));
        response
    };
    trace::within(traced.as_ref(), answered.instrument(span)).await
}

fn time_limit(route: &str) -> Duration {
    if LONG_ROUTES.contains(&route) { LONG_TIME_LIMIT } else { TIME_LIMIT }
}

/// The answer after the time limit. An erasure goes on without its request, so it may still change everything.
fn past_the_limit(route: &str) -> Error {
    if LONG_ROUTES.contains(&route) && route.ends_with("/erase") {
        let message = "This takes longer than ten minutes. It goes on; repeat the request later to see its result.";
        return Error::new(StatusCode::SERVICE_UNAVAILABLE, Code::Unavailable, message).retry_after(60);
    }
    Error::unavailable("the time limit of a request")
}

/// Begins the request's span, with the route's pattern and not its path.
fn begin_trace(method: &Method, route: &str, headers: &HeaderMap) -> Option<trace::Span> {
    let begun = trace::begin(|| {
        let method = trace::known(method);
        let attributes =
            vec![KeyValue::new("http.request.method", method), KeyValue::new("http.route", route.to_owned())];
        (format!("{method} {route}").into(), SpanKind::Server, attributes)
    });
    begun.map(|span| span.with_caller(headers))
}

fn end_trace(span: &trace::Span, status: u16) {
    span.set("http.response.status_code", i64::from(status));
    if status >= 500 {
        span.failed(status.to_string());
    }
}

/// Our pages use none of these features, so an attacker who injects code into one can't use them either.
const PERMISSIONS: &str = "accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), microphone=(), \
                           midi=(), payment=(), usb=(), browsing-topics=()";

/// Defaults for responses that don't set these headers: not displayable as a page or in a frame, and no referrer.
const DEFAULTS: [(HeaderName, &str); 2] =
    [(CONTENT_SECURITY_POLICY, "default-src 'none'; frame-ancestors 'none'"), (REFERRER_POLICY, "no-referrer")];

/// Adds the headers that every response carries. API responses are private, so no cache stores them unless the response
/// allows it.
fn finish(headers: &mut HeaderMap, id: &str, json: bool, https: bool) {
    if let Ok(value) = HeaderValue::from_str(id) {
        headers.insert(REQUEST_ID, value);
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    headers.insert(HeaderName::from_static("permissions-policy"), HeaderValue::from_static(PERMISSIONS));
    for (name, value) in DEFAULTS {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    if json {
        headers.entry(CACHE_CONTROL).or_insert(HeaderValue::from_static("no-store"));
    }
    if https {
        headers.insert(STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
}

fn record(method: &str, route: &str, status: u16, elapsed: Duration) {
    let labels = [("method", method.to_owned()), ("route", route.to_owned()), ("status", status.to_string())];
    metrics::counter!("rekomi_requests_total", &labels).increment(1);
    metrics::histogram!("rekomi_request_seconds", "route" => route.to_owned()).record(elapsed.as_secs_f64());
}

/// Returns the caller's own id if it is safe to log, otherwise a fresh one.
fn request_id(headers: &HeaderMap) -> String {
    let sane = |text: &&str| {
        (8..=64).contains(&text.len())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte))
    };
    [REQUEST_ID, OTHERS_REQUEST_ID]
        .iter()
        .find_map(|name| headers.get(name)?.to_str().ok().filter(sane).map(str::to_owned))
        .unwrap_or_else(|| format!("req_{}", encode_hex(&rand::random::<[u8; 12]>())))
}

/// Replaces the body of an error that the framework generated (no such route, wrong method, body too large) with ours.
fn with_error_body(response: Response) -> Response {
    let status = response.status();
    let ours =
        response.headers().get(CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"));
    if ours || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let mut answer = framework_error(status).into_response();
    for name in [axum::http::header::ALLOW, RETRY_AFTER] {
        if let Some(value) = response.headers().get(&name) {
            answer.headers_mut().insert(name, value.clone());
        }
    }
    answer
}

fn framework_error(status: StatusCode) -> Error {
    let (code, message) = match status {
        StatusCode::NOT_FOUND => (Code::NotFound, "There's nothing at this address. Check the URL."),
        StatusCode::METHOD_NOT_ALLOWED => (Code::MethodNotAllowed, "Method not supported. See the `Allow` header."),
        StatusCode::PAYLOAD_TOO_LARGE => (Code::PayloadTooLarge, "The body is too large for this endpoint."),
        StatusCode::UNSUPPORTED_MEDIA_TYPE => (Code::UnsupportedMediaType, "Send `Content-Type: application/json`."),
        _ if status.is_client_error() => (Code::BadRequest, "The request couldn't be understood."),
        _ => return Error::internal(format!("a bare {status}")),
    };
    Error::new(status, code, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_harmless_ids_are_taken_over() {
        let of = |value: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, value.parse().unwrap());
            request_id(&headers)
        };
        assert_eq!(of("req_0123abcd"), "req_0123abcd");
        for bad in ["short", "has blank in it", "semi;colon-semi", &"a".repeat(65)] {
            assert!(of(bad).starts_with("req_") && of(bad) != bad, "{bad}");
        }
        let mut headers = HeaderMap::new();
        headers.insert(OTHERS_REQUEST_ID, "9f86d081-884c".parse().unwrap());
        assert_eq!(request_id(&headers), "9f86d081-884c");
    }

    #[test]
    fn only_searches_of_everything_may_take_minutes() {
        assert_eq!(time_limit("/api/v1/customers/{id}/erase"), LONG_TIME_LIMIT);
        assert_eq!(time_limit("/api/v1/customers/{id}"), TIME_LIMIT);
    }

    #[tokio::test]
    async fn an_erasure_may_go_on_after_the_limit() {
        let text = async |route: &str| {
            let answer = past_the_limit(route).into_response();
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
            assert!(answer.headers().contains_key(RETRY_AFTER));
            String::from_utf8(axum::body::to_bytes(answer.into_body(), 4_096).await.unwrap().to_vec()).unwrap()
        };
        for route in ["/api/v1/affiliates/{id}/erase", "/dashboard/settings/privacy/erase"] {
            assert!(text(route).await.contains("It goes on"), "{route}");
        }
        for route in ["/api/v1/affiliates/{id}/export", "/a/network/data/erase", "/api/v1/links"] {
            assert!(text(route).await.contains("Nothing was changed"), "{route}");
        }
    }

    #[test]
    fn errors_of_the_framework_get_a_body_and_keep_allow() {
        let bare = (StatusCode::METHOD_NOT_ALLOWED, [("allow", "GET")]).into_response();
        let answer = with_error_body(bare);
        assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(answer.headers()["allow"], "GET");
        assert_eq!(answer.headers()["content-type"], "application/json");
    }
}
