//! Signs messages as in Standard Webhooks, version 1, so that receivers can verify them with any of its libraries.

use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared::{id::MessageId, seal::Secret, timestamp::Timestamp};

const PREFIX: &str = "whsec_";
/// The specification requires 24 to 64 bytes.
const SECRET_BYTES: usize = 32;

/// Creates a secret in the format for receivers.
pub fn new_secret() -> Secret {
    let bytes: [u8; SECRET_BYTES] = rand::random();
    Secret::new(format!("{PREFIX}{}", STANDARD.encode(bytes)))
}

/// Returns the header `webhook-signature`: one signature per secret, so that a receiver can use either of two.
pub fn signatures(secrets: &[Secret], id: MessageId, at: Timestamp, body: &str) -> String {
    let id = id.to_string();
    let each: Vec<String> = secrets.iter().filter_map(|secret| signature(secret, &id, at, body)).collect();
    each.join(" ")
}

/// Returns `None` for a malformed secret, which no build of ours creates.
fn signature(secret: &Secret, id: &str, at: Timestamp, body: &str) -> Option<String> {
    let key = STANDARD.decode(secret.expose().strip_prefix(PREFIX)?).ok()?;
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).ok()?;
    mac.update(format!("{id}.{}.", at.seconds()).as_bytes());
    mac.update(body.as_bytes());
    Some(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_specifications_libraries_agree() {
        // Computed with the published `standardwebhooks` library for Python.
        let secret = Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned());
        let at = Timestamp::from_seconds(1_614_265_330).unwrap();
        let signed = signature(&secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", at, r#"{"test": 2432232314}"#).unwrap();
        assert_eq!(signed, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
    }

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
