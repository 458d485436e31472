//! Sealed secrets: AES-256-GCM bound to the place they are stored in.
//!
//! `rksealed_` + base64url of `version 1 | key id 1 | nonce 12 | ciphertext and tag`. The place (tenant, table, column,
//! row) is associated data (NIST SP 800-38D): a sealed text copied to another row or tenant can't be opened. The caller
//! passes a fresh random nonce for each seal; with random 96-bit nonces one key may seal 2^32 secrets.

use std::fmt;

use aes_gcm::{
    Aes256Gcm, KeyInit, Nonce,
    aead::{Aead, Payload},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};

use crate::keys::KeyRing;

const PREFIX: &str = "rksealed_";
const VERSION: u8 = 1;
const HEADER_LEN: usize = 2;
const NONCE_LEN: usize = 12;
const TAG_LEN: usize = 16;

/// The place where a sealed secret is stored.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    pub tenant: &'a str,
    pub table: &'a str,
    pub column: &'a str,
    pub row: &'a str,
}

impl Place<'_> {
    /// Length-prefixed, so that no two places have the same bytes.
    fn associated_data(&self, header: &[u8]) -> Vec<u8> {
        let mut bytes = header.to_vec();
        for part in [self.tenant, self.table, self.column, self.row] {
            bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
            bytes.extend_from_slice(part.as_bytes());
        }
        bytes
    }
}

/// A decrypted secret. `Debug` never shows it, and it has no `Display`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The only way to read the text: easy to find in a review.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    #[error("not an encrypted secret")]
    Malformed,
    #[error("encrypted with key {0}, which isn't configured")]
    UnknownKey(u8),
    #[error("can't be decrypted here: altered, or encrypted for another place")]
    Refused,
}

/// Seals with the ring's current key.
///
/// # Errors
/// [`SealError::Refused`] if the text exceeds the cipher's limit of 64 GiB.
pub fn seal(keys: &KeyRing, place: Place<'_>, nonce: [u8; NONCE_LEN], secret: &Secret) -> Result<String, SealError> {
    let key = keys.current();
    let header = [VERSION, key.id];
    let payload = Payload { msg: secret.expose().as_bytes(), aad: &place.associated_data(&header) };
    let sealed =
        Aes256Gcm::new(key.bytes().into()).encrypt(&Nonce::from(nonce), payload).map_err(|_| SealError::Refused)?;
    let bytes = [&header[..], &nonce, &sealed].concat();
    Ok(format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
}

/// Opens what [`seal`] sealed for the same place, with any key of the ring.
///
/// # Errors
/// [`SealError`]; never a wrong text.
pub fn open(keys: &KeyRing, place: Place<'_>, sealed: &str) -> Result<Secret, SealError> {
    let bytes = sealed
        .strip_prefix(PREFIX)
        .and_then(|text| BASE64_URL_SAFE_NO_PAD.decode(text).ok())
        .filter(|bytes| bytes.len() >= HEADER_LEN + NONCE_LEN + TAG_LEN && bytes[0] == VERSION)
        .ok_or(SealError::Malformed)?;
    let (header, rest) = bytes.split_at(HEADER_LEN);
    let (nonce, ciphertext) = rest.split_at(NONCE_LEN);
    let nonce: [u8; NONCE_LEN] = nonce.try_into().map_err(|_| SealError::Malformed)?;
    let key = keys.get(header[1]).ok_or(SealError::UnknownKey(header[1]))?;
    let payload = Payload { msg: ciphertext, aad: &place.associated_data(header) };
    let text =
        Aes256Gcm::new(key.bytes().into()).decrypt(&Nonce::from(nonce), payload).map_err(|_| SealError::Refused)?;
    String::from_utf8(text).map(Secret).map_err(|_| SealError::Refused)
}

/// The number of the key that sealed it; `None` if it isn't a sealed text.
pub fn key_of(sealed: &str) -> Option<u8> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(sealed.strip_prefix(PREFIX)?).ok()?;
    (bytes.first() == Some(&VERSION)).then(|| bytes.get(1).copied())?
}

/// The header of sealed bytes; a secret's text starts with its version, 1.
const BYTES_HEADER: [u8; 1] = [2];

