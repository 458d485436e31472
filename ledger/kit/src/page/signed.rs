//! Text that a browser keeps and sends back unchanged: signed, but not secret.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::Mac;
use shared::keys::{Key, KeyRing};

const MAC_BYTES: usize = 16;

/// `purpose` keeps what is signed for one use from being accepted for another. `None` never happens with our own keys.
pub fn sign(keys: &KeyRing, purpose: &[u8], content: &[u8]) -> Option<String> {
    let key = keys.current();
    let body = [&[key.id][..], content].concat();
    let mac = mac(key, purpose, &body).finalize().into_bytes();
    Some(BASE64_URL_SAFE_NO_PAD.encode([mac.get(..MAC_BYTES)?, &body[..]].concat()))
}

/// What was signed; `None` if it wasn't signed for this purpose, or not by us.
pub fn read(keys: &KeyRing, purpose: &[u8], text: &str) -> Option<Vec<u8>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(text).ok()?;
    let (tag, body) = bytes.split_at_checked(MAC_BYTES)?;
    let (id, content) = body.split_first()?;
    mac(keys.get(*id)?, purpose, body).verify_truncated_left(tag).ok()?;
    Some(content.to_vec())
}

fn mac(key: &Key, purpose: &[u8], body: &[u8]) -> impl Mac + use<> {
    key.mac(&[purpose, b"\0", body])
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn only_what_we_signed_for_this_purpose_is_read() {
        let ring = |digits: &str| KeyRing::parse(&format!("1:{}", digits.repeat(32)), Purpose::Pages).unwrap();
        let signed = sign(&ring("ab"), b"one", b"text").unwrap();
        assert_eq!(read(&ring("ab"), b"one", &signed).as_deref(), Some(&b"text"[..]));
        assert_eq!((read(&ring("ab"), b"other", &signed), read(&ring("cd"), b"one", &signed)), (None, None));
        for bad in ["", "AA", "%", &signed[1..], format!("{signed}A").as_str()] {
            assert_eq!(read(&ring("ab"), b"one", bad), None, "{bad}");
        }
    }
}
