//! Computes the digest by which two deliveries are recognized as the same event.

use sha2::{Digest, Sha256};
use shared::event::{Event, Payload};

/// A digest of an event's content, without when and how it arrived: the same content delivered twice has the same
/// digest.
pub fn digest(event: &Event) -> [u8; 32] {
    let mut hash = Sha256::new();
    match &event.payload {
        // Serialising these can't fail: maps have text keys.
        Payload::Click(click) => hash.update(serde_json::to_vec(click).unwrap_or_default()),
        Payload::Conversion(conversion) => hash.update(serde_json::to_vec(conversion).unwrap_or_default()),
        Payload::Gateway(gateway) => {
            hash.update(gateway.event_type.as_bytes());
            hash.update([0]);
            // A gateway's envelope changes from delivery to delivery (Stripe's `pending_webhooks`); its data does not.
            match serde_json::from_str::<serde_json::Value>(&gateway.body) {
                Ok(body) if body.get("data").is_some() => hash.update(body["data"].to_string()),
                _ => hash.update(gateway.body.as_bytes()),
            }
        }
    }
    hash.finalize().into()
}
