//! The ledger's two clocks: the wall clock for signatures, and the business clock that development can move.

use std::{
    sync::atomic::{AtomicI64, Ordering},
    time::{SystemTime, UNIX_EPOCH},
};

use shared::timestamp::Timestamp;

/// Holds, expiries and schedules use [`Clock::now`], which `POST /dev/clock` can move ahead; signatures and their
/// windows use [`Clock::wall`], which nothing moves.
#[derive(Debug, Default)]
pub struct Clock {
    ahead_ms: AtomicI64,
}

const MS_PER_DAY: i64 = 86_400_000;

impl Clock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the system's clock")]
    pub fn wall(&self) -> Timestamp {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Timestamp::EPOCH.plus_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX))
    }

    pub fn now(&self) -> Timestamp {
        self.wall().plus_millis(self.ahead_ms.load(Ordering::Relaxed))
    }

    /// Moves [`Clock::now`] ahead, by at most 3650 days in total.
    pub fn advance_days(&self, days: i64) -> Timestamp {
        let ahead = self.ahead_ms.load(Ordering::Relaxed).saturating_add(days.saturating_mul(MS_PER_DAY));
        self.ahead_ms.store(ahead.clamp(0, 3_650 * MS_PER_DAY), Ordering::Relaxed);
        self.now()
    }
}
