//! `t=<unix s>,v1=<hex>` signatures: the scheme of our S2S endpoint, of Stripe's webhooks, and between edge and ledger;
//! and [`webhook_signature`] for what we send to addresses of a brand's own.
//!
//! HMAC-SHA256 over `prefix . t . body` (the prefix only between edge and ledger, where it is the batch's id). It is
//! checked over the raw bytes before anything is parsed, in constant time, every `v1` in the header against every
//! secret, so that either side can rotate. Source of the scheme: Stripe, "Verify webhook signatures manually".

use base64::{Engine, prelude::BASE64_STANDARD};
use hmac::Mac;

use crate::{
    keys::{decode_hex, encode_hex, keyed, signs},
    timestamp::Timestamp,
};

/// Our own header, both for S2S posts and between edge and ledger.
pub const SIGNATURE_HEADER: &str = "Rekomi-Signature";
/// The header with the id that a signature between edge and ledger covers first.
pub const SIGNED_ID_HEADER: &str = "Rekomi-Id";
/// How far a signature's time may be from now.
pub const TOLERANCE_SECONDS: i64 = 300;
/// What a secret of Standard Webhooks begins with, before its Base64.
pub const WEBHOOK_SECRET_PREFIX: &str = "whsec_";
/// More `v1` entries than any rotation needs; a header with more is refused before any hashing.
const SIGNATURES_MAX: usize = 8;

/// Which clock differences are accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// 300 s in either direction: for all of our own signatures.
    BothWays,
    /// At most 300 s old; a time in the future passes, as in Stripe's own libraries (stripe-node `webhooks.js`).
    PastOnly,
}

/// Why a signature was refused. [`SignatureError::code`] is part of the public API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    #[error("The signature header is missing.")]
    Missing,
    #[error("The signature header must have the form t=<unix seconds>,v1=<hex>.")]
    Malformed,
    #[error("The signature's time is more than {TOLERANCE_SECONDS} seconds off. Check your server's clock.")]
    Stale,
    #[error("No signature matches the body.")]
    Mismatch,
}

impl SignatureError {
    pub const fn code(self) -> &'static str {
        match self {
            Self::Missing => "signature_missing",
            Self::Malformed => "signature_malformed",
            Self::Stale => "signature_expired",
            Self::Mismatch => "signature_invalid",
        }
    }
}

/// Returns the header value for a body: `t=…,v1=…`.
pub fn sign(secret: &[u8], now: Timestamp, body: &[u8]) -> String {
    sign_with_id(secret, None, now, body)
}

/// Like [`sign`], with an id in front: HMAC over `id.t.body`.
pub fn sign_with_id(secret: &[u8], id: Option<&str>, now: Timestamp, body: &[u8]) -> String {
    let seconds = now.seconds().to_string();
    let mac = message(secret, id, &seconds, body).finalize().into_bytes();
    format!("t={seconds},v1={}", encode_hex(&mac))
}

/// Returns an entry of the header `webhook-signature` as in Standard Webhooks, version 1 (standardwebhooks.com):
/// `v1,<Base64>`. `None` for a secret that isn't `whsec_` and Base64.
pub fn webhook_signature(secret: &str, id: &str, at: Timestamp, body: &[u8]) -> Option<String> {
    let key = BASE64_STANDARD.decode(secret.strip_prefix(WEBHOOK_SECRET_PREFIX)?).ok()?;
    let mac = message(&key, Some(id), &at.seconds().to_string(), body).finalize().into_bytes();
    Some(format!("v1,{}", BASE64_STANDARD.encode(mac)))
}

/// Accepts the body if any `v1` in the header matches any of the secrets.
///
/// # Errors
/// [`SignatureError`], the first that applies in the order of its variants; the time is checked before the signature.
pub fn verify<'a>(
    secrets: impl IntoIterator<Item = &'a [u8]>,
    id: Option<&str>,
    header: Option<&str>,
    body: &[u8],
    now: Timestamp,
    window: Window,
) -> Result<(), SignatureError> {
    verify_any(&secrets.into_iter().collect::<Vec<_>>(), id, header, body, now, window)
}