/// Seals something large, such as a file, with a key created for it alone, which is itself sealed with [`seal`]. The
/// result is `version 2 | nonce 12 | ciphertext and tag`, bound to its place.
///
/// # Errors
/// [`SealError::Refused`] beyond the cipher's limit of 64 GiB.
pub fn seal_bytes(
    key: &[u8; 32],
    place: Place<'_>,
    nonce: [u8; NONCE_LEN],
    bytes: &[u8],
) -> Result<Vec<u8>, SealError> {
    let payload = Payload { msg: bytes, aad: &place.associated_data(&BYTES_HEADER) };
    let sealed = Aes256Gcm::new(key.into()).encrypt(&Nonce::from(nonce), payload).map_err(|_| SealError::Refused)?;
    Ok([&BYTES_HEADER[..], &nonce, &sealed].concat())
}

/// Opens what [`seal_bytes`] sealed for the same place.
///
/// # Errors
/// [`SealError`]; never wrong bytes.
pub fn open_bytes(key: &[u8; 32], place: Place<'_>, sealed: &[u8]) -> Result<Vec<u8>, SealError> {
    let rest = sealed.strip_prefix(&BYTES_HEADER).ok_or(SealError::Malformed)?;
    let (nonce, ciphertext) = rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError::Malformed)?;
    let payload = Payload { msg: ciphertext, aad: &place.associated_data(&BYTES_HEADER) };
    Aes256Gcm::new(key.into()).decrypt(&Nonce::from(*nonce), payload).map_err(|_| SealError::Refused)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::Purpose;

    const PLACE: Place<'_> = Place { tenant: "org_1", table: "api_keys", column: "signing_secret", row: "key_1" };

    fn ring(text: &str) -> KeyRing {
        let entries: Vec<String> = text.split(',').map(|id| format!("{id}:{}", id.repeat(64))).collect();
        KeyRing::parse(&entries.join(","), Purpose::AtRest).unwrap()
    }

    #[test]
    fn opens_only_where_it_was_sealed() {
        let sealed = seal(&ring("1"), PLACE, [9; 12], &Secret::new("rks_canary")).unwrap();
        assert_eq!(open(&ring("2,1"), PLACE, &sealed).unwrap().expose(), "rks_canary");
        for place in [
            Place { tenant: "org_2", ..PLACE },
            Place { table: "gateways", ..PLACE },
            Place { column: "other", ..PLACE },
            Place { row: "key_2", ..PLACE },
        ] {
            assert_eq!(open(&ring("1"), place, &sealed), Err(SealError::Refused));
        }
        assert_eq!(open(&ring("2"), PLACE, &sealed), Err(SealError::UnknownKey(1)));
        assert_eq!((key_of(&sealed), key_of("rksealed_"), key_of("other")), (Some(1), None, None));
        assert_eq!(format!("{:?}", Secret::new("rks_canary")), "***");
    }

    #[test]
    fn bytes_open_only_where_they_were_sealed() {
        let sealed = seal_bytes(&[7; 32], PLACE, [9; 12], b"%PDF-1.7 536-22-1234").unwrap();
        assert_eq!(open_bytes(&[7; 32], PLACE, &sealed).unwrap(), b"%PDF-1.7 536-22-1234");
        assert_eq!(open_bytes(&[8; 32], PLACE, &sealed), Err(SealError::Refused));
        assert_eq!(open_bytes(&[7; 32], Place { row: "other", ..PLACE }, &sealed), Err(SealError::Refused));
        for cut in 0..sealed.len() {
            assert!(open_bytes(&[7; 32], PLACE, &sealed[..cut]).is_err());
        }
        for bit in 0..sealed.len() * 8 {
            let mut changed = sealed.clone();
            changed[bit / 8] ^= 1 << (bit % 8);
            assert!(open_bytes(&[7; 32], PLACE, &changed).is_err());
        }
    }

    proptest! {
        #[test]
        fn every_truncation_and_bit_flip_is_refused(text in "\\PC{0,40}", nonce: [u8; 12]) {
            let sealed = seal(&ring("1"), PLACE, nonce, &Secret::new(text.clone())).unwrap();
            let opened = open(&ring("1"), PLACE, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), text);
            for cut in 0..sealed.len() {
                prop_assert!(open(&ring("1"), PLACE, &sealed[..cut]).is_err());
            }
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(&sealed[PREFIX.len()..]).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let forged = format!("{PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(changed));
                prop_assert!(open(&ring("1"), PLACE, &forged).is_err());
            }
        }

        #[test]
        fn no_text_panics(text in "(rksealed_)?[A-Za-z0-9_-]{0,80}") {
            prop_assert!(open(&ring("1"), PLACE, &text).is_err());
        }
    }
}
