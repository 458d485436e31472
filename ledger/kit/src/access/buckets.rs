//! Token buckets in this process's memory, by any key.
//!
//! A bucket refills steadily; a request takes a token or is refused. The number of buckets is bounded: when it is
//! reached, the buckets that have refilled furthest are dropped first, and exhausted ones never, so that no one escapes
//! a refusal by filling the memory.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, MutexGuard, PoisonError},
};

use shared::timestamp::Timestamp;

/// Maximum number of buckets.
pub const BUCKETS_MAX: usize = 50_000;
/// A sweep visits every bucket, so it runs no more often than this, however many new keys arrive.
const SWEEP_EVERY_MS: i64 = 1_000;

/// A bucket's size, and how long it takes to refill one token.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rate {
    pub burst: f64,
    pub ms_per_token: f64,
}

/// A bucket's name, hashed, with its rate.
pub type KeyedRate = ([u8; 32], Rate);

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
    rate: Rate,
}

impl Bucket {
    const fn full(rate: Rate, now: Timestamp) -> Self {
        Self { tokens: rate.burst, at: now, rate }
    }

    fn refilled(self, now: Timestamp) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds between two attempts")]
        let passed = (now.millis() - self.at.millis()).max(0) as f64;
        Self { tokens: (self.tokens + passed / self.rate.ms_per_token).min(self.rate.burst), at: now, ..self }
    }

    const fn is_exhausted(&self) -> bool {
        self.tokens < 1.0
    }

    fn share(&self) -> f64 {
        self.tokens / self.rate.burst
    }
}

#[derive(Debug)]
pub struct Buckets<K>(Mutex<BucketMap<K>>);

#[derive(Debug)]
struct BucketMap<K> {
    buckets: HashMap<K, Bucket>,
    swept_at: Option<Timestamp>,
}

impl<K> Default for Buckets<K> {
    fn default() -> Self {
        Self(Mutex::new(BucketMap { buckets: HashMap::new(), swept_at: None }))
    }
}

impl<K: Hash + Eq + Clone> Buckets<K> {
    /// Returns how many tokens the bucket has; takes none.
    pub fn left(&self, key: &K, rate: Rate, now: Timestamp) -> f64 {
        self.lock().now(key, rate, now).tokens
    }

    /// Takes one token from each bucket, or from none. Returns whether it took them.
    pub fn take(&self, requested: &[(K, Rate)], now: Timestamp) -> bool {
        let mut kept = self.lock();
        let found: Vec<Bucket> = requested.iter().map(|(key, rate)| kept.now(key, *rate, now)).collect();
        let admitted = !found.iter().any(Bucket::is_exhausted);
        for ((key, _), bucket) in requested.iter().zip(found) {
            let tokens = if admitted { bucket.tokens - 1.0 } else { bucket.tokens };
            kept.put(key, Bucket { tokens, ..bucket }, now);
        }
        admitted
    }

    /// Undoes a [`Buckets::take`].
    pub fn put_back(&self, taken: &[(K, Rate)]) {
        let mut kept = self.lock();
        for (key, rate) in taken {
            if let Some(bucket) = kept.buckets.get_mut(key) {
                bucket.tokens = (bucket.tokens + 1.0).min(rate.burst);
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, BucketMap<K>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<K: Hash + Eq + Clone> BucketMap<K> {
    fn now(&self, key: &K, rate: Rate, now: Timestamp) -> Bucket {
        self.buckets.get(key).copied().map_or(Bucket::full(rate, now), |bucket| bucket.refilled(now))
    }

    /// If the memory is full of exhausted buckets, a new key passes without being counted.
    fn put(&mut self, key: &K, bucket: Bucket, now: Timestamp) {
        if let Some(known) = self.buckets.get_mut(key) {
            *known = bucket;
            return;
        }
        if self.buckets.len() >= BUCKETS_MAX {
            self.sweep(now);
        }
        if self.buckets.len() < BUCKETS_MAX {
            self.buckets.insert(key.clone(), bucket);
        }
    }

    /// Drops buckets until half of the room is free, those that have refilled furthest first.
    fn sweep(&mut self, now: Timestamp) {
        if self.swept_at.is_some_and(|last| now.millis() - last.millis() < SWEEP_EVERY_MS) {
            return;
        }
        self.swept_at = Some(now);
        for bucket in self.buckets.values_mut() {
            *bucket = bucket.refilled(now);
        }
        let mut shares: Vec<f64> =
            self.buckets.values().filter(|bucket| !bucket.is_exhausted()).map(Bucket::share).collect();
        shares.sort_unstable_by(|one, other| other.total_cmp(one));
        let least = shares.get((BUCKETS_MAX / 2).saturating_sub(1)).or(shares.last()).copied();
        let Some(least) = least else { return };
        self.buckets.retain(|_, bucket| bucket.is_exhausted() || bucket.share() < least);
    }
}

#[cfg(test)]
impl<K> Buckets<K> {
    pub(crate) fn len(&self) -> usize {
        self.0.lock().unwrap().buckets.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const RATE: Rate = Rate { burst: 2.0, ms_per_token: 60_000.0 };

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + ms).unwrap()
    }

    #[test]
    fn a_flood_of_newcomers_frees_no_exhausted_bucket() {
        let buckets = Buckets::default();
        let take = |key: usize, ms| buckets.take(&[(key, RATE)], at(ms));
        assert!(take(0, 0) && take(0, 0) && !take(0, 0));
        for key in 1..(BUCKETS_MAX * 3) {
            take(key, i64::try_from(key).unwrap() / 100);
        }
        assert!(buckets.len() <= BUCKETS_MAX);
        assert!(!take(0, 2_000), "still exhausted");
    }

    #[test]
    fn what_has_refilled_furthest_goes_first() {
        let buckets = Buckets::default();
        let old = BUCKETS_MAX / 2;
        for key in 0..BUCKETS_MAX {
            buckets.take(&[(key, RATE)], at(if key < old { 0 } else { 30_000 }));
        }
        buckets.take(&[(BUCKETS_MAX, RATE)], at(30_000));
        let left = |key: usize| buckets.left(&key, RATE, at(30_000));
        assert!(left(old) < 2.0, "the recent one is remembered");
        assert!((left(0) - 2.0).abs() < 1e-9, "the older one is forgotten");
        assert_eq!(buckets.len(), BUCKETS_MAX - old + 1);
    }

    #[test]
    fn a_memory_full_of_exhausted_buckets_stays_bounded_and_keeps_them() {
        let buckets = Buckets::default();
        for key in 0..BUCKETS_MAX {
            while buckets.take(&[(key, RATE)], at(0)) {}
        }
        assert!(buckets.take(&[(BUCKETS_MAX, RATE)], at(0)), "a newcomer passes");
        assert_eq!(buckets.len(), BUCKETS_MAX);
        assert!((0..BUCKETS_MAX).step_by(997).all(|key| !buckets.take(&[(key, RATE)], at(1))));
    }
}
