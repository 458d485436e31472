//! Decides what follows from a failure, for the sync and for the whole connection.

use std::time::Duration;

use connector::{Fault, FaultKind};

/// Pauses after consecutive failures, in seconds: about a day in total. After the last one the sync fails for good.
const PAUSES_SECONDS: [u64; 10] = [2, 10, 60, 300, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];
/// A missing permission pauses the connection from the third time, because single refusals were seen that were
/// temporary.
const RIGHTS_BELIEVED: i32 = 3;
/// After this many consecutive failures of a connection, all its syncs wait.
const FAILURES_TOLERATED: i32 = 5;
const LONGEST_PAUSE_OF_ALL: Duration = Duration::from_secs(60);

/// The state before the failure.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before {
    /// Consecutive failures of this sync.
    pub tries: i32,
    /// Consecutive failures of the connection.
    pub failures: i32,
    /// Failures of the connection for a missing permission, without a successful write in between.
    pub rights: i32,
}

/// What follows from the failure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The pause before the sync's next try; `None` if it isn't tried again.
    pub again: Option<Duration>,
    /// How long nothing at all is sent on the connection.
    pub all_wait: Option<Duration>,
    /// Whether the connection is paused until someone fixes it.
    pub pause: bool,
    /// Whether the failure counts as one of the sync's tries.
    pub counts: bool,
}

/// Returns what follows from a fault. `chance` (0 to 1) adds jitter, so that syncs that failed together aren't retried
/// together.
pub fn of(fault: &Fault, before: Before, chance: f64) -> Outcome {
    let spread = |pause: Duration| pause.mul_f64(0.9 + 0.2 * chance);
    let pause = usize::try_from(before.tries).ok().and_then(|tries| PAUSES_SECONDS.get(tries));
    let pause = pause.map(|seconds| spread(Duration::from_secs(*seconds)));
    let waits = Outcome { again: None, all_wait: None, pause: false, counts: true };
    match fault.kind {
        FaultKind::Busy => {
            // Waits until the time that the vendor named and never less, plus some jitter.
            let doubled = Duration::from_secs(1 << before.failures.clamp(0, 6));
            let wait = fault.after.unwrap_or_else(|| doubled.min(LONGEST_PAUSE_OF_ALL));
            let wait = wait + Duration::from_millis(100).mul_f64(chance) + wait.mul_f64(0.05 * chance);
            Outcome { again: Some(wait), all_wait: Some(wait), counts: false, ..waits }
        }
        FaultKind::Credentials => Outcome { again: Some(Duration::ZERO), pause: true, counts: false, ..waits },
        FaultKind::Rights if before.rights + 1 >= RIGHTS_BELIEVED => {
            Outcome { again: Some(Duration::ZERO), pause: true, counts: false, ..waits }
        }
        FaultKind::Rights | FaultKind::Passing => {
            let failing = before.failures + 1 - FAILURES_TOLERATED;
            let all_wait =
                (failing >= 0).then(|| spread(Duration::from_secs(1 << failing.min(6)).min(LONGEST_PAUSE_OF_ALL)));
            Outcome { again: pause.map(|pause| pause.max(fault.after.unwrap_or_default())), all_wait, ..waits }
        }
        FaultKind::Settings | FaultKind::Refused => waits,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn trouble_that_passes_is_waited_for_a_day_and_then_given_up() {
        let mut all = Duration::ZERO;
        let mut tries = 0;
        while let Some(pause) =
            of(&Fault::passing("vendor_error", ""), Before { tries, ..Before::default() }, 0.5).again
        {
            all += pause;
            tries += 1;
        }
        assert_eq!(tries, 10);
        assert!((80_000..90_000).contains(&all.as_secs()), "{all:?}");
    }

    #[test]
    fn the_vendors_own_pause_is_kept_and_holds_for_all() {
        for chance in [0.0, 1.0] {
            let outcome = of(&Fault::busy(Some(SECOND * 30), ""), Before::default(), chance);
            let wait = outcome.all_wait.unwrap();
            assert!(wait >= SECOND * 30 && wait < SECOND * 32, "{wait:?}");
            assert!(outcome.again == Some(wait) && !outcome.counts && !outcome.pause);
        }
        let without = |failures| of(&Fault::busy(None, ""), Before { failures, ..Before::default() }, 0.0).all_wait;
        assert_eq!(
            [without(0), without(1), without(5), without(50)],
            [1, 2, 32, 60].map(|seconds| Some(SECOND * seconds))
        );
    }

    #[test]
    fn refused_credentials_pause_the_connection_and_end_no_sync() {
        let outcome = of(&Fault::credentials("no"), Before::default(), 0.5);
        assert!(outcome.pause && outcome.again.is_some() && !outcome.counts);
        let rights = |rights| of(&Fault::rights("lists:write"), Before { rights, ..Before::default() }, 0.5).pause;
        assert_eq!([rights(0), rights(1), rights(2)], [false, false, true]);
    }

    #[test]
    fn what_never_helps_is_not_tried_again() {
        for fault in [Fault::refused("invalid_email", ""), Fault::settings("list_missing", "")] {
            assert_eq!(of(&fault, Before::default(), 0.5).again, None);
        }
    }

    #[test]
    fn a_vendor_in_trouble_is_left_in_peace_by_all() {
        let all =
            |failures| of(&Fault::passing("vendor_error", ""), Before { failures, ..Before::default() }, 0.5).all_wait;
        assert_eq!([all(0), all(3)], [None, None]);
        assert_eq!([all(4), all(6), all(99)], [1, 4, 60].map(|seconds| Some(SECOND * seconds)));
    }
}
