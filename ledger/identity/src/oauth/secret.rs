//! Codes and tokens: 32 random bytes behind a prefix that says what they are. Only their SHA-256 is stored.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};
use shared::seal::Secret;

/// 32 bytes as base64url.
const RANDOM_LEN: usize = 43;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SecretKind {
    Code,
    Access,
    Refresh,
}

impl SecretKind {
    const fn prefix(self) -> &'static str {
        match self {
            Self::Code => "rk_oac_",
            Self::Access => "rk_oat_",
            Self::Refresh => "rk_ort_",
        }
    }

    /// The hash of a text that can be one of these; anything else is refused before it is looked up.
    pub fn hash(self, text: &str) -> Option<[u8; 32]> {
        let random = text.strip_prefix(self.prefix())?;
        let is_random = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
        (random.len() == RANDOM_LEN && random.bytes().all(is_random)).then(|| Sha256::digest(text).into())
    }
}

/// A new code or token: the text that the app gets, and the hash that is stored.
#[derive(Debug)]
pub struct Fresh {
    pub text: Secret,
    pub hash: [u8; 32],
}

impl Fresh {
    pub fn new(kind: SecretKind) -> Self {
        let bytes: [u8; 32] = rand::random();
        let text = format!("{}{}", kind.prefix(), BASE64_URL_SAFE_NO_PAD.encode(bytes));
        Self { hash: Sha256::digest(&text).into(), text: Secret::new(text) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_random_and_of_one_kind() {
        let kinds = [SecretKind::Code, SecretKind::Access, SecretKind::Refresh];
        for kind in kinds {
            let (one, other) = (Fresh::new(kind), Fresh::new(kind));
            assert_ne!(one.hash, other.hash);
            let text = one.text.expose();
            assert_eq!(kind.hash(text), Some(one.hash));
            assert!(kinds.iter().all(|other| *other == kind || other.hash(text).is_none()));
            for bad in [format!("{text}a"), text[1..].to_owned(), format!("{}.", &text[..text.len() - 1])] {
                assert_eq!(kind.hash(&bad), None, "{bad}");
            }
        }
    }
}