/// One copy for every kind of iterator.
fn verify_any(
    secrets: &[&[u8]],
    id: Option<&str>,
    header: Option<&str>,
    body: &[u8],
    now: Timestamp,
    window: Window,
) -> Result<(), SignatureError> {
    let header = Header::parse(header.ok_or(SignatureError::Missing)?)?;
    let age = now.seconds().saturating_sub(header.seconds);
    if age > TOLERANCE_SECONDS || (window == Window::BothWays && age < -TOLERANCE_SECONDS) {
        return Err(SignatureError::Stale);
    }
    let with_id: [&[u8]; 5] = [id.unwrap_or_default().as_bytes(), b".", header.seconds_text.as_bytes(), b".", body];
    let parts = if id.is_some() { &with_id[..] } else { &with_id[2..] };
    // Every secret is tried, so that the timing doesn't reveal which one matched.
    let matched = secrets.iter().fold(false, |matched, secret| matched | signs(secret, parts, &header.candidates));
    if matched { Ok(()) } else { Err(SignatureError::Mismatch) }
}

fn message(secret: &[u8], id: Option<&str>, seconds: &str, body: &[u8]) -> crate::keys::HmacSha256 {
    match id {
        Some(id) => keyed(secret, &[id.as_bytes(), b".", seconds.as_bytes(), b".", body]),
        None => keyed(secret, &[seconds.as_bytes(), b".", body]),
    }
}

struct Header<'a> {
    seconds: i64,
    /// As written: the signature covers the text, not the number.
    seconds_text: &'a str,
    candidates: Vec<Vec<u8>>,
}

