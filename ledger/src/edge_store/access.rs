//! The bearer token between the Worker and this process, derived from `REKOMI_EDGE_KEYS`: one for each key, so that a key
//! can be changed while both run.
//!
//! Who has it can report events in the edge's name, like who has the keys themselves. It travels unencrypted, so both ends
//! are on this machine or a private network.

use axum::http::{HeaderMap, header::AUTHORIZATION};
use sha2::{Digest, Sha256};
use shared::{
    keys::{KeyRing, encode_hex},
    seal::Secret,
};

#[derive(Debug)]
pub(super) struct Access {
    current: Secret,
    digests: Vec<[u8; 32]>,
}

impl Access {
    pub(super) fn new(keys: &KeyRing) -> Self {
        let bearer = |bytes: &[u8; 32]| format!("Bearer {}", encode_hex(bytes));
        Self {
            current: Secret::new(bearer(keys.current().bytes())),
            digests: keys.iter().map(|key| Sha256::digest(bearer(key.bytes())).into()).collect(),
        }
    }

    /// Whether a request has one of the tokens. Hashes are compared, so that the time it takes says nothing about a token.
    pub(super) fn admits(&self, headers: &HeaderMap) -> bool {
        headers.get(AUTHORIZATION).is_some_and(|given| {
            let digest: [u8; 32] = Sha256::digest(given.as_bytes()).into();
            self.digests.contains(&digest)
        })
    }

    /// What this process presents to the Worker.
    pub(super) fn authorization(&self) -> &str {
        self.current.expose()
    }
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn a_token_of_any_key_and_nothing_else() {
        let (one, two) = (format!("1:{}", "11".repeat(32)), format!("2:{}", "22".repeat(32)));
        let access = |keys: &str| Access::new(&KeyRing::parse(keys, Purpose::EdgeStore).unwrap());
        let given = |text: &str| HeaderMap::from_iter([(AUTHORIZATION, text.parse().unwrap())]);
        let (old, new, both) = (access(&one), access(&two), access(&format!("{two},{one}")));
        assert!(both.admits(&given(old.authorization())) && both.admits(&given(new.authorization())));
        assert_eq!(both.authorization(), new.authorization());
        assert!(!old.admits(&given(new.authorization())) && !old.admits(&HeaderMap::new()));
        assert!(!old.admits(&given("Bearer ")) && !old.admits(&given(&old.authorization()[7..])));
        let other = Access::new(&KeyRing::parse(&one, Purpose::Internal).unwrap());
        assert!(!old.admits(&given(other.authorization())), "a key of another purpose");
        assert!(!format!("{old:?}").contains(&old.authorization()[7..]));
    }
}
