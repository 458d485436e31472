//! The cookies of our pages: reads them from the request, and writes them with every attribute that restricts them to
//! this host.

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

/// `__Host-` makes browsers insist on Secure, Path=/ and no Domain, so no other host can set or read it.
pub const SESSION: &str = "__Host-rekomi_session";
pub const DEVICE: &str = "__Host-rekomi_device";
/// Identifies a sign-in whose password was right and whose second-factor code is still missing.
pub const CHALLENGE: &str = "__Host-rekomi_challenge";
/// The session of an affiliate in the portal.
pub const AFFILIATE: &str = "__Host-rekomi_affiliate";

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
