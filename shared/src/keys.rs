//! Key rings: numbered 256-bit master keys, and one derived key per purpose.
//!
//! A ring is configured as `2:<64 hex>,1:<64 hex>`: the first entry is used for new signatures and seals, all of them
//! are accepted. Add a new key in front, and keep the old one until nothing created with it is still valid. A master
//! key is never used directly: each purpose derives its own by HMAC, so that a link's token can't pass for a batch
//! signature.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

pub type HmacSha256 = Hmac<Sha256>;

pub(crate) fn hmac_sha256(key: &[u8], parts: &[&[u8]]) -> [u8; 32] {
    keyed(key, parts).finalize().into_bytes().into()
}

pub(crate) fn keyed(key: &[u8], parts: &[&[u8]]) -> HmacSha256 {
    // HMAC takes a key of any length (RFC 2104 §2); the unreachable fallback is a MAC with an empty key, which matches
    // no signature.
    let mut mac = HmacSha256::new_from_slice(key).unwrap_or_else(|_| HmacSha256::new(&Default::default()));
    parts.iter().for_each(|part| mac.update(part));
    mac
}

/// Whether any candidate is the HMAC-SHA256 of the concatenated parts. A blank key matches nothing, since anyone could
/// sign with it. Every candidate is compared, in constant time, so that the timing doesn't reveal which one matched.
pub fn signs(key: &[u8], parts: &[&[u8]], candidates: &[Vec<u8>]) -> bool {
    if key.trim_ascii().is_empty() {
        return false;
    }
    let mac = keyed(key, parts);
    candidates.iter().fold(false, |matched, candidate| matched | mac.clone().verify_slice(candidate).is_ok())
}

/// The purpose of a derived key. The label is part of the derivation: it must never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Signs click tokens.
    ClickToken,
    /// Signs posts between edge and ledger.
    Internal,
    /// Seals secrets in edge config records.
    EdgeConfig,
    /// Seals secrets in the database.
    AtRest,
    /// Hashes a visitor's address for one day.
    Visitor,
    /// Signs sessions and one-time links of the pages.
    Pages,
    /// Derives the demo organization's credentials in `dev`.
    Demo,
    /// Derives the pseudonyms of erased people.
    Pseudonym,
    /// The seed of the Ed25519 key with which an installation signs what it tells others.
    Federation,
    /// The bearer token between a self-hosted edge and its store.
    EdgeStore,
}

impl Purpose {
    const fn label(self) -> &'static [u8] {
        match self {
            Self::ClickToken => b"rekomi/click-token/1",
            Self::Internal => b"rekomi/internal/1",
            Self::EdgeConfig => b"rekomi/edge-config/1",
            Self::AtRest => b"rekomi/at-rest/1",
            Self::Visitor => b"rekomi/visitor/1",
            Self::Pages => b"rekomi/pages/1",
            Self::Demo => b"rekomi/demo/1",
            Self::Pseudonym => b"rekomi/pseudonym/1",
            Self::Federation => b"rekomi/federation/1",
            // Also in edge/self_hosted/main.mjs.
            Self::EdgeStore => b"rekomi/edge-store/1",
        }
    }
}

/// A derived key with the number of its master key. `Debug` shows only the number.
#[derive(Clone)]
pub struct Key {
    pub id: u8,
    bytes: [u8; 32],
    /// The MAC initialized with the key, which saves half the cost of a short message's MAC.
    mac: HmacSha256,
}

impl Key {
    pub fn new(id: u8, bytes: [u8; 32]) -> Self {
        Self { id, bytes, mac: keyed(&bytes, &[]) }
    }

    /// A MAC of the concatenated parts.
    #[inline]
    pub fn mac(&self, parts: &[&[u8]]) -> HmacSha256 {
        let mut mac = self.mac.clone();
        parts.iter().for_each(|part| mac.update(part));
        mac
    }

    pub const fn bytes(&self) -> &[u8; 32] {
        &self.bytes
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, ***)", self.id)
    }
}

