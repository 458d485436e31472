//! Remembers which copies of messages ([`super::held`]) this isolate wrote, and whether it has looked for those of
//! others.

use shared::{keys::encode_hex, timestamp::Timestamp};

/// The prefix of a copy's key.
pub const PREFIX: &str = "held:";
/// A sweep that hasn't finished is assumed dead after this time, and one that failed starts again.
const SWEEP_AGAIN_MILLIS: i64 = 60_000;

/// What an isolate remembers of its copies.
#[derive(Debug, Default)]
pub struct Own {
    /// Distinguishes this isolate's copies from those of others, which may have died.
    mark: String,
    /// When a sweep is due: immediately for a new isolate, never again after the first one that finished.
    pub sweep_at: i64,
}

impl Own {
    pub fn key(&mut self, now: Timestamp, random: [u8; 8], id: &str) -> String {
        if self.mark.is_empty() {
            self.mark = encode_hex(&random);
        }
        format!("{PREFIX}{:013}:{}:{id}", now.millis(), self.mark)
    }

    pub fn wrote(&self, key: &str) -> bool {
        !self.mark.is_empty() && key.split(':').nth(2) == Some(&self.mark)
    }

    pub fn begin_sweep(&mut self, now: Timestamp) -> bool {
        let due = self.sweep_at <= now.millis();
        if due {
            self.sweep_at = now.millis() + SWEEP_AGAIN_MILLIS;
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_key_sorts_by_time_and_names_its_isolate() {
        let (mut own, mut other) = (Own::default(), Own::default());
        let first = own.key(at(999), [1; 8], "evt_b");
        assert_eq!(first, "held:0000000000999:0101010101010101:evt_b");
        let second = own.key(at(1_790_000_000_000), [2; 8], "evt_a");
        assert!(first < second, "and the mark stays");
        assert!(own.wrote(&first) && own.wrote(&second));
        assert!(!other.wrote(&first), "not even before it has a mark of its own");
        let foreign = other.key(at(1_000), [3; 8], "evt_c");
        assert!(!own.wrote(&foreign) && other.wrote(&foreign));
    }

    #[test]
    fn a_sweep_runs_once_unless_it_did_not_end() {
        let mut own = Own::default();
        assert!(own.begin_sweep(at(5)));
        assert!(!own.begin_sweep(at(6)), "it runs");
        assert!(own.begin_sweep(at(5 + SWEEP_AGAIN_MILLIS)), "its request was torn down");
        own.sweep_at = i64::MAX;
        assert!(!own.begin_sweep(at(10 * SWEEP_AGAIN_MILLIS)));
    }
}
