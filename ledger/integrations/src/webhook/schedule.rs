//! The retry schedule of a failed delivery: quickly at first, then for five days.

use std::time::Duration;

const SECOND: u64 = 1;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;

/// The pauses after the first try, the second, and so on. In total a bit more than [`GIVE_UP_DAYS`].
const PAUSES: [u64; 11] = [
    5 * SECOND,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    14 * HOUR,
    20 * HOUR,
    24 * HOUR,
    24 * HOUR,
    24 * HOUR,
];

/// An endpoint to which nothing was delivered for this many days is disabled.
pub const GIVE_UP_DAYS: i64 = 5;

/// The longest pause that a receiver may ask for.
const RETRY_AFTER_MAX: u64 = 24 * HOUR;

/// Returns the pause after the `tries`-th try; `None` after the last. Up to a tenth is added as jitter, so that
/// deliveries that failed together aren't retried together.
pub fn pause(tries: i32, retry_after_seconds: Option<u64>, chance: u16) -> Option<Duration> {
    let place = usize::try_from(tries.max(1) - 1).ok()?;
    let base = PAUSES.get(place)?;
    let retry_after = retry_after_seconds.unwrap_or(0).min(RETRY_AFTER_MAX);
    let millis = (*base).max(retry_after).saturating_mul(1_000);
    let extra = millis.saturating_mul(u64::from(chance)) / u64::from(u16::MAX) / 10;
    Some(Duration::from_millis(millis + extra))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_days_in_all() {
        let pauses: Vec<Duration> = (1..).map_while(|tries| pause(tries, None, 0)).collect();
        assert_eq!(pauses.len(), PAUSES.len());
        assert!(pauses.is_sorted());
        let days = pauses.iter().sum::<Duration>().as_secs_f64() / 86_400.0;
        let give_up = f64::from(i32::try_from(GIVE_UP_DAYS).unwrap());
        assert!((give_up..give_up + 0.5).contains(&days), "{days}");
    }

    #[test]
    fn a_receiver_may_ask_for_patience_but_not_for_haste_or_for_ever() {
        let seconds = |tries, retry_after| pause(tries, Some(retry_after), 0).unwrap().as_secs();
        assert_eq!(seconds(1, 120), 120);
        assert_eq!(seconds(2, 1), 5 * MINUTE);
        assert_eq!(seconds(1, u64::MAX), 24 * HOUR);
    }

    #[test]
    fn pauses_spread_and_no_count_panics() {
        assert!(pause(3, None, u16::MAX).unwrap() > pause(3, None, 0).unwrap());
        assert_eq!(pause(3, None, u16::MAX).unwrap(), Duration::from_secs(33 * MINUTE));
        for tries in [i32::MIN, -1, 0] {
            assert_eq!(pause(tries, None, 0), pause(1, None, 0));
        }
        assert_eq!(pause(i32::MAX, None, 0), None);
    }
}