/// The keys of one purpose, current first. Never empty.
#[derive(Debug, Clone)]
pub struct KeyRing {
    current: Key,
    older: Vec<Key>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyRingError {
    #[error("needs at least one key, as `1:<64 hex digits>`")]
    Empty,
    #[error("each key must be `<number 0-255>:<64 hex digits>`, separated by commas")]
    Malformed,
    #[error("key number {0} appears twice")]
    Duplicate(u8),
}

impl KeyRing {
    /// Parses master keys from their configuration text and derives those of one purpose.
    ///
    /// # Errors
    /// [`KeyRingError`]; the message never repeats key material.
    pub fn parse(text: &str, purpose: Purpose) -> Result<Self, KeyRingError> {
        let mut keys: Vec<Key> = Vec::new();
        for entry in text.split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
            let (id, digits) = entry.split_once(':').ok_or(KeyRingError::Malformed)?;
            let id: u8 = id.trim().parse().map_err(|_| KeyRingError::Malformed)?;
            let master: [u8; 32] =
                decode_hex(digits.trim()).and_then(|bytes| bytes.try_into().ok()).ok_or(KeyRingError::Malformed)?;
            if keys.iter().any(|key| key.id == id) {
                return Err(KeyRingError::Duplicate(id));
            }
            keys.push(Key::new(id, hmac_sha256(&master, &[purpose.label()])));
        }
        let mut keys = keys.into_iter();
        let current = keys.next().ok_or(KeyRingError::Empty)?;
        Ok(Self { current, older: keys.collect() })
    }

    pub const fn current(&self) -> &Key {
        &self.current
    }

    /// The key with the lowest number. While a key is replaced by one with a higher number, it's the old one until that
    /// is removed, wherever the two are in the list.
    pub fn lowest(&self) -> &Key {
        self.older.iter().fold(&self.current, |lowest, key| if key.id < lowest.id { key } else { lowest })
    }

    pub fn get(&self, id: u8) -> Option<&Key> {
        self.iter().find(|key| key.id == id)
    }

    /// All keys, current first.
    pub fn iter(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.current).chain(&self.older)
    }
}

/// Decodes hex of either case; `None` on any other byte or an odd length.
pub fn decode_hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let nibble = |byte: u8| char::from(byte).to_digit(16);
    digits.chunks_exact(2).map(|pair| u8::try_from(nibble(pair[0])? << 4 | nibble(pair[1])?).ok()).collect()
}

/// Encodes lower-case hex.
#[inline]
pub fn encode_hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        text.push(char::from(DIGITS[usize::from(byte >> 4)]));
        text.push(char::from(DIGITS[usize::from(byte & 15)]));
    }
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ONE: &str = "1:0101010101010101010101010101010101010101010101010101010101010101";
    const TWO: &str = "2:0202020202020202020202020202020202020202020202020202020202020202";

    #[test]
    fn the_first_entry_is_current_and_all_are_found() {
        let ring = KeyRing::parse(&format!("{TWO},{ONE}"), Purpose::ClickToken).unwrap();
        assert_eq!(ring.current().id, 2);
        assert_eq!(ring.get(1).map(|key| key.id), Some(1));
        assert!(ring.get(3).is_none());
        assert_eq!(format!("{:?}", ring.current()), "Key(2, ***)");
    }

    #[test]
    fn the_lowest_key_stays_until_it_is_removed() {
        for ring in [ONE.to_owned(), format!("{ONE},{TWO}"), format!("{TWO},{ONE}")] {
            assert_eq!(KeyRing::parse(&ring, Purpose::Visitor).unwrap().lowest().id, 1, "{ring}");
        }
        assert_eq!(KeyRing::parse(TWO, Purpose::Visitor).unwrap().lowest().id, 2);
    }

    #[test]
    fn purposes_do_not_share_keys() {
        let of = |purpose| *KeyRing::parse(ONE, purpose).unwrap().current().bytes();
        assert_ne!(of(Purpose::ClickToken), of(Purpose::Internal));
        assert_ne!(of(Purpose::EdgeConfig), of(Purpose::AtRest));
    }

    #[test]
    fn bad_rings_are_refused() {
        assert_eq!(KeyRing::parse("", Purpose::Internal).unwrap_err(), KeyRingError::Empty);
        assert_eq!(KeyRing::parse("1:abcd", Purpose::Internal).unwrap_err(), KeyRingError::Malformed);
        assert_eq!(KeyRing::parse(&format!("{ONE},{ONE}"), Purpose::Internal).unwrap_err(), KeyRingError::Duplicate(1));
    }

    proptest! {
        #[test]
        fn hex_round_trip(bytes: Vec<u8>) {
            prop_assert_eq!(decode_hex(&encode_hex(&bytes)), Some(bytes));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = decode_hex(&text);
            let _ = KeyRing::parse(&text, Purpose::Internal);
        }
    }
}
