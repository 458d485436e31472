//! The cookies that identify people.

pub use kit::page::cookie::{read, set};

pub const SESSION: &str = "__Host-rekomi_session";
pub const DEVICE: &str = "__Host-rekomi_device";
/// Identifies a sign-in whose password was right and whose second-factor code is still missing.
pub const CHALLENGE: &str = "__Host-rekomi_challenge";
/// Names whom the browser signed up, until their address is confirmed.
pub const SIGN_UP: &str = "__Host-rekomi_signup";
/// The session of an affiliate in the portal.
pub const AFFILIATE: &str = "__Host-rekomi_affiliate";
/// The session of a creator in the network.
pub const CREATOR: &str = "__Host-rekomi_creator";

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

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