impl<'a> Header<'a> {
    fn parse(header: &'a str) -> Result<Self, SignatureError> {
        let mut seconds_text = None;
        let mut candidates = Vec::new();
        for part in header.split(',') {
            match part.trim().split_once('=') {
                Some(("t", value)) if seconds_text.is_none() => seconds_text = Some(value),
                Some(("t", _)) => return Err(SignatureError::Malformed),
                Some(("v1", value)) => candidates.extend(decode_hex(value)),
                _ => {} // other schemes, such as Stripe's v0
            }
        }
        let seconds_text = seconds_text.ok_or(SignatureError::Malformed)?;
        let digits = !seconds_text.is_empty() && seconds_text.bytes().all(|byte| byte.is_ascii_digit());
        let seconds = seconds_text.parse().ok().filter(|_| digits).ok_or(SignatureError::Malformed)?;
        if candidates.is_empty() || candidates.len() > SIGNATURES_MAX {
            return Err(SignatureError::Malformed);
        }
        Ok(Self { seconds, seconds_text, candidates })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    fn check(secret: &[u8], header: &str, body: &[u8], now: i64) -> Result<(), SignatureError> {
        verify([secret], None, Some(header), body, at(now), Window::BothWays)
    }

    #[test]
    fn a_published_example() {
        // Computed with `printf '1790000100.{}' | openssl dgst -sha256 -hmac rks_secret`.
        let header = sign(b"rks_secret", at(1_790_000_100), b"{}");
        assert_eq!(header, "t=1790000100,v1=6b1a1ec8f9b9aeec419ff197a68e265398a76c137e401cee47fe18f2dae712e1");
    }

    #[test]
    fn the_libraries_of_standard_webhooks_agree() {
        // Computed with the published `standardwebhooks` library for Python.
        let (secret, id) = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek");
        let signed = webhook_signature(secret, id, at(1_614_265_330), br#"{"test": 2432232314}"#);
        assert_eq!(signed.as_deref(), Some("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="));
        for malformed in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_***"] {
            assert_eq!(webhook_signature(malformed, id, at(1), b""), None);
        }
    }

    #[test]
    fn the_window_is_300_seconds_each_way() {
        let header = sign(b"s", at(10_000), b"body");
        for (now, expected) in [
            (10_300, Ok(())),
            (10_301, Err(SignatureError::Stale)),
            (9_700, Ok(())),
            (9_699, Err(SignatureError::Stale)),
        ] {
            assert_eq!(check(b"s", &header, b"body", now), expected, "{now}");
        }
        let future = verify([b"s".as_slice()], None, Some(&header), b"body", at(1), Window::PastOnly);
        assert_eq!(future, Ok(()));
    }

    #[test]
    fn either_side_can_rotate() {
        let (old, new) = (sign(b"old", at(50), b"x"), sign(b"new", at(50), b"x"));
        let both = format!("{old},{}", new.split_once(',').unwrap().1);
        assert_eq!(check(b"new", &both, b"x", 50), Ok(()));
        assert_eq!(verify([b"new".as_slice(), b"old"], None, Some(&old), b"x", at(50), Window::BothWays), Ok(()));
        assert_eq!(check(b"new", &old, b"x", 50), Err(SignatureError::Mismatch));
    }

    #[test]
    fn malformed_headers() {
        for header in
            ["", "t=1", "v1=00", "t=,v1=00", "t=+1,v1=00", "t=x,v1=00", "t=1,v0=00", "t=1,v1=0g", "t=1,t=1,v1=00"]
        {
            assert_eq!(check(b"s", header, b"", 1), Err(SignatureError::Malformed), "{header}");
        }
        assert_eq!(verify([b"s".as_slice()], None, None, b"", at(1), Window::BothWays), Err(SignatureError::Missing));
        assert_eq!(check(b"", &sign(b"", at(1), b""), b"", 1), Err(SignatureError::Mismatch));
    }

    #[test]
    fn the_id_is_covered() {
        let header = sign_with_id(b"s", Some("bat_1"), at(1), b"x");
        let with = |id| verify([b"s".as_slice()], id, Some(header.as_str()), b"x", at(1), Window::BothWays);
        assert_eq!(with(Some("bat_1")), Ok(()));
        assert_eq!(with(Some("bat_2")), Err(SignatureError::Mismatch));
        assert_eq!(with(None), Err(SignatureError::Mismatch));
    }

    /// A secret that `verify` accepts: blank secrets are refused whatever they signed.
    fn usable_secret() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(any::<u8>(), 1..80)
            .prop_filter("a blank secret signs nothing", |secret| !secret.trim_ascii().is_empty())
    }

    proptest! {
        #[test]
        fn any_changed_bit_is_refused(secret in usable_secret(), body: Vec<u8>, bit: prop::sample::Index) {
            let header = sign(&secret, at(1_790_000_000), &body);
            prop_assert_eq!(check(&secret, &header, &body, 1_790_000_000), Ok(()));
            let mut changed = body.clone();
            changed.push(0);
            prop_assert!(check(&secret, &header, &changed, 1_790_000_000).is_err());
            if !body.is_empty() {
                let at_bit = bit.index(body.len() * 8);
                changed.pop();
                changed[at_bit / 8] ^= 1 << (at_bit % 8);
                prop_assert!(check(&secret, &header, &changed, 1_790_000_000).is_err());
            }
            let mut mac = decode_hex(header.split_once("v1=").unwrap().1).unwrap();
            let at_bit = bit.index(256);
            mac[at_bit / 8] ^= 1 << (at_bit % 8);
            let forged = format!("t=1790000000,v1={}", encode_hex(&mac));
            prop_assert_eq!(check(&secret, &forged, &body, 1_790_000_000), Err(SignatureError::Mismatch));
        }

        #[test]
        fn any_truncation_is_refused(cut in 0usize..78) {
            let header = sign(b"secret", at(1_790_000_000), b"body");
            prop_assert_eq!(header.len(), 80);
            prop_assert!(check(b"secret", &header[..cut], b"body", 1_790_000_000).is_err());
        }

        #[test]
        fn no_header_panics(header in "\\PC*", now in 0i64..4_000_000_000) {
            let _ = check(b"secret", &header, b"", now);
        }
    }
}
