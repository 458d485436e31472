//! Verifies Creem's webhooks: `creem-signature`, the raw body's HMAC-SHA256 in hexadecimal, keyed with the webhook's
//! secret.
//!
//! Source: docs.creem.io, "Webhooks", "Verify Creem signature". The signature covers no time, so only the event's id,
//! which is part of the body, reveals a replay.

use shared::{keys::decode_hex, seal::Secret, sign::SignatureError};

use super::{
    Verified, json_event,
    signature::{self, Scheme},
};
use crate::answer::Answer;

pub const SIGNATURE_HEADER: &str = "creem-signature";
const SCHEME: Scheme = Scheme { header: SIGNATURE_HEADER, form: "<hex>", window: "" };

/// Checks the signature over the raw bytes, and only then parses them.
///
/// # Errors
/// The 401 or 400 to return.
pub fn verified(secrets: &[Secret], signature: Option<&str>, body: Vec<u8>) -> Result<Verified, Answer> {
    check(secrets, signature, &body).map_err(|error| SCHEME.refused(error))?;
    json_event(body, None)
}

fn check(secrets: &[Secret], signature: Option<&str>, body: &[u8]) -> Result<(), SignatureError> {
    let candidate = decode_hex(signature.ok_or(SignatureError::Missing)?.trim()).ok_or(SignatureError::Malformed)?;
    signature::check(secrets, &[body], &[candidate])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn vectors() -> Vec<Value> {
        let file: Value = serde_json::from_str(include_str!("../../../tests/fixtures/creem_signatures.json")).unwrap();
        file["vectors"].as_array().unwrap().clone()
    }

    fn run(vector: &Value) -> Result<Verified, Answer> {
        let secrets = vector["secrets"].as_array().unwrap().iter();
        let secrets: Vec<Secret> = secrets.map(|secret| Secret::new(secret.as_str().unwrap())).collect();
        let body = vector["body"].as_str().unwrap().as_bytes().to_vec();
        let text = |name: &str| vector[name].as_str();
        verified(&secrets, text("signature"), body)
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
        assert_eq!(
            (read.external_id.as_str(), read.event_type.as_str()),
            ("evt_vector5WHHcZPv7VS0YU", "checkout.completed")
        );
        assert_eq!(Some(read.body.as_str()), vector["body"].as_str());
    }

    proptest! {
        #[test]
        fn nothing_unsigned_passes_or_panics(signature in "[0-9a-f]{0,70}|\\PC*") {
            prop_assert_eq!(verified(&[Secret::new("key")], Some(&signature), b"{}".to_vec()).unwrap_err().status, 401);
        }
    }
}
