//! Signed links to files, each for one file, one person or key, and a few minutes. Pure.
//!
//! A link is `version 1 | key id 1 | organization 16 | file 16 | end 8 | who asked | HMAC 32` in base64url, signed with
//! the key of pages. Its content is no secret; the signature proves that we issued it.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::Mac;
use shared::{
    id::{FileId, OrganizationId},
    keys::{Key, KeyRing},
    timestamp::Timestamp,
};
use uuid::Uuid;

/// A person's link opens only while they are signed in.
const LIFE_SECONDS: i64 = 300;
/// An API key's link opens for anyone who has it, since programs fetch without cookies.
const KEYS_LIFE_SECONDS: i64 = 60;
const VERSION: u8 = 1;
const HEAD_LEN: usize = 2 + 16 + 16 + 8;
const MAC_LEN: usize = 32;
const WHO_MAX: usize = 80;

/// The file that a link opens, for whom, and until when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub organization: OrganizationId,
    pub file: FileId,
    /// As the audit log names them: `user:…`, `api_key:…`, `affiliate:…`.
    pub who: String,
    pub ends: Timestamp,
}

impl Link {
    pub fn new(organization: OrganizationId, file: FileId, who: &str, now: Timestamp) -> Self {
        let life = if who.starts_with("api_key:") { KEYS_LIFE_SECONDS } else { LIFE_SECONDS };
        Self { organization, file, who: who.to_owned(), ends: now.plus_millis(life * 1_000) }
    }

    /// Returns the last part of its URL.
    pub fn token(&self, ring: &KeyRing) -> String {
        let key = ring.current();
        let head = [
            &[VERSION, key.id][..],
            self.organization.uuid().as_bytes(),
            self.file.uuid().as_bytes(),
            &self.ends.millis().to_be_bytes(),
            self.who.as_bytes(),
        ]
        .concat();
        let mac = mac(key, &head).finalize().into_bytes();
        BASE64_URL_SAFE_NO_PAD.encode([&head[..], &mac].concat())
    }

    /// Parses a token, expired or not; returns `None` unless it is one of ours, complete and unchanged.
    pub fn read(ring: &KeyRing, token: &str) -> Option<Self> {
        if token.len() > (HEAD_LEN + WHO_MAX + MAC_LEN) * 2 {
            return None;
        }
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(token).ok()?;
        let (head, tag) = bytes.split_at_checked(bytes.len().checked_sub(MAC_LEN)?)?;
        let (fixed, who) = head.split_first_chunk::<HEAD_LEN>()?;
        let key = ring.get(fixed[1]).filter(|_| fixed[0] == VERSION)?;
        mac(key, head).verify_slice(tag).ok()?;
        let id = |from: usize| Uuid::from_slice(&fixed[from..from + 16]).ok();
        let ends = i64::from_be_bytes(fixed[34..].try_into().ok()?);
        Some(Self {
            organization: OrganizationId::new(id(2)?),
            file: FileId::new(id(18)?),
            who: String::from_utf8(who.to_vec()).ok()?,
            ends: Timestamp::from_millis(ends).ok()?,
        })
    }

    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.ends
    }
}

fn mac(key: &Key, head: &[u8]) -> impl Mac {
    key.mac(&[b"file link\0", head])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::keys::Purpose;

    use super::*;

    fn ring(ids: &str) -> KeyRing {
        let keys: Vec<String> = ids.split(',').map(|id| format!("{id}:{}", id.repeat(64))).collect();
        KeyRing::parse(&keys.join(","), Purpose::Pages).unwrap()
    }

    #[test]
    fn it_opens_one_file_for_one_person_for_minutes() {
        let now = Timestamp::from_millis(1_800_000_000_000).unwrap();
        let link = Link::new(OrganizationId::v7(1, &[1; 10]), FileId::v7(1, &[2; 10]), "user:usr_1", now);
        let token = link.token(&ring("1"));
        assert_eq!(Link::read(&ring("1"), &token), Some(link.clone()));
        assert_eq!(Link::read(&ring("2,1"), &token), Some(link.clone()), "keys change, links that are out stay");
        assert_eq!(Link::read(&ring("2"), &token), None);
        assert!(!link.is_over(now.plus_millis(299_999)));
        assert!(link.is_over(now.plus_millis(300_000)));
    }

    #[test]
    fn a_keys_link_works_for_one_minute() {
        let now = Timestamp::from_millis(1_800_000_000_000).unwrap();
        let link = Link::new(OrganizationId::v7(1, &[1; 10]), FileId::v7(1, &[2; 10]), "api_key:key_1", now);
        assert!(!link.is_over(now.plus_millis(59_999)));
        assert!(link.is_over(now.plus_millis(60_000)));
    }

    proptest! {
        #[test]
        fn no_changed_token_is_ours(who in "[a-z_:0-9]{0,40}", place: prop::sample::Index, bit in 0u32..8) {
            let now = Timestamp::from_millis(1_800_000_000_000).unwrap();
            let link = Link::new(OrganizationId::v7(1, &[1; 10]), FileId::v7(1, &[2; 10]), &who, now);
            let token = link.token(&ring("1"));
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&token).unwrap();
            let at = place.index(bytes.len());
            bytes[at] ^= 1 << bit;
            prop_assert_eq!(Link::read(&ring("1"), &BASE64_URL_SAFE_NO_PAD.encode(&bytes)), None);
            prop_assert_eq!(Link::read(&ring("1"), &token[..place.index(token.len())]), None);
        }

        #[test]
        fn no_text_panics(text in "\\PC{0,200}") {
            prop_assert_eq!(Link::read(&ring("1"), &text), None);
        }
    }
}
