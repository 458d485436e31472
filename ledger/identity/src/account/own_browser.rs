//! Remembers in a browser whom it signed up, so that the confirmation link signs in that browser and no other.
//!
//! The person who signs up knows the account's password, and may have used someone else's address. If the owner of the
//! address confirms it all the same, they aren't led into an account that another person can open, too.

use axum::http::{HeaderMap, HeaderValue};
use hmac::Mac;
use shared::{
    id::UserId,
    keys::{Key, KeyRing, decode_hex, encode_hex},
};

use crate::access::cookie;

/// As long as the link is valid.
const SECONDS: i64 = 86_400;

/// The cookie of a browser that signed this person up. For an address that already has an account, pass an unused ID: all
/// cookies look alike.
pub(super) fn remember(ring: &KeyRing, person: UserId) -> Option<HeaderValue> {
    let key = ring.current();
    let mac = mac(key, person).finalize().into_bytes();
    cookie::set(cookie::SIGN_UP, &format!("{}.{}", key.id, encode_hex(&mac)), SECONDS)
}

/// Whether the browser signed this person up.
pub(super) fn signed_up(ring: &KeyRing, headers: &HeaderMap, person: UserId) -> bool {
    let proved = || {
        let (id, digits) = cookie::read(headers, cookie::SIGN_UP)?.split_once('.')?;
        let mac = mac(ring.get(id.parse().ok()?)?, person);
        mac.verify_slice(&decode_hex(digits)?).ok()
    };
    proved().is_some()
}

fn mac(key: &Key, person: UserId) -> impl Mac + use<> {
    key.mac(&[b"sign-up\0", person.bytes()])
}

#[cfg(test)]
mod tests {
    use axum::http::header::COOKIE;
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn a_browser_knows_whom_it_signed_up() {
        let ring = |digits: &str| KeyRing::parse(&format!("1:{}", digits.repeat(32)), Purpose::Pages).unwrap();
        let (ann, bea) = (UserId::v7(1, &[1; 10]), UserId::v7(1, &[2; 10]));
        let set = remember(&ring("ab"), ann).unwrap();
        let sent = set.to_str().unwrap().split(';').next().unwrap().to_owned();
        let headers = |cookies: &str| HeaderMap::from_iter([(COOKIE, cookies.parse().unwrap())]);
        assert!(signed_up(&ring("ab"), &headers(&sent), ann));
        assert!(!signed_up(&ring("ab"), &headers(&sent), bea) && !signed_up(&ring("cd"), &headers(&sent), ann));
        for bad in ["a=b", "__Host-rekomi_signup=1.", "__Host-rekomi_signup=9.00", "__Host-rekomi_signup=x"] {
            assert!(!signed_up(&ring("ab"), &headers(bad), ann), "{bad}");
        }
    }
}
