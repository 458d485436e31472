//! `/.well-known/rekomi-network`: who an installation is, its keys, and where its feed is. It is signed with the oldest
//! key that it names, so that whoever trusts that one learns about newer ones. Pure.

use serde::{Deserialize, Serialize};

use super::{feed, key::PublicKey};

pub const FORMAT: &str = "rekomi-network/1";
pub const PATH: &str = "/.well-known/rekomi-network";
/// Where messages about applications go, below the installation's address.
pub const INBOX_PATH: &str = "/network/v1/inbox";
pub const BYTES_MAX: usize = 64 * 1024;
const KEYS_MAX: usize = 10;
/// The longest URL that a peer may name.
pub const URL_MAX: usize = 2_000;

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub format: String,
    /// The installation's address, such as `https://partners.example.com`.
    pub installation: String,
    /// The current key first.
    pub keys: Vec<PublicKey>,
    /// The URL of the feed.
    pub programs: String,
    /// The URL that takes messages about applications. Builds that take none don't name it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub inbox: Option<String>,
    /// The formats of the feed that it offers.
    pub formats: Vec<String>,
}

impl Document {
    pub fn of(installation: &str, keys: Vec<PublicKey>) -> Self {
        Self {
            format: FORMAT.to_owned(),
            installation: installation.to_owned(),
            keys,
            programs: format!("{installation}{}", feed::PATH),
            inbox: Some(format!("{installation}{INBOX_PATH}")),
            formats: vec![feed::FORMAT.to_owned()],
        }
    }

    /// What is wrong with a document that this installation published, in words for the operator.
    pub fn problem(&self, origin: &str) -> Option<&'static str> {
        let names = || self.keys.iter().map(|key| key.kid.as_str());
        let is_unique = names().enumerate().all(|(index, name)| names().take(index).all(|other| other != name));
        if self.format != FORMAT {
            Some("its document has another format than rekomi-network/1")
        } else if self.installation != origin {
            Some("its document names another installation")
        } else if !(1..=KEYS_MAX).contains(&self.keys.len())
            || !is_unique
            || !self.keys.iter().all(PublicKey::is_usable)
        {
            Some("its document doesn’t list 1 to 10 Ed25519 keys with different names")
        } else if !is_below(&self.programs, origin) {
            Some("its feed is at another address than the installation")
        } else if self.inbox.as_ref().is_some_and(|url| !is_below(url, origin)) {
            Some("it takes applications at another address than the installation")
        } else if self.formats.iter().all(|format| format != feed::FORMAT) {
            Some("its feed isn’t offered in the format rekomi-network-feed/1")
        } else {
            None
        }
    }
}

/// Whether a text is a URL of this origin, and can be stored as it is.
pub fn is_below(text: &str, origin: &str) -> bool {
    is_storable(text)
        && url::Url::parse(text).is_ok_and(|url| {
            url.origin().ascii_serialization() == origin && url.username().is_empty() && url.password().is_none()
        })
}

/// Whether the text of a URL isn't too long, and has no controls. URLs are read without them, so that they would be valid
/// nevertheless, but what is stored is the text, and Postgres refuses some.
pub fn is_storable(text: &str) -> bool {
    text.len() <= URL_MAX && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use shared::keys::{KeyRing, Purpose};

    use super::*;
    use crate::federation::key;

    const ORIGIN: &str = "https://peer.test";

    fn good() -> Document {
        let ring = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::Federation).unwrap();
        Document::of(ORIGIN, key::published(&ring).unwrap())
    }

    #[test]
    fn what_we_publish_is_valid() {
        assert_eq!(good().problem(ORIGIN), None);
        assert_eq!(good().programs, "https://peer.test/network/v1/programs");
        // An older build names no inbox.
        let mut older = serde_json::to_value(good()).unwrap();
        older.as_object_mut().unwrap().remove("inbox");
        let older: Document = serde_json::from_value(older).unwrap();
        assert_eq!((older.problem(ORIGIN), older.inbox), (None, None));
    }

    #[test]
    fn a_document_speaks_for_its_own_origin_only() {
        let twice = [good().keys, good().keys].concat();
        for bad in [
            Document { installation: "https://other.test".to_owned(), ..good() },
            Document { programs: "https://other.test/feed".to_owned(), ..good() },
            Document { programs: "https://peer.test.evil.test/feed".to_owned(), ..good() },
            Document { programs: "https://peer.test:444/feed".to_owned(), ..good() },
            Document { programs: "http://peer.test/feed".to_owned(), ..good() },
            Document { programs: "https://a:b@peer.test/feed".to_owned(), ..good() },
            Document { inbox: Some("https://other.test/inbox".to_owned()), ..good() },
            Document { programs: "https://peer.test/feed\0".to_owned(), ..good() },
            Document { programs: format!("https://peer.test/{}", "a".repeat(URL_MAX)), ..good() },
            Document { inbox: Some("https://peer.test/inbox\0".to_owned()), ..good() },
            Document { inbox: Some(format!("https://peer.test/{}", "a".repeat(URL_MAX))), ..good() },
            Document { keys: Vec::new(), ..good() },
            Document { keys: twice, ..good() },
            Document { formats: Vec::new(), ..good() },
            Document { format: "rekomi-network/2".to_owned(), ..good() },
        ] {
            assert!(bad.problem(ORIGIN).is_some(), "{bad:?}");
        }
    }
}
