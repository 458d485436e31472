//! Pseudonyms of erased people: keyed hashes of their addresses and ids.
//!
//! Addresses that compare as equal have equal pseudonyms, so every rule that compares them works as before. Nothing can
//! be recovered without the key, and with the key only by guessing. A pseudonym is valid for one organization. It is
//! created with the key that is current at the erasure, and recognized as long as that key is in the ring. No side
//! effects.

use std::collections::HashMap;

use shared::{
    id::OrganizationId,
    keys::{Key, KeyRing, encode_hex},
};

use super::personal::plain;
use rules::customer::mailbox::email_key;

/// A domain that never receives mail (RFC 2606 §2).
const DOMAIN: &str = "erased.invalid";
/// The prefix of a hashed value.
const VALUE: &str = "[erased:";
const HASH_BYTES: usize = 16;
const TAG_BYTES: usize = 4;

/// An identifier of a person.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Name {
    /// An email address in the form that is compared.
    Email(String),
    /// The brand's or gateway's name for a buyer.
    Id(String),
}

impl Name {
    pub fn email(address: &str) -> Self {
        Self::Email(email_key(address))
    }

    /// A buyer's id, or the address if only that was known.
    pub fn of_customer(external_id: &str) -> Self {
        if external_id.contains('@') { Self::email(external_id) } else { Self::Id(external_id.to_owned()) }
    }

    /// The hash under one key: the value in `erased_identities`.
    pub fn hash(&self, organization: OrganizationId, key: &Key) -> String {
        let (kind, text): (&[u8], &str) = match self {
            Self::Email(address) => (b"email", address),
            Self::Id(id) => (b"id", id),
        };
        hash(key, &[organization.bytes(), kind, b"\0", text.as_bytes()], HASH_BYTES)
    }

    /// The hashes under every key of the ring, current key first.
    pub fn hashes(&self, organization: OrganizationId, ring: &KeyRing) -> impl Iterator<Item = (String, Key)> {
        ring.iter().map(move |key| (self.hash(organization, key), key.clone())).collect::<Vec<_>>().into_iter()
    }
}

fn hash(key: &Key, parts: &[&[u8]], length: usize) -> String {
    use hmac::Mac;
    let mac = key.mac(parts).finalize().into_bytes();
    encode_hex(mac.get(..length).unwrap_or_default())
}

/// The erased names that matter for an operation, each with its hash and the key that created it.
#[derive(Debug, Clone, Default)]
pub struct Erased {
    names: HashMap<Name, (String, Option<Key>)>,
    /// The organization and key with which values are hashed, if they are.
    values: Option<(OrganizationId, Key)>,
}

impl Erased {
    /// Without names; values are hashed for this organization.
    pub fn of(organization: OrganizationId, key: &Key) -> Self {
        Self { names: HashMap::new(), values: Some((organization, key.clone())) }
    }

    pub fn add(&mut self, name: Name, hash: String, key: Key) {
        self.names.insert(name, (hash, Some(key)));
    }

    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    pub fn contains(&self, name: &Name) -> bool {
        self.names.contains_key(name)
    }

    /// The hash that replaces a value of an erased person's metadata, so that plan conditions can still compare it.
    /// `None` if values aren't hashed.
    pub fn value(&self, key: &str, text: &str) -> Option<String> {
        let (organization, ring_key) = self.values.as_ref()?;
        let key = plain(key);
        let parts: [&[u8]; 5] = [organization.bytes(), b"value\0", key.as_bytes(), b"\0", text.as_bytes()];
        Some(format!("{VALUE}{}]", hash(ring_key, &parts, HASH_BYTES)))
    }

    pub const fn hashes_values(&self) -> bool {
        self.values.is_some()
    }

    /// The pseudonym of an address, if it belongs to an erased person. Two spellings of one mailbox remain two names,
    /// as customers without an id need it, but compare as one address.
    pub fn address(&self, address: &str) -> Option<String> {
        self.spelled(&address.trim().to_lowercase())
    }

    /// The pseudonym of an address in exactly this spelling.
    fn spelled(&self, address: &str) -> Option<String> {
        let key = email_key(address);
        let (hash, ring_key) = self.names.get(&Name::Email(key.clone()))?;
        if address == key {
            return Some(format!("erased-{hash}@{DOMAIN}"));
        }
        let tag = ring_key.as_ref().map(|ring_key| self::hash(ring_key, &[b"tag\0", address.as_bytes()], TAG_BYTES));
        Some(format!("erased-{hash}+{}@{DOMAIN}", tag.unwrap_or_default()))
    }

