//! This installation's Ed25519 keys, one for each key of `REKOMI_LEDGER_KEYS`. The first one signs; all of them are
//! published for as long as they are in the ring. Pure.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use ring::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::keys::{Key, KeyRing, encode_hex};

use kit::error::{Error, Result};

/// The only algorithm that we use or accept.
pub const ALGORITHM: &str = "Ed25519";
const KEY_ID_MAX: usize = 64;

/// A public key as the well-known document names it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PublicKey {
    pub kid: String,
    pub alg: String,
    /// The 32 bytes in base64url without padding.
    pub x: String,
}

impl PublicKey {
    /// Whether it is a key that we can check signatures with.
    pub fn is_usable(&self) -> bool {
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        let named = (1..=KEY_ID_MAX).contains(&self.kid.len()) && self.kid.bytes().all(is_plain);
        named && self.alg == ALGORITHM && self.bytes().is_some()
    }

    fn bytes(&self) -> Option<[u8; 32]> {
        BASE64_URL_SAFE_NO_PAD.decode(&self.x).ok()?.try_into().ok()
    }

    /// What two people compare before one of them trusts the other's key: the beginning of its SHA-256, in groups.
    pub fn fingerprint(&self) -> String {
        let hash = encode_hex(&Sha256::digest(self.bytes().unwrap_or_default()));
        let groups: Vec<&str> = (0..8).filter_map(|group| hash.get(group * 4..group * 4 + 4)).collect();
        groups.join(" ")
    }

    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        self.bytes().is_some_and(|key| UnparsedPublicKey::new(&ED25519, key).verify(message, signature).is_ok())
    }
}

/// The key with which this installation signs.
pub struct SigningKey {
    pub kid: String,
    pair: Ed25519KeyPair,
}

impl std::fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SigningKey").field("kid", &self.kid).finish_non_exhaustive()
    }
}

impl SigningKey {
    /// # Errors
    /// If the key can't be derived, which the length of the seed rules out.
    pub fn current(ring: &KeyRing) -> Result<Self> {
        Self::of(ring.current())
    }

    /// The key that other installations have known for longest.
    ///
    /// # Errors
    /// As [`Self::current`].
    pub fn oldest(ring: &KeyRing) -> Result<Self> {
        Self::of(ring.iter().last().unwrap_or(ring.current()))
    }

    fn of(key: &Key) -> Result<Self> {
        let pair = Ed25519KeyPair::from_seed_unchecked(key.bytes()).map_err(|error| Error::internal(error))?;
        // The number of a master key may be used again for another one: the fingerprint tells them apart.
        let fingerprint = Sha256::digest(pair.public_key().as_ref());
        let kid = format!("k{}-{}", key.id, encode_hex(fingerprint.get(..4).unwrap_or_default()));
        Ok(Self { kid, pair })
    }

    pub fn public(&self) -> PublicKey {
        let x = BASE64_URL_SAFE_NO_PAD.encode(self.pair.public_key().as_ref());
        PublicKey { kid: self.kid.clone(), alg: ALGORITHM.to_owned(), x }
    }

    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        self.pair.sign(message).as_ref().to_vec()
    }
}

/// All public keys of this installation, the current one first.
///
/// # Errors
/// As [`SigningKey::current`].
pub fn published(ring: &KeyRing) -> Result<Vec<PublicKey>> {
    ring.iter().map(|key| Ok(SigningKey::of(key)?.public())).collect()
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    fn ring(text: &str) -> KeyRing {
        KeyRing::parse(text, Purpose::Federation).unwrap()
    }

    #[test]
    fn an_older_key_is_still_published() {
        let (old, new) = (format!("1:{}", "ab".repeat(32)), format!("2:{}", "cd".repeat(32)));
        let before = SigningKey::current(&ring(&old)).unwrap();
        let keys = published(&ring(&format!("{new},{old}"))).unwrap();
        assert_eq!(keys.len(), 2);
        assert_eq!(keys[1], before.public());
        assert_ne!(keys[0].kid, keys[1].kid);
        assert!(keys.iter().all(PublicKey::is_usable));
        assert_ne!(keys[0].fingerprint(), keys[1].fingerprint());
        assert_eq!(keys[0].fingerprint().len(), 39);
        assert!(keys[1].verifies(b"text", &before.sign(b"text")));
        assert!(
            !keys[0].verifies(b"text", &before.sign(b"text")) && !keys[1].verifies(b"other", &before.sign(b"text"))
        );
    }

    #[test]
    fn a_number_used_again_has_another_name() {
        let of = |digits: &str| SigningKey::current(&ring(&format!("1:{}", digits.repeat(32)))).unwrap().kid;
        assert_ne!(of("ab"), of("cd"));
    }

    #[test]
    fn keys_of_other_kinds_are_not_usable() {
        let good = SigningKey::current(&ring(&format!("1:{}", "ab".repeat(32)))).unwrap().public();
        for bad in [
            PublicKey { alg: "ES256".to_owned(), ..good.clone() },
            PublicKey { x: "AAAA".to_owned(), ..good.clone() },
            PublicKey { kid: "a\"b".to_owned(), ..good.clone() },
            PublicKey { kid: String::new(), ..good.clone() },
        ] {
            assert!(!bad.is_usable(), "{bad:?}");
        }
    }
}
