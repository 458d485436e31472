//! Protects against forged requests (CSRF): only a request from our own pages changes state.
//!
//! Browsers state where a request comes from in `Sec-Fetch-Site`, or at least in `Origin`, and no page can make them
//! lie. A request with neither doesn't come from a browser, so it carries no person's cookie that someone else could
//! misuse.

use axum::{
    extract::Request,
    http::{HeaderMap, Method, StatusCode, header::HOST, header::ORIGIN},
    middleware::Next,
    response::{IntoResponse, Response},
};

use kit::{
    error::{Code, Error},
    page::PageError,
};

pub async fn guard(request: Request, next: Next) -> Response {
    let reads = matches!(*request.method(), Method::GET | Method::HEAD | Method::OPTIONS);
    if reads || is_own(request.headers()) {
        return next.run(request).await;
    }
    let message = "This request came from another site. Go back to Rekomi and try again.";
    PageError::from(Error::new(StatusCode::FORBIDDEN, Code::CrossOrigin, message)).into_response()
}

fn is_own(headers: &HeaderMap) -> bool {
    let text = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or("?"));
    if let Some(site) = text("sec-fetch-site") {
        return matches!(site, "same-origin" | "none");
    }
    match (text(ORIGIN.as_str()), text(HOST.as_str())) {
        (None, _) => true,
        (Some(origin), Some(host)) => {
            origin.split_once("://").is_some_and(|(_, authority)| authority.eq_ignore_ascii_case(host))
        }
        (Some(_), None) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(pairs: &[(&'static str, &str)]) -> bool {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.insert(*name, value.parse().unwrap());
        }
        is_own(&headers)
    }

    #[test]
    fn only_our_own_pages_pass() {
        let host = ("host", "rekomi.brand.com");
        assert!(own(&[host, ("sec-fetch-site", "same-origin")]));
        assert!(own(&[host, ("origin", "https://rekomi.brand.com")]));
        assert!(own(&[host]));
        for other in ["cross-site", "same-site", ""] {
            assert!(!own(&[host, ("sec-fetch-site", other), ("origin", "https://rekomi.brand.com")]), "{other}");
        }
        for other in ["https://evil.test", "null", "https://rekomi.brand.com.evil.test", "https://rekomi.brand.com:444"]
        {
            assert!(!own(&[host, ("origin", other)]), "{other}");
        }
    }
}
