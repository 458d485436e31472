//! Lets scripts of any site call the endpoints for apps: an app in a browser has no server of its own. No cookie counts
//! there, so a site gets nothing that it couldn't get from a server.

use axum::{
    extract::Request,
    http::{HeaderName, HeaderValue, Method, StatusCode},
    middleware::Next,
    response::{IntoResponse, Response},
};

const HEADERS: [(HeaderName, &str); 4] = [
    (HeaderName::from_static("access-control-allow-origin"), "*"),
    (HeaderName::from_static("access-control-allow-methods"), "GET, POST, OPTIONS"),
    (HeaderName::from_static("access-control-allow-headers"), "authorization, content-type, mcp-protocol-version"),
    (HeaderName::from_static("access-control-expose-headers"), "www-authenticate"),
];

pub async fn around(request: Request, next: Next) -> Response {
    // A browser asks first.
    let mut response = match *request.method() {
        Method::OPTIONS => StatusCode::NO_CONTENT.into_response(),
        _ => next.run(request).await,
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(name, HeaderValue::from_static(value));
    }
    response
}
