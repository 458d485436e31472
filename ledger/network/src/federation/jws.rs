//! Compact JWS (RFC 7515) with `alg` EdDSA (RFC 8037) and nothing else. Pure.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use super::key::{PublicKey, SigningKey};

/// Distinguishes a passport from other tokens that the same key might sign.
const TYPE: &str = "rekomi-passport+jws";
pub const BYTES_MAX: usize = 16 * 1_024;

#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// A token as it was sent, whose signature nobody checked yet.
#[derive(Debug)]
pub struct Unverified<'a> {
    kid: String,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

pub fn sign(payload: &[u8], key: &SigningKey) -> String {
    let header = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"{TYPE}"}}"#, key.kid);
    let signed = format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(payload));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

impl<'a> Unverified<'a> {
    /// Returns nothing if it isn't a token of this kind: another algorithm, another type, or headers that we don't know
    /// and that might change its meaning.
    pub fn read(token: &'a str) -> Option<Self> {
        if token.len() > BYTES_MAX {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let bytes = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let header: Header = serde_json::from_slice(&bytes(header)?).ok()?;
        if header.alg != "EdDSA" || header.typ != TYPE {
            return None;
        }
        Some(Self { kid: header.kid, signed, payload: bytes(payload)?, signature: bytes(signature)? })
    }

    /// The payload before anything is checked: only to learn who claims to have sent it.
    pub fn claims(&self) -> &[u8] {
        &self.payload
    }

    /// Whether one of the keys signed it.
    pub fn is_signed_by(&self, keys: &[PublicKey]) -> bool {
        let key = keys.iter().find(|key| key.kid == self.kid);
        key.is_some_and(|key| key.verifies(self.signed.as_bytes(), &self.signature))
    }
}

#[cfg(test)]
mod tests {
    use shared::keys::{KeyRing, Purpose};

    use super::*;

    fn key(digits: &str) -> SigningKey {
        let ring = KeyRing::parse(&format!("1:{}", digits.repeat(32)), Purpose::Federation).unwrap();
        SigningKey::current(&ring).unwrap()
    }

    #[test]
    fn only_its_own_key_signs_a_token() {
        let (key, other) = (key("ab"), key("cd"));
        let token = sign(br#"{"a":1}"#, &key);
        let read = Unverified::read(&token).unwrap();
        assert_eq!(read.claims(), br#"{"a":1}"#);
        assert!(read.is_signed_by(&[other.public(), key.public()]));
        assert!(!read.is_signed_by(&[other.public()]) && !read.is_signed_by(&[]));
        let renamed = PublicKey { kid: key.kid.clone(), ..other.public() };
        assert!(!read.is_signed_by(&[renamed]));
    }

    #[test]
    fn a_changed_token_fits_no_key() {
        let key = key("ab");
        let token = sign(br#"{"a":1}"#, &key);
        let parts: Vec<&str> = token.split('.').collect();
        let payload = BASE64_URL_SAFE_NO_PAD.encode(br#"{"a":2}"#);
        let changed = format!("{}.{payload}.{}", parts[0], parts[2]);
        assert!(!Unverified::read(&changed).unwrap().is_signed_by(&[key.public()]));
        for end in 0..token.len() {
            let cut = Unverified::read(&token[..end]);
            assert!(cut.is_none_or(|cut| !cut.is_signed_by(&[key.public()])), "{end}");
        }
    }

    #[test]
    fn other_algorithms_and_headers_are_no_tokens() {
        let key = key("ab");
        for header in [
            r#"{"alg":"none","kid":"k","typ":"rekomi-passport+jws"}"#.to_owned(),
            r#"{"alg":"HS256","kid":"k","typ":"rekomi-passport+jws"}"#.to_owned(),
            format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"JWT"}}"#, key.kid),
            format!(r#"{{"alg":"EdDSA","kid":"{}"}}"#, key.kid),
            format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"rekomi-passport+jws","crit":["b64"]}}"#, key.kid),
        ] {
            let signed = format!("{}.e30", BASE64_URL_SAFE_NO_PAD.encode(&header));
            let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
            assert!(Unverified::read(&format!("{signed}.{signature}")).is_none(), "{header}");
        }
        assert!(Unverified::read("").is_none() && Unverified::read(&"a.".repeat(BYTES_MAX)).is_none());
    }
}
