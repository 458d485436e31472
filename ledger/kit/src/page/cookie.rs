//! Cookies: reads them from the request, and writes them with every attribute that restricts them to this host. Names
//! begin with `__Host-`, which makes browsers insist on Secure, Path=/ and no Domain, so no other host can set or read
//! them.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().split_once('=').and_then(|(given, value)| (given == name).then_some(value)))
}

/// `None` if the value isn't valid in a header, which never happens with our own values.
pub fn set(name: &str, value: &str, max_age_seconds: i64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; Secure; HttpOnly; SameSite=Lax"))
        .ok()
}
