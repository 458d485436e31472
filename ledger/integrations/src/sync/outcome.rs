//! What a failure leads to: for the sync, and for the whole connection.

use std::time::Duration;

use connector::{Fault, FaultKind};

/// Pauses after the first, second … failure in a row: a day in all. After the last one the sync gives up.
const PAUSES_SECONDS: [u64; 10] = [2, 10, 60, 300, 1_800, 3_600, 7_200, 14_400, 28_800, 28_800];
/// A missing right is believed from the third time on: single refusals were seen that passed.
const RIGHTS_BELIEVED: i32 = 3;
/// From so many failures of a connection in a row on, all of its syncs wait.
const FAILURES_TOLERATED: i32 = 5;
const LONGEST_PAUSE_OF_ALL: Duration = Duration::from_secs(60);

/// What was the matter before.
#[derive(Debug, Clone, Copy, Default)]
pub struct Before {
    /// Failures in a row of this sync.
    pub tries: i32,
    /// Of the connection.
    pub failures: i32,
    /// Times in a row that a right was missing.
    pub rights: i32,
}

/// How it goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// When the sync is tried again; never, where there is none.
    pub again: Option<Duration>,
    /// How long nothing at all is sent to the vendor.
    pub all_wait: Option<Duration>,
    /// Whether the connection is paused until somebody looks after it.
    pub pause: bool,
    /// Whether it counts as one of the sync's tries.
    pub counts: bool,
}

/// `chance` is from 0 to 1: so that what failed together isn't tried together.
pub fn of(fault: &Fault, before: Before, chance: f64) -> Outcome {
    let spread = |pause: Duration| pause.mul_f64(0.9 + 0.2 * chance);
    let pause = usize::try_from(before.tries).ok().and_then(|tries| PAUSES_SECONDS.get(tries));
    let pause = pause.map(|seconds| spread(Duration::from_secs(*seconds)));
    let waits = Outcome { again: None, all_wait: None, pause: false, counts: true };
    match fault.kind {
        FaultKind::Busy => {
            // Until the vendor's own time, and never earlier; a little later, each by another bit.
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
