//! Lets scripts of any site call the endpoints for apps: an app in a browser has no server of its own. No cookie counts
//! there, so a site gets nothing that it couldn't get from a server.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, StatusCode},
    middleware::Next,
    response::Response,
};

const HEADERS: [(HeaderName, &str); 4] = [
    (HeaderName::from_static("access-control-allow-origin"), "*"),
    (HeaderName::from_static("access-control-allow-methods"), "GET, POST, OPTIONS"),
    (HeaderName::from_static("access-control-allow-headers"), "authorization, content-type, mcp-protocol-version"),
    (HeaderName::from_static("access-control-expose-headers"), "www-authenticate"),
];

/// What a browser asks before a script may send its request: [`around`] has the answer.
pub async fn preflight() -> StatusCode {
    StatusCode::NO_CONTENT
}

pub async fn around(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
