//! Verifies Dodo Payments' webhooks, which follow Standard Webhooks: `webhook-signature: v1,<Base64>`, several joined
//! by spaces, over `webhook-id.webhook-timestamp.body`, keyed with the secret's Base64 after `whsec_`.
//!
//! Source: docs.dodopayments.com, "Webhooks", and standardwebhooks.com, whose libraries accept times up to 300 s off
//! in either direction, as here. While a secret is rotated the old one stays valid for a day.

use base64::{Engine, prelude::BASE64_STANDARD};
use shared::{
    seal::Secret,
    sign::{SignatureError, TOLERANCE_SECONDS, WEBHOOK_SECRET_PREFIX},
    timestamp::Timestamp,
};

use super::{
    Verified, json_event,
    signature::{Scheme, check_keys},
};
use crate::answer::Answer;

/// The headers of Standard Webhooks, in the order of the signed text.
pub const HEADERS: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];
const SCHEME: Scheme = Scheme {
    header: "webhook-id, webhook-timestamp or webhook-signature",
    form: "v1,<base64>, and webhook-timestamp must be Unix seconds",
    window: "is more than 300 seconds off",
};

/// Checks the signature over the raw bytes, and only then parses them. `headers` are the values of [`HEADERS`].
///
/// # Errors
/// The 401 or 400 to return.
pub fn verified(
    secrets: &[Secret],
    headers: [Option<&str>; 3],
    body: Vec<u8>,
    now: Timestamp,
) -> Result<Verified, Answer> {
    let id = check(secrets, headers, &body, now).map_err(|error| SCHEME.refused(error))?;
    json_event(body, Some(id))
}

/// Returns the event's id, which the signature covers.
fn check<'a>(
    secrets: &[Secret],
    headers: [Option<&'a str>; 3],
    body: &[u8],
    now: Timestamp,
) -> Result<&'a str, SignatureError> {
    let [Some(id), Some(time), Some(signature)] = headers else { return Err(SignatureError::Missing) };
    let digits = time.bytes().all(|byte| byte.is_ascii_digit());
    let seconds: i64 = time.parse().ok().filter(|_| digits).ok_or(SignatureError::Malformed)?;
    if now.seconds().abs_diff(seconds) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(SignatureError::Stale);
    }
    let base64 = |text: &str| BASE64_STANDARD.decode(text).ok();
    let candidates: Vec<Vec<u8>> = signature.split(' ').filter_map(|part| base64(part.strip_prefix("v1,")?)).collect();
    let keys: Vec<Vec<u8>> =
        secrets.iter().filter_map(|secret| base64(secret.expose().trim_start_matches(WEBHOOK_SECRET_PREFIX))).collect();
    let keys: Vec<&[u8]> = keys.iter().map(Vec::as_slice).collect();
    check_keys(&keys, &[id.as_bytes(), b".", time.as_bytes(), b".", body], &candidates)?;
    Ok(id)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn vectors() -> Vec<Value> {
        let file: Value = serde_json::from_str(include_str!("../../../tests/fixtures/dodo_signatures.json")).unwrap();
        file["vectors"].as_array().unwrap().clone()
    }

    fn run(vector: &Value) -> Result<Verified, Answer> {
        let secrets = vector["secrets"].as_array().unwrap().iter();
        let secrets: Vec<Secret> = secrets.map(|secret| Secret::new(secret.as_str().unwrap())).collect();
        let body = vector["body"].as_str().unwrap().as_bytes().to_vec();
        let text = |name: &str| vector[name].as_str();
        let headers = [text("id"), text("timestamp"), text("signature")];
        verified(&secrets, headers, body, Timestamp::from_seconds(vector["now"].as_i64().unwrap()).unwrap())
    }

    #[test]
    fn as_the_vectors_say() {
        let vectors = vectors();
        assert!(vectors.len() >= 15);
        for vector in vectors {
            let outcome = run(&vector).map_or_else(|answer| answer.error.unwrap_or_default(), |_| "ok".to_owned());
            assert_eq!(Some(outcome.as_str()), vector["expect"].as_str(), "{}", vector["name"]);
        }
    }

    #[test]
    fn a_signed_event_is_passed_on_byte_for_byte() {
        let vector = &vectors()[0];
        let read = run(vector).unwrap();
        assert_eq!((read.external_id.as_str(), read.event_type.as_str()), ("msg_2vectorKb8mPz", "payment.succeeded"));
        assert_eq!(Some(read.body.as_str()), vector["body"].as_str());
    }

    proptest! {
        #[test]
        fn nothing_unsigned_passes_or_panics(
            id in "\\PC*", time in "[0-9]{0,20}|\\PC*", signature in "(v1,| |[A-Za-z0-9+/]{4}|=|\\PC)*",
        ) {
            let headers = [Some(id.as_str()), Some(&time), Some(&signature)];
            let now = Timestamp::from_seconds(1_795_000_000).unwrap();
            let refused = verified(&[Secret::new("whsec_c2VjcmV0")], headers, b"{}".to_vec(), now).unwrap_err();
            prop_assert_eq!(refused.status, 401);
        }
    }
}
