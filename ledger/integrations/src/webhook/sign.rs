//! Signs messages as in Standard Webhooks, version 1, so that receivers can verify them with any of its libraries.

use base64::{Engine, engine::general_purpose::STANDARD};
use shared::{
    id::MessageId,
    seal::Secret,
    sign::{WEBHOOK_SECRET_PREFIX, webhook_signature},
    timestamp::Timestamp,
};

/// The specification requires 24 to 64 bytes.
const SECRET_BYTES: usize = 32;

/// Creates a secret in the format for receivers.
pub fn new_secret() -> Secret {
    let bytes: [u8; SECRET_BYTES] = rand::random();
    Secret::new(format!("{WEBHOOK_SECRET_PREFIX}{}", STANDARD.encode(bytes)))
}

/// Returns the header `webhook-signature`: one signature per secret, so that a receiver can use either of two. A
/// malformed secret, which no build of ours creates, signs nothing.
pub fn signatures(secrets: &[Secret], id: MessageId, at: Timestamp, body: &str) -> String {
    let id = id.to_string();
    let signature = |secret: &Secret| webhook_signature(secret.expose(), &id, at, body.as_bytes());
    let each: Vec<String> = secrets.iter().filter_map(signature).collect();
    each.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_secret_signs_and_none_is_like_another() {
        let secrets = [new_secret(), new_secret()];
        assert_ne!(secrets[0].expose(), secrets[1].expose());
        let id = MessageId::from_bytes([1; 16]);
        let both = signatures(&secrets, id, Timestamp::EPOCH, "{}");
        assert_eq!(both.split(' ').count(), 2);
        assert!(both.split(' ').all(|one| one.starts_with("v1,")));
    }
}
