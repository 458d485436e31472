//! Protects application forms from bots without an external service: a honeypot field, a minimum time to fill in the
//! form, and a list of disposable email domains. Pure.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::Mac;
use shared::{keys::KeyRing, timestamp::Timestamp};

/// The honeypot: people neither see it nor fill it in, but its name attracts bots.
pub const POT: &str = "company_website";
/// The field with the form's signed token, which contains the time at which the form was shown.
pub const SHOWN: &str = "shown";
const LEAST_MS: i64 = 3_000;
const MOST_MS: i64 = 24 * 3_600_000;
/// Another process's clock may be ahead of ours.
const AHEAD_MS: i64 = 60_000;
const MAC_LEN: usize = 16;
/// Distinguishes two forms shown at the same time, because each may be sent only once.
const NONCE_LEN: usize = 8;
const TOKEN_MAX: usize = 64;

/// The best-known services for disposable email addresses.
const DISPOSABLE: [&str; 44] = [
    "10minutemail.com",
    "10minutemail.net",
    "33mail.com",
    "burnermail.io",
    "byom.de",
    "discard.email",
    "discardmail.com",
    "dispostable.com",
    "dropmail.me",
    "emailondeck.com",
    "fakeinbox.com",
    "fakemail.net",
    "getairmail.com",
    "getnada.com",
    "grr.la",
    "guerrillamail.biz",
    "guerrillamail.com",
    "guerrillamail.de",
    "guerrillamail.info",
    "guerrillamail.net",
    "guerrillamail.org",
    "guerrillamailblock.com",
    "inboxkitten.com",
    "mailcatch.com",
    "maildrop.cc",
    "mailinator.com",
    "mailinator.net",
    "mailnesia.com",
    "mailsac.com",
    "mintemail.com",
    "moakt.com",
    "mohmal.com",
    "mytemp.email",
    "sharklasers.com",
    "spam4.me",
    "temp-mail.io",
    "temp-mail.org",
    "tempmail.dev",
    "tempmailo.com",
    "tempr.email",
    "throwawaymail.com",
    "trashmail.com",
    "trashmail.de",
    "yopmail.com",
];

/// The content of a form's token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shown {
    pub pace: Pace,
    /// The version of the terms shown with the form; 0 if there were none.
    pub terms: i32,
}

/// Whether the time between showing and sending the form is plausible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pace {
    Human,
    TooFast,
    /// Too old, or not signed by us.
    Over,
}

/// Creates a signed token with the time at which a page's form was shown and the version of its terms.
pub fn token(ring: &KeyRing, handle: &str, terms: i32, now: Timestamp) -> String {
    let key = ring.current();
    let (at, terms) = (now.millis().to_be_bytes(), terms.to_be_bytes());
    let nonce: [u8; NONCE_LEN] = rand::random();
    let mac = key.mac(&[SIGNED, handle.as_bytes(), b"\0", &at, &terms, &nonce]).finalize().into_bytes();
    let tag = mac.get(..MAC_LEN).unwrap_or_default();
    BASE64_URL_SAFE_NO_PAD.encode([&[key.id][..], &at, &terms, &nonce, tag].concat())
}

const SIGNED: &[u8] = b"application-2\0";

/// Reads a form's token, and judges the time that has passed.
pub fn shown(ring: &KeyRing, handle: &str, token: &str, now: Timestamp) -> Shown {
    let Some((at, terms)) = read(ring, handle, token) else { return Shown { pace: Pace::Over, terms: 0 } };
    let pace = match now.millis() - at {
        passed if !(-AHEAD_MS..=MOST_MS).contains(&passed) => Pace::Over,
        passed if passed < LEAST_MS => Pace::TooFast,
        _ => Pace::Human,
    };
    Shown { pace, terms }
}

/// Returns the time until which a form that is shown now may be sent.
pub fn over_at(now: Timestamp) -> Timestamp {
    now.plus_millis(MOST_MS + AHEAD_MS)
}

fn read(ring: &KeyRing, handle: &str, token: &str) -> Option<(i64, i32)> {
    if token.len() > TOKEN_MAX {
        return None;
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
    let (&id, rest) = bytes.split_first()?;
    let (at, rest) = rest.split_first_chunk::<8>()?;
    let (terms, rest) = rest.split_first_chunk::<4>()?;
    let (nonce, tag) = rest.split_first_chunk::<NONCE_LEN>()?;
    let key = ring.get(id).filter(|_| tag.len() == MAC_LEN)?;
    key.mac(&[SIGNED, handle.as_bytes(), b"\0", at, terms, nonce]).verify_truncated_left(tag).ok()?;
    Some((i64::from_be_bytes(*at), i32::from_be_bytes(*terms)))
}

/// Returns whether an address in lower case belongs to a service for disposable addresses.
pub fn is_disposable(address: &str) -> bool {
    let domain = address.rsplit_once('@').map_or("", |(_, domain)| domain);
    let under = |known: &str| domain.strip_suffix(known).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
    DISPOSABLE.iter().any(|known| under(known))
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn a_form_takes_some_seconds_and_lasts_a_day() {
        let ring = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::Pages).unwrap();
        let now = Timestamp::from_seconds(1_790_000_000).unwrap();
        let token_of = |terms| token(&ring, "acme", terms, now);
        let shown = token_of(7);
        let pace = |ring: &KeyRing, handle: &str, token: &str, now| super::shown(ring, handle, token, now).pace;
        let at = |ms| pace(&ring, "acme", &shown, now.plus_millis(ms));
        assert_eq!(super::shown(&ring, "acme", &shown, now).terms, 7);
        assert_ne!(token_of(7), shown, "each is of one form");
        assert_eq!([0, 2_999, 3_000, 86_400_000, 86_400_001].map(at), {
            use Pace::{Human, Over, TooFast};
            [TooFast, TooFast, Human, Human, Over]
        });
        assert_eq!(pace(&ring, "globex", &shown, now.plus_millis(5_000)), Pace::Over, "another page's");
        for end in 0..shown.len() {
            assert_eq!(pace(&ring, "acme", &shown[..end], now.plus_millis(5_000)), Pace::Over);
        }
        let other = KeyRing::parse(&format!("1:{}", "cd".repeat(32)), Purpose::Pages).unwrap();
        assert_eq!(pace(&other, "acme", &shown, now.plus_millis(5_000)), Pace::Over);
    }

    #[test]
    fn mail_of_a_day_is_known_by_its_domain() {
        for bad in ["a@mailinator.com", "a@x.yopmail.com"] {
            assert!(is_disposable(bad), "{bad}");
        }
        for good in ["a@notmailinator.com", "a@mailinator.com.brand.com", "mailinator.com@brand.com", "a"] {
            assert!(!is_disposable(good), "{good}");
        }
    }
}
