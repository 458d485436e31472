//! Caches config records that this isolate has seen lately, so that a busy link needs no lookup.
//!
//! An expired record is still served for a short time while one request refreshes it, and for longer while the store
//! can't be read: an old link is better than none. API keys are the exception, so that a revoked key is refused soon.

use std::{collections::HashMap, rc::Rc};

use shared::config::Record;

use crate::{destination::Destination, record::Fixed};

/// Maximum number of cached records.
const RECORDS_MAX: usize = 10_000;
const FRESH_MILLIS: i64 = 30_000;
const ABSENT_MILLIS: i64 = 10_000;
/// For API keys, and for keys that don't exist.
const CREDENTIAL_MILLIS: i64 = 5_000;
/// How long other requests keep using the old record while one request fetches the new one.
const REFRESH_MILLIS: i64 = 2_000;
/// How long an old record may be used while the store can't be read.
const STALE_MILLIS: i64 = 600_000;
/// Maximum read-throughs to the ledger per isolate and window, for names that were seen here before.
const READS_MAX: u32 = 100;
/// The same for names that were never seen here, for each kind of record separately: a flood of made-up slugs or keys
/// must not reach the ledger, nor use up the reads of the other kinds.
const STRANGE_READS_MAX: u32 = 120;
/// Kinds of records differ in the first byte of their keys, and are counted by its last five bits; 0 is for names seen
/// before.
const KINDS: usize = 32;
const READS_WINDOW_MILLIS: i64 = 10_000;

/// A record with what was derived from it.
#[derive(Debug, Clone, PartialEq)]
pub struct Found {
    pub record: Record,
    /// The parsed destination of a link; `None` if it isn't one that we redirect to.
    pub destination: Option<Destination>,
    /// What the events of clicks on a link have in common; empty for other records.
    pub fixed: Fixed,
}

impl Found {
    pub fn new(record: Record, insecure: bool) -> Self {
        let destination = match &record {
            Record::Link(link) => Destination::parse(&link.destination, &link.slug, insecure),
            Record::Host(host) => {
                host.default_destination.as_deref().and_then(|text| Destination::parse(text, "", insecure))
            }
            _ => None,
        };
        let fixed = match &record {
            Record::Link(link) => Fixed::of(link),
            _ => Fixed::default(),
        };
        Self { record, destination, fixed }
    }
}

#[derive(Debug)]
struct Slot {
    found: Option<Rc<Found>>,
    version: i64,
    fresh_until: i64,
    stale_until: i64,
}

/// What the cache knows about a key.
#[derive(Debug, Clone, PartialEq)]
pub enum Known {
    /// Use it; `None` means that the record doesn't exist.
    Fresh(Option<Rc<Found>>),
    /// Fetch it again. The old record may be used if that fails.
    Fetch(Option<Rc<Found>>),
}

#[derive(Debug, Default)]
pub struct Cache {
    slots: HashMap<String, Slot>,
    reads: [u32; KINDS],
    reads_since: i64,
}

impl Cache {
    /// Looks up a key. If the caller has to fetch an old record again, no other request fetches it for
    /// `REFRESH_MILLIS`.
    pub fn get(&mut self, key: &str, now: i64) -> Known {
        match self.slots.get_mut(key) {
            Some(slot) if now < slot.fresh_until => Known::Fresh(slot.found.clone()),
            Some(slot) if now < slot.stale_until => {
                slot.fresh_until = now + REFRESH_MILLIS;
                Known::Fetch(slot.found.clone())
            }
            _ => Known::Fetch(None),
        }
    }

    /// Returns a record that can be used as it is, for the fast path.
    pub fn fresh(&self, key: &str, now: i64) -> Option<Rc<Found>> {
        self.slots.get(key).filter(|slot| now < slot.fresh_until).and_then(|slot| slot.found.clone())
    }

    /// Stores a lookup's result. A version older than the cached one is ignored.
    pub fn put(&mut self, key: &str, version: i64, found: Option<Rc<Found>>, now: i64) {
        if self.slots.get(key).is_some_and(|slot| slot.version > version && now < slot.stale_until) {
            return;
        }
        if self.slots.len() >= RECORDS_MAX && !self.slots.contains_key(key) {
            self.evict(now);
        }
        let fresh = match (&found, is_credential(key)) {
            (_, true) => CREDENTIAL_MILLIS,
            (Some(_), _) => FRESH_MILLIS,
            (None, _) => ABSENT_MILLIS,
        };
        let stale = if found.is_some() && !is_credential(key) { STALE_MILLIS } else { fresh };
        self.slots.insert(key.to_owned(), Slot { found, version, fresh_until: now + fresh, stale_until: now + stale });
    }

    /// Whether the limits allow one more request to the ledger for this key.
    pub fn may_read_through(&mut self, key: &str, now: i64) -> bool {
        if now - self.reads_since >= READS_WINDOW_MILLIS {
            (self.reads, self.reads_since) = ([0; KINDS], now);
        }
        let seen = self.slots.get(key).is_some_and(|slot| slot.found.is_some());
        let kind = key.bytes().next().map_or(0, |byte| usize::from(byte) % KINDS);
        let (kind, most) = if seen { (0, READS_MAX) } else { (kind, STRANGE_READS_MAX) };
        self.reads[kind] += 1;
        self.reads[kind] <= most
    }

