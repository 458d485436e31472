//! `t=…,v1=…` made anew from its published description, not with the product's own code: HMAC-SHA256, in hexadecimal,
//! over the time, a full stop and the body.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared::timestamp::Timestamp;

/// The hexadecimal signature alone.
pub fn v1(secret: &str, seconds: i64, body: &[u8]) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(format!("{seconds}.").as_bytes());
    mac.update(body);
    mac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The header's value.
pub fn header(secret: &str, at: Timestamp, body: &[u8]) -> String {
    format!("t={},v1={}", at.seconds(), v1(secret, at.seconds(), body))
}
