//! Verifies Shopify's webhooks: `X-Shopify-Hmac-SHA256`, the Base64 of the raw body's HMAC-SHA256, keyed with the app's
//! client secret, or with the key that Settings → Notifications → Webhooks shows.
//!
//! Source: shopify.dev, "Deliver webhooks through HTTPS" and the official library `@shopify/shopify-api`. Only the body
//! is signed, so the other headers prove nothing: whoever saw one delivery could repeat it with another topic or
//! `X-Shopify-Webhook-Id`. The event's id is therefore the body's SHA-256: a delivery repeated is the same event,
//! whatever its headers say, and the ledger interprets the body by its own fields. The shop's domain only has to be
//! this connection's, so that a second shop with the same app can't be connected to the first one's URL by mistake.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};
use shared::{keys::encode_hex, seal::Secret, sign::SignatureError};

use super::{
    Verified, named, object,
    signature::{Scheme, check_keys},
};
use crate::answer::Answer;

/// Signature, shop (`brand.myshopify.com`) and topic (`orders/paid`).
pub const HEADERS: [&str; 3] = ["X-Shopify-Hmac-SHA256", "X-Shopify-Shop-Domain", "X-Shopify-Topic"];
const SCHEME: Scheme = Scheme { header: HEADERS[0], form: "<base64>", window: "" };

/// Checks the signature over the raw bytes, and only then parses them. A secret is `shop domain|key`; `headers` are the
/// values of [`HEADERS`].
///
/// # Errors
/// The 401 or 400 to return.
pub fn verified(secrets: &[Secret], headers: [Option<&str>; 3], body: Vec<u8>) -> Result<Verified, Answer> {
    let [signature, shop, topic] = headers;
    check(secrets, signature, shop.unwrap_or_default(), &body).map_err(|error| SCHEME.refused(error))?;
    object(&body)?;
    named(encode_hex(&Sha256::digest(&body)), topic.unwrap_or_default().to_owned(), body)
}

fn check(secrets: &[Secret], signature: Option<&str>, shop: &str, body: &[u8]) -> Result<(), SignatureError> {
    let signature = signature.ok_or(SignatureError::Missing)?;
    let candidate = BASE64_STANDARD.decode(signature.trim()).map_err(|_| SignatureError::Malformed)?;
    let pairs = secrets.iter().filter_map(|secret| secret.expose().split_once('|'));
    let keys: Vec<&[u8]> =
        pairs.filter(|(known, _)| known.eq_ignore_ascii_case(shop)).map(|(_, key)| key.as_bytes()).collect();
    check_keys(&keys, &[body], &[candidate])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn vectors() -> Vec<Value> {
        let file: Value =
            serde_json::from_str(include_str!("../../../tests/fixtures/shopify_signatures.json")).unwrap();
        file["vectors"].as_array().unwrap().clone()
    }

    fn run(vector: &Value) -> Result<Verified, Answer> {
        let secrets = vector["secrets"].as_array().unwrap().iter();
        let secrets: Vec<Secret> = secrets.map(|secret| Secret::new(secret.as_str().unwrap())).collect();
        let body = vector["body"].as_str().unwrap().as_bytes().to_vec();
        let text = |name: &str| vector[name].as_str();
        verified(&secrets, [text("signature"), text("shop"), text("topic")], body)
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
    fn only_the_body_names_the_event() {
        let vector = &vectors()[0];
        let first = run(vector).unwrap();
        assert_eq!((first.event_type.as_str(), Some(first.body.as_str())), ("orders/paid", vector["body"].as_str()));
        // Computed with `sha256sum`.
        assert_eq!(first.external_id, "5bee2cc8068495e4ad0c10763a6aea24e7ecf82f2040d7d90c6ac960f5b0a041");
        let mut other = vector.clone();
        other["topic"] = "refunds/create".into();
        assert_eq!(run(&other).unwrap().external_id, first.external_id);
    }

    proptest! {
        #[test]
        fn nothing_unsigned_passes_or_panics(signature in "([A-Za-z0-9+/]{4}){0,12}=?|\\PC*", shop in "brand|\\PC*") {
            let headers = [Some(signature.as_str()), Some(&shop), Some("orders/paid")];
            prop_assert_eq!(verified(&[Secret::new("brand|key")], headers, b"{}".to_vec()).unwrap_err().status, 401);
        }
    }
}
