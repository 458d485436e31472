//! Compact JWS (RFC 7515) with `alg` EdDSA (RFC 8037) and nothing else. Pure.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde::Deserialize;

use super::key::{PublicKey, SigningKey};

/// A profile has at most 32 KB, which base64 makes a third longer.
pub const BYTES_MAX: usize = 48 * 1_024;

/// What a message is about, which its header says: a signature under one kind is none under another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A creator applies.
    Passport,
    /// What became of an application?
    StatusRequest,
    /// An application is taken back.
    Revocation,
}

impl Kind {
    const ALL: [Self; 3] = [Self::Passport, Self::StatusRequest, Self::Revocation];

    const fn typ(self) -> &'static str {
        match self {
            Self::Passport => "rekomi-passport+jws",
            Self::StatusRequest => "rekomi-status-request+jws",
            Self::Revocation => "rekomi-revocation+jws",
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    alg: String,
    kid: String,
    typ: String,
}

/// A message as it was sent, whose signature nobody checked yet.
#[derive(Debug)]
pub struct Unverified<'a> {
    pub kind: Kind,
    kid: String,
    signed: &'a str,
    payload: Vec<u8>,
    signature: Vec<u8>,
}

/// Why a signature doesn't count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Invalid {
    UnknownKey,
    Signature,
}

pub fn sign(kind: Kind, payload: &[u8], key: &SigningKey) -> String {
    let header = format!(r#"{{"alg":"EdDSA","kid":"{}","typ":"{}"}}"#, key.kid, kind.typ());
    let signed = format!("{}.{}", BASE64_URL_SAFE_NO_PAD.encode(header), BASE64_URL_SAFE_NO_PAD.encode(payload));
    let signature = BASE64_URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

impl<'a> Unverified<'a> {
    /// Returns nothing if it isn't a message of a known kind: another algorithm, another type, or headers that we don't
    /// know and that might change its meaning.
    pub fn read(token: &'a str) -> Option<Self> {
        if token.len() > BYTES_MAX {
            return None;
        }
        let (signed, signature) = token.rsplit_once('.')?;
        let (header, payload) = signed.split_once('.')?;
        let bytes = |text: &str| BASE64_URL_SAFE_NO_PAD.decode(text).ok();
        let header: Header = serde_json::from_slice(&bytes(header)?).ok()?;
        let kind = Kind::ALL.into_iter().find(|kind| kind.typ() == header.typ)?;
        if header.alg != "EdDSA" {
            return None;
        }
        Some(Self { kind, kid: header.kid, signed, payload: bytes(payload)?, signature: bytes(signature)? })
    }

    /// The payload before anything is checked: only to learn who claims to have sent it.
    pub fn claims(&self) -> &[u8] {
        &self.payload
    }

    /// # Errors
    /// Why none of the keys signed it.
    pub fn verify(&self, keys: &[PublicKey]) -> Result<(), Invalid> {
        let key = keys.iter().find(|key| key.kid == self.kid).ok_or(Invalid::UnknownKey)?;
        if key.verifies(self.signed.as_bytes(), &self.signature) { Ok(()) } else { Err(Invalid::Signature) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::keys::{KeyRing, Purpose};

    use super::*;

    fn key(digits: &str) -> SigningKey {
        let ring = KeyRing::parse(&format!("1:{}", digits.repeat(32)), Purpose::Federation).unwrap();
        SigningKey::current(&ring).unwrap()
    }

    #[test]
    fn only_its_own_key_signs_a_message() {
        let (key, other) = (key("ab"), key("cd"));
        let token = sign(Kind::Passport, br#"{"a":1}"#, &key);
        let read = Unverified::read(&token).unwrap();
        assert_eq!((read.kind, read.claims()), (Kind::Passport, br#"{"a":1}"#.as_slice()));
        assert_eq!(read.verify(&[other.public(), key.public()]), Ok(()));
        assert_eq!(read.verify(&[other.public()]), Err(Invalid::UnknownKey));
        assert_eq!(read.verify(&[]), Err(Invalid::UnknownKey));
        let renamed = PublicKey { kid: key.kid.clone(), ..other.public() };
        assert_eq!(read.verify(&[renamed]), Err(Invalid::Signature));
    }

    #[test]
    fn a_signature_counts_for_its_kind_only() {
        let key = key("ab");
        let request = sign(Kind::StatusRequest, b"{}", &key);
        let signature = request.rsplit_once('.').unwrap().1;
        let revocation = sign(Kind::Revocation, b"{}", &key);
        let forged = format!("{}.{signature}", revocation.rsplit_once('.').unwrap().0);
        let read = Unverified::read(&forged).unwrap();
        assert_eq!((read.kind, read.verify(&[key.public()])), (Kind::Revocation, Err(Invalid::Signature)));
    }

    proptest! {
        #[test]
        fn a_message_with_one_other_character_fits_no_key(
            payload in proptest::collection::vec(any::<u8>(), 0..60), at in 0_usize..1_000, character in "[A-Za-z0-9_.-]",
        ) {
            let key = key("ab");
            let token = sign(Kind::Passport, &payload, &key);
            let at = at % token.len();
            let changed = format!("{}{character}{}", &token[..at], &token[at + 1..]);
            let read = Unverified::read(&changed).filter(|read| read.verify(&[key.public()]).is_ok());
            prop_assert_eq!(read.is_some(), changed == token);
            let cut = Unverified::read(&token[..at]);
            prop_assert!(cut.is_none_or(|cut| cut.verify(&[key.public()]).is_err()));
        }
    }

    #[test]
    fn other_algorithms_and_headers_are_no_messages() {
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
