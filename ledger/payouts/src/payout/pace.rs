//! Limits how fast requests of one connection follow each other. Stripe allows 25 a second per endpoint, and 100 in
//! total in live mode, for the whole account (<https://docs.stripe.com/rate-limits>): the brand's own calls need some
//! of them.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use uuid::Uuid;

const PER_SECOND: u32 = 20;

/// The pace of every connection that this process has worked on. It outlives the lease.
#[derive(Debug, Clone, Default)]
pub(super) struct Paces(Arc<Mutex<HashMap<Uuid, Arc<Pace>>>>);

impl Paces {
    pub(super) fn of(&self, connection: Uuid, factor: u32, now: Instant) -> Arc<Pace> {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(known.entry(connection).or_insert_with(|| Arc::new(Pace::new(factor, now))))
    }
}

/// Spaces requests by a fixed interval; there are no bursts.
#[derive(Debug)]
pub(super) struct Pace {
    interval: Duration,
    /// When the next request may be sent.
    free_at: Mutex<Instant>,
}

impl Pace {
    /// Development and tests may send `factor` times faster.
    fn new(factor: u32, now: Instant) -> Self {
        let interval = Duration::from_secs(1) / PER_SECOND.saturating_mul(factor).max(1);
        Self { interval, free_at: Mutex::new(now) }
    }

    /// Returns how long a request must wait. It takes the slot: the caller must send.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let at = (*free_at).max(now);
        *free_at = at + self.interval;
        at.saturating_duration_since(now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twenty_a_second_and_no_burst() {
        let now = Instant::now();
        let pace = Pace::new(1, now);
        let waits: Vec<u128> = (0..4).map(|_| pace.wait(now).as_millis()).collect();
        assert_eq!(waits, [0, 50, 100, 150]);
        let later = now + Duration::from_secs(60);
        assert_eq!([pace.wait(later), pace.wait(later)].map(|wait| wait.as_millis()), [0, 50]);
    }

    #[test]
    fn tests_may_go_faster() {
        let now = Instant::now();
        let pace = Pace::new(10, now);
        pace.wait(now);
        assert_eq!(pace.wait(now).as_millis(), 5);
    }
}