    /// The pseudonym of a buyer's id, if it belongs to an erased person. Ids that are one address in upper and in lower
    /// case are two customers, and remain two.
    pub fn customer(&self, external_id: &str) -> Option<String> {
        match Name::of_customer(external_id) {
            Name::Email(_) => self.spelled(external_id),
            name @ Name::Id(_) => self.names.get(&name).map(|(hash, _)| format!("erased-{hash}")),
        }
    }

    /// The names with their hashes.
    pub fn iter(&self) -> impl Iterator<Item = (&Name, &str)> {
        self.names.iter().map(|(name, (hash, _))| (name, hash.as_str()))
    }
}

/// Whether the text is the hash of a value.
pub fn is_hashed_value(text: &str) -> bool {
    let digits = text.strip_prefix(VALUE).and_then(|rest| rest.strip_suffix(']'));
    digits.is_some_and(|digits| digits.len() == 2 * HASH_BYTES && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// Whether the text contains a replacement that an erasure made.
pub fn holds_erased(text: &str) -> bool {
    text.contains("[erased") || text.contains("erased-")
}

/// Whether the text is a pseudonym.
pub fn is_pseudonym(text: &str) -> bool {
    text.starts_with("erased-")
        && (text.ends_with(&format!("@{DOMAIN}")) || text.len() == "erased-".len() + 2 * HASH_BYTES)
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    fn ring(text: &str) -> KeyRing {
        KeyRing::parse(text, Purpose::Pseudonym).unwrap()
    }

    fn erased(names: &[Name], organization: OrganizationId, ring: &KeyRing) -> Erased {
        let mut erased = Erased::default();
        for name in names {
            erased.add(name.clone(), name.hash(organization, ring.current()), ring.current().clone());
        }
        erased
    }

    #[test]
    fn one_mailbox_keeps_one_key_and_its_spellings_stay_apart() {
        let (one, ring) = (OrganizationId::from_bytes([1; 16]), ring(&format!("1:{}", "ab".repeat(32))));
        let erased = erased(&[Name::email("ann@x.test")], one, &ring);
        let (plain, tagged) = (erased.address(" Ann@X.test").unwrap(), erased.address("ann+shop@x.test").unwrap());
        assert_ne!(plain, tagged);
        assert_eq!((email_key(&tagged), email_key(&plain)), (plain.clone(), plain.clone()));
        assert_eq!(erased.customer("ann@x.test"), Some(plain.clone()));
        let upper = erased.customer("Ann@X.test").unwrap();
        assert_ne!(upper, plain, "another customer");
        assert_eq!(email_key(&upper), plain, "the same mailbox");
        assert!(is_pseudonym(&plain) && is_pseudonym(&tagged) && !is_pseudonym("ann@x.test"));
        assert_eq!((erased.address("bob@x.test"), erased.customer("ann")), (None, None));
    }

    #[test]
    fn a_values_hash_is_of_its_organization_field_and_key() {
        let old = format!("1:{}", "ab".repeat(32));
        let (new, old) = (ring(&format!("2:{}", "cd".repeat(32))), ring(&old));
        let (one, other) = (OrganizationId::from_bytes([1; 16]), OrganizationId::from_bytes([2; 16]));
        let hashed = |organization, ring: &KeyRing, key: &str, text: &str| {
            Erased::of(organization, ring.current()).value(key, text).unwrap()
        };
        let usual = hashed(one, &old, "company_name", "Acme");
        assert!(is_hashed_value(&usual) && holds_erased(&usual) && !is_hashed_value("[erased]"), "{usual}");
        assert_eq!(hashed(one, &old, "companyName", "Acme"), usual, "however the field is written");
        for another in [
            hashed(other, &old, "company_name", "Acme"),
            hashed(one, &new, "company_name", "Acme"),
            hashed(one, &old, "city", "Acme"),
            hashed(one, &old, "company_name", "acme"),
        ] {
            assert_ne!(another, usual);
        }
        assert_eq!(Erased::default().value("company", "Acme"), None);
    }

    #[test]
    fn a_pseudonym_is_of_one_organization_and_one_key() {
        let (one, other) = (OrganizationId::from_bytes([1; 16]), OrganizationId::from_bytes([2; 16]));
        let (name, old) = (Name::email("ann@x.test"), format!("1:{}", "ab".repeat(32)));
        let rotated = ring(&format!("2:{},{old}", "cd".repeat(32)));
        let old = ring(&old);
        assert_ne!(name.hash(one, old.current()), name.hash(other, old.current()));
        let under: Vec<String> = name.hashes(one, &rotated).map(|(hash, _)| hash).collect();
        assert_eq!((under.len(), &under[1]), (2, &name.hash(one, old.current())));
        assert_ne!(Name::Id("ann".into()).hash(one, old.current()), Name::Email("ann".into()).hash(one, old.current()));
    }
}
