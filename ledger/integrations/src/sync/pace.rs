//! Limits the request rate of a connection: a token bucket for each of the vendor's rate limits.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use connector::{Descriptor, Pace};
use uuid::Uuid;

/// The buckets of every connection that this process has worked on; they persist between turns.
#[derive(Debug, Clone, Default)]
pub struct Paces(Arc<Mutex<HashMap<Uuid, Arc<Buckets>>>>);

impl Paces {
    pub fn of(&self, id: Uuid, descriptor: &'static Descriptor, factor: u32, now: Instant) -> Arc<Buckets> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(id).or_insert_with(|| Arc::new(Buckets::new(descriptor, factor, now))))
    }
}

/// The buckets of one connection. A full burst is available only after a rest.
#[derive(Debug)]
pub struct Buckets {
    descriptor: &'static Descriptor,
    /// A speed factor for development and tests, which may send faster than the vendor allows.
    factor: u32,
    /// The time at which each bucket's queue of requests would be empty.
    free_at: Mutex<HashMap<&'static str, Instant>>,
}

impl Buckets {
    /// Starts with an empty bucket, because another process may just have used the burst.
    pub fn new(descriptor: &'static Descriptor, factor: u32, now: Instant) -> Self {
        let factor = factor.max(1);
        let full = |pace: &Pace| now + interval(pace, factor) * pace.burst.saturating_sub(1);
        let free_at = descriptor.paces.iter().map(|pace| (pace.name, full(pace))).collect();
        Self { descriptor, factor, free_at: Mutex::new(free_at) }
    }

    /// Reserves a request of this pace and returns how long it must wait. The request counts from now on, so the caller
    /// must send it.
    pub fn wait(&self, name: &str, now: Instant, chance: f64) -> Duration {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let general = self.descriptor.pace("");
        let special = self.descriptor.pace(name).filter(|pace| !pace.name.is_empty());
        let paces = [general, special].into_iter().flatten();
        paces.map(|pace| self.count(&mut free_at, pace, now, chance)).max().unwrap_or_default()
    }

    /// The generic cell rate algorithm: each request moves the bucket's end by one interval; a request whose end is
    /// further ahead than a burst must wait.
    fn count(&self, free_at: &mut HashMap<&'static str, Instant>, pace: &Pace, now: Instant, chance: f64) -> Duration {
        let interval = interval(pace, self.factor);
        let tolerance = interval * pace.burst.saturating_sub(1);
        let end = free_at.entry(pace.name).or_insert(now);
        *end = (*end).max(now) + interval;
        let wait = end.saturating_duration_since(now + tolerance + interval);
        if wait.is_zero() {
            wait
        } else {
            wait + Duration::from_millis(u64::from(pace.jitter_ms / self.factor)).mul_f64(chance)
        }
    }
}

fn interval(pace: &Pace, factor: u32) -> Duration {
    Duration::from_secs(60) / pace.per_minute.saturating_mul(factor).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn buckets(factor: u32) -> (Buckets, Instant) {
        let now = Instant::now();
        // 270 requests per minute, four in a burst.
        (Buckets::new(connector::providers::named("activecampaign").unwrap().descriptor(), factor, now), now)
    }

    #[test]
    fn a_new_process_gives_no_burst() {
        let (buckets, now) = buckets(1);
        let waits: Vec<u128> = (0..4).map(|_| buckets.wait("", now, 0.0).as_millis()).collect();
        assert_eq!(waits, [0, 222, 444, 666]);
    }

    #[test]
    fn in_the_long_run_no_more_goes_than_is_allowed() {
        let (buckets, start) = buckets(1);
        let mut now = start;
        for _ in 0..271 {
            now += buckets.wait("", now, 0.5);
        }
        let took = now.duration_since(start);
        assert!((Duration::from_secs(59)..Duration::from_secs(75)).contains(&took), "{took:?}");
    }

    #[test]
    fn after_a_rest_there_is_a_burst_again_and_no_more() {
        let (buckets, now) = buckets(1);
        for _ in 0..4 {
            buckets.wait("", now, 0.0);
        }
        let later = now + Duration::from_secs(3_600);
        let waits: Vec<u128> = (0..5).map(|_| buckets.wait("", later, 0.0).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 222]);
    }

    #[test]
    fn tests_may_go_faster() {
        let (buckets, now) = buckets(10);
        buckets.wait("", now, 0.0);
        assert_eq!(buckets.wait("", now, 0.0).as_millis(), 22);
    }
}
