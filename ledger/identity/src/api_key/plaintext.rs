//! Generates the two secrets of a key: a bearer that identifies it and a secret that signs with it. Each is shown once;
//! the bearer is then stored only as a hash and the signing secret only sealed.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use shared::seal::Secret;

/// Whether a key belongs to the brand's live organization or to its test mode.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    Live,
    Test,
}

impl Mode {
    pub const ALL: [Self; 2] = [Self::Live, Self::Test];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Test => "test",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == text)
    }

    const fn prefix(self) -> &'static str {
        match self {
            Self::Live => "rk_live_",
            Self::Test => "rk_test_",
        }
    }

    /// Returns the mode of a key from its first characters.
    pub fn of_hint(hint: &str) -> Self {
        if hint.starts_with(Self::Test.prefix()) { Self::Test } else { Self::Live }
    }
}

/// A key's two plaintexts, before they are discarded.
#[derive(Debug, Clone)]
pub struct Plaintext {
    pub bearer: Secret,
    pub signing_secret: Secret,
}

impl Plaintext {
    /// Generates 256 random bits for each.
    pub fn fresh(mode: Mode) -> Self {
        let random = |prefix: &str| {
            let bytes: [u8; 32] = rand::random();
            Secret::new(format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes)))
        };
        Self { bearer: random(mode.prefix()), signing_secret: random("rks_") }
    }

    pub fn bearer_hash(&self) -> [u8; 32] {
        Sha256::digest(self.bearer.expose()).into()
    }

    /// Returns the characters by which people recognize the key: 24 of its 256 bits.
    pub fn hint(&self) -> String {
        self.bearer.expose().chars().take(12).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_32_random_bytes_behind_its_prefix() {
        for mode in Mode::ALL {
            let (one, other) = (Plaintext::fresh(mode), Plaintext::fresh(mode));
            for (text, prefix) in [(&one.bearer, mode.prefix()), (&one.signing_secret, "rks_")] {
                let random = text.expose().strip_prefix(prefix).expect("the prefix");
                assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(random).unwrap().len(), 32);
            }
            assert_ne!(one.bearer, other.bearer);
            assert_ne!(one.bearer_hash(), other.bearer_hash());
            assert_eq!((one.hint().len(), Mode::of_hint(&one.hint())), (12, mode));
        }
    }

    #[test]
    fn debugging_shows_neither() {
        assert_eq!(format!("{:?}", Plaintext::fresh(Mode::Live)), "Plaintext { bearer: ***, signing_secret: *** }");
    }
}