    fn evict(&mut self, now: i64) {
        // Unknown names go first, so that made-up ones displace no record.
        self.slots.retain(|_, slot| now < slot.fresh_until && slot.found.is_some());
        if self.slots.len() >= RECORDS_MAX {
            // If all are fresh, a tenth is dropped, in the map's order. They are fetched again when needed.
            let some: Vec<String> = self.slots.keys().take(RECORDS_MAX / 10).cloned().collect();
            some.iter().for_each(|key| drop(self.slots.remove(key)));
        }
    }
}

fn is_credential(key: &str) -> bool {
    key.starts_with("key:")
}

#[cfg(test)]
mod tests {
    use shared::{config::HostRecord, id::OrganizationId};

    use super::*;

    fn found(name: &str) -> Option<Rc<Found>> {
        let record = HostRecord {
            organization_id: OrganizationId::from_bytes([1; 16]),
            default_destination: None,
            brand_name: name.into(),
        };
        Some(Rc::new(Found::new(Record::Host(record), false)))
    }

    #[test]
    fn fresh_then_one_asks_then_gone() {
        let mut cache = Cache::default();
        assert_eq!(cache.get("link:a", 0), Known::Fetch(None));
        cache.put("link:a", 1, found("a"), 0);
        assert_eq!(cache.get("link:a", FRESH_MILLIS - 1), Known::Fresh(found("a")));
        assert_eq!(cache.get("link:a", FRESH_MILLIS), Known::Fetch(found("a")));
        assert_eq!(cache.get("link:a", FRESH_MILLIS), Known::Fresh(found("a")), "while the first one asks");
        assert_eq!(cache.fresh("link:a", FRESH_MILLIS + 1), found("a"));
        assert_eq!(cache.get("link:a", FRESH_MILLIS + REFRESH_MILLIS), Known::Fetch(found("a")));
        assert_eq!(cache.get("link:a", STALE_MILLIS), Known::Fetch(None));
    }

    #[test]
    fn absence_is_remembered_for_less() {
        let mut cache = Cache::default();
        cache.put("link:a", 0, None, 0);
        assert_eq!(cache.get("link:a", ABSENT_MILLIS - 1), Known::Fresh(None));
        assert_eq!(cache.get("link:a", ABSENT_MILLIS), Known::Fetch(None));
    }

    #[test]
    fn a_revoked_key_is_refused_within_seconds() {
        let mut cache = Cache::default();
        cache.put("key:a", 1, found("a"), 0);
        assert_eq!(cache.get("key:a", CREDENTIAL_MILLIS - 1), Known::Fresh(found("a")));
        assert_eq!(cache.get("key:a", CREDENTIAL_MILLIS), Known::Fetch(None), "nothing stale to fall back on");
        cache.put("key:b", 1, None, 0);
        assert_eq!(cache.get("key:b", CREDENTIAL_MILLIS), Known::Fetch(None));
    }

    #[test]
    fn an_older_version_does_not_replace_a_newer() {
        let mut cache = Cache::default();
        cache.put("link:a", 2, found("new"), 0);
        cache.put("link:a", 1, found("old"), 1);
        assert_eq!(cache.get("link:a", 2), Known::Fresh(found("new")));
        cache.put("link:a", 3, None, 3);
        assert_eq!(cache.get("link:a", 4), Known::Fresh(None));
    }

    #[test]
    fn it_stays_within_its_size() {
        let mut cache = Cache::default();
        (0..RECORDS_MAX + 50).for_each(|n| cache.put(&format!("link:{n}"), 0, None, 0));
        assert!(cache.slots.len() <= RECORDS_MAX);
        cache.put("link:new", 0, found("new"), ABSENT_MILLIS);
        assert_eq!(cache.get("link:new", ABSENT_MILLIS), Known::Fresh(found("new")));
    }

    #[test]
    fn a_flood_reaches_the_ledger_for_a_moment_and_takes_nothing_from_others() {
        let mut cache = Cache::default();
        cache.put("site:known", 1, found("known"), 0);
        cache.put("site:unknown", 0, None, 0);
        let allowed = (0..1_000).filter(|n| cache.may_read_through(&format!("site:{n}"), 5)).count();
        assert_eq!(allowed, STRANGE_READS_MAX as usize);
        assert!(!cache.may_read_through("site:unknown", 5));
        assert!(cache.may_read_through("key:a", 5) && cache.may_read_through("link:a", 5), "other kinds");
        assert!(cache.may_read_through("site:known", 5), "a name that was seen");
        assert!(cache.may_read_through("site:a", READS_WINDOW_MILLIS + 5));
        for kind in ["host", "link", "via", "key", "site", "program", "gateway"] {
            assert!(cache.may_read_through(kind, 3 * READS_WINDOW_MILLIS), "{kind}");
        }
        assert_eq!(cache.reads.iter().filter(|reads| **reads == 1).count(), 7, "each kind has its own");
    }

    #[test]
    fn made_up_names_displace_no_record() {
        let mut cache = Cache::default();
        cache.put("link:real", 1, found("real"), 0);
        (0..3 * RECORDS_MAX).for_each(|n| cache.put(&format!("link:{n}"), 0, None, 0));
        assert_eq!(cache.fresh("link:real", 1), found("real"));
    }
}
