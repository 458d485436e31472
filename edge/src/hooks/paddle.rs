//! Verifies Paddle's webhooks: `Paddle-Signature: ts=…;h1=…` over `ts:body`, keyed with the notification destination's
//! secret.
//!
//! Source: developer.paddle.com, "Verify webhook signatures". A signature may be 5 s old, as in Paddle's own libraries:
//! that is short, but the time is taken when the request arrives, before any lookup, and Paddle signs each delivery
//! anew. A time in the future passes, as in Paddle's Node library. During a secret's rotation there are several `h1`,
//! in any order, so any of them may match.

use shared::{keys::decode_hex, seal::Secret, sign::SignatureError, timestamp::Timestamp};

use super::{
    Verified, json_event,
    signature::{self, Scheme},
};
use crate::answer::Answer;

pub const SIGNATURE_HEADER: &str = "Paddle-Signature";
const TOLERANCE_SECONDS: i64 = 5;
const SCHEME: Scheme =
    Scheme { header: SIGNATURE_HEADER, form: "ts=<unix seconds>;h1=<hex>", window: "is more than 5 seconds old" };

/// Checks the signature over the raw bytes, and only then parses them.
///
/// # Errors
/// The 401 or 400 to return.
pub fn verified(
    secrets: &[Secret],
    signature: Option<&str>,
    body: Vec<u8>,
    now: Timestamp,
) -> Result<Verified, Answer> {
    check(secrets, signature, &body, now).map_err(|error| SCHEME.refused(error))?;
    json_event(body, None)
}

fn check(secrets: &[Secret], header: Option<&str>, body: &[u8], now: Timestamp) -> Result<(), SignatureError> {
    let header = header.ok_or(SignatureError::Missing)?;
    let (mut time, mut candidates) = (None, Vec::new());
    for part in header.split(';') {
        match part.trim().split_once('=') {
            Some(("ts", value)) if time.is_none() => time = Some(value),
            Some(("ts", _)) => return Err(SignatureError::Malformed),
            Some(("h1", value)) => candidates.extend(decode_hex(value)),
            _ => {} // later schemes
        }
    }
    // The signature covers the time as it is written.
    let time = time.filter(|time| time.bytes().all(|byte| byte.is_ascii_digit())).ok_or(SignatureError::Malformed)?;
    let seconds: i64 = time.parse().map_err(|_| SignatureError::Malformed)?;
    if now.seconds().saturating_sub(seconds) > TOLERANCE_SECONDS {
        return Err(SignatureError::Stale);
    }
    signature::check(secrets, &[time.as_bytes(), b":", body], &candidates)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn run(secrets: &[&str], header: Option<&str>, body: &str, now: i64) -> Result<Verified, (u16, String)> {
        let secrets: Vec<Secret> = secrets.iter().map(|text| Secret::new(*text)).collect();
        verified(&secrets, header, body.as_bytes().to_vec(), Timestamp::from_seconds(now).unwrap())
            .map_err(|answer| (answer.status, answer.error.unwrap_or_default()))
    }

    #[test]
    fn as_the_vectors_say() {
        let file: Value = serde_json::from_str(include_str!("../../../tests/fixtures/paddle_signatures.json")).unwrap();
        let vectors = file["vectors"].as_array().unwrap();
        assert!(vectors.len() >= 15);
        for vector in vectors {
            let text = |name: &str| vector[name].as_str().unwrap();
            let secrets: Vec<&str> =
                vector["secrets"].as_array().unwrap().iter().map(|secret| secret.as_str().unwrap()).collect();
            let read = run(&secrets, vector["header"].as_str(), text("body"), vector["now"].as_i64().unwrap());
            let outcome = read.map_or_else(|(_, code)| code, |_| "ok".to_owned());
            assert_eq!(outcome, text("expect"), "{}", text("name"));
        }
    }

    #[test]
    fn a_signed_event_is_passed_on_byte_for_byte() {
        let file: Value = serde_json::from_str(include_str!("../../../tests/fixtures/paddle_signatures.json")).unwrap();
        let vector = &file["vectors"][0];
        let body = vector["body"].as_str().unwrap();
        let secret = vector["secrets"][0].as_str().unwrap();
        let read = run(&[secret], vector["header"].as_str(), body, vector["now"].as_i64().unwrap()).unwrap();
        assert_eq!((read.external_id.as_str(), read.event_type.as_str()), ("evt_01vector", "transaction.completed"));
        assert_eq!(read.body, body);
    }

    proptest! {
        #[test]
        fn no_header_passes_or_panics(header in "(ts=|h1=|;|[0-9a-f]{0,4}|\\PC)*", now in 0i64..4_000_000_000) {
            prop_assert_eq!(run(&["secret"], Some(&header), "{}", now).unwrap_err().0, 401);
        }
    }
}
