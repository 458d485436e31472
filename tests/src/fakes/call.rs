//! A request as a vendor sees it.

use std::time::Instant;

use axum::http::request::Parts;
use serde_json::Value;

#[derive(Debug, Clone)]
pub struct Call {
    pub method: String,
    pub path: String,
    pub query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    pub body: Vec<u8>,
    /// When it came.
    pub at: Instant,
}

impl Call {
    pub fn new(parts: Parts, body: Vec<u8>) -> Self {
        let query = parts.uri.query().unwrap_or_default();
        let text = |value: &axum::http::HeaderValue| String::from_utf8_lossy(value.as_bytes()).into_owned();
        Self {
            method: parts.method.to_string(),
            path: parts.uri.path().to_owned(),
            query: url::form_urlencoded::parse(query.as_bytes()).into_owned().collect(),
            headers: parts.headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect(),
            body,
            at: Instant::now(),
        }
    }

    /// A call that didn't come over a wire.
    pub fn of(method: &str, target: &str, headers: &[(&str, &str)], body: &str) -> Self {
        let mut request = axum::http::Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        Self::new(request.body(()).unwrap().into_parts().0, body.as_bytes().to_vec())
    }

    /// `POST /v1/webhook_endpoints`.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.as_str())
    }

    pub fn bearer(&self) -> &str {
        self.header("authorization").strip_prefix("Bearer ").unwrap_or_default()
    }

    /// The body as a form, where it says that it is one.
    pub fn form(&self) -> Option<Vec<(String, String)>> {
        let form = self.header("content-type") == "application/x-www-form-urlencoded";
        form.then(|| url::form_urlencoded::parse(&self.body).into_owned().collect())
    }

    /// The body as JSON, where it says that it is.
    pub fn json(&self) -> Option<Value> {
        let json = self.header("content-type").starts_with("application/json");
        serde_json::from_slice(&self.body).ok().filter(|_| json)
    }

    pub fn parameter(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}
