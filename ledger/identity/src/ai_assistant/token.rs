//! Generates an assistant's token, which is shown once and then stored only as a hash.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use shared::seal::Secret;

use crate::{access::key_kind::KeyKind, api_key::plaintext::Mode};

/// How many of its random characters people see: 30 of its 256 bits.
const SHOWN: usize = 5;

#[derive(Debug)]
pub struct Token {
    pub bearer: Secret,
    prefix: &'static str,
}

impl Token {
    /// Generates 256 random bits.
    pub fn fresh(mode: Mode) -> Self {
        let [live, test] = KeyKind::Mcp.prefixes();
        let prefix = if mode == Mode::Test { test } else { live };
        let bytes: [u8; 32] = rand::random();
        Self { bearer: Secret::new(format!("{prefix}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))), prefix }
    }

    pub fn hash(&self) -> [u8; 32] {
        Sha256::digest(self.bearer.expose()).into()
    }

    /// Returns the characters by which people recognize the token.
    pub fn hint(&self) -> String {
        self.bearer.expose().chars().take(self.prefix.len() + SHOWN).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_32_random_bytes_behind_its_prefix() {
        for (mode, prefix) in [(Mode::Live, "rk_mcp_"), (Mode::Test, "rk_mcp_test_")] {
            let (one, other) = (Token::fresh(mode), Token::fresh(mode));
            let random = one.bearer.expose().strip_prefix(prefix).expect("the prefix");
            assert_eq!(BASE64_URL_SAFE_NO_PAD.decode(random).unwrap().len(), 32);
            assert!(one.bearer != other.bearer && one.hash() != other.hash());
            assert_eq!(one.hint().len(), prefix.len() + SHOWN);
            assert!(one.bearer.expose().starts_with(&one.hint()));
        }
    }

    #[test]
    fn debugging_does_not_show_it() {
        let token = Token::fresh(Mode::Live);
        assert!(!format!("{token:?}").contains(token.bearer.expose()));
    }
}
