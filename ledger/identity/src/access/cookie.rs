//! Cookies of the pages: read from the request, written with every attribute that keeps them to this host.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

/// `__Host-` makes browsers insist on Secure, Path=/ and no Domain: no other host can set or see it.
pub const SESSION: &str = "__Host-rekomi_session";
pub const DEVICE: &str = "__Host-rekomi_device";
/// The right password was given, and the code of the second factor is still owed.
pub const CHALLENGE: &str = "__Host-rekomi_challenge";
/// An affiliate in the portal.
pub const AFFILIATE: &str = "__Host-rekomi_affiliate";

pub fn read<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().split_once('=').and_then(|(given, value)| (given == name).then_some(value)))
}

/// `None` where the value could not stand in a header, which our own never do.
pub fn set(name: &str, value: &str, max_age_seconds: i64) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!("{name}={value}; Path=/; Max-Age={max_age_seconds}; Secure; HttpOnly; SameSite=Lax"))
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.append(COOKIE, HeaderValue::from_static("a=1; __Host-rekomi_session=token; b=2"));
        headers.append(COOKIE, HeaderValue::from_static("c=3"));
        assert_eq!(read(&headers, SESSION), Some("token"));
        assert_eq!(read(&headers, "c"), Some("3"));
        assert_eq!(read(&headers, "rekomi_session"), None);
    }

    #[test]
    fn a_cookie_keeps_to_this_host() {
        let header = set(SESSION, "x", 60).unwrap();
        assert_eq!(
            header.to_str().unwrap(),
            "__Host-rekomi_session=x; Path=/; Max-Age=60; Secure; HttpOnly; SameSite=Lax"
        );
        assert!(set(SESSION, "x\r\nset-cookie: y", 60).is_none());
    }
}
