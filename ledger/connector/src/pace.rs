//! Decides when an account's next call may be sent, so that no window of time, of any length, holds more calls than the
//! vendor allows.
//!
//! A [`Pace`] has an interval (a minute divided by `per_minute`) and a burst. Its promise ([`Pace::most_within`]): a
//! window holds as many calls as fit into it at that interval, or one burst if that is more. The burst is part of the
//! rate and not added to it: after one, the next call waits until the interval has caught up.
//!
//! The vendor counts a call when it arrives there. All that we know of that moment is that it's between sending the
//! call and receiving the answer, so the distance to a later call is measured from the answer to the earlier one. That
//! keeps the promise however long calls are under way. A call without an answer counts as arrived after
//! [`ARRIVES_WITHIN`].

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use crate::{Descriptor, Pace};

/// By then a call has reached the vendor or never will: connecting takes five seconds at most.
pub const ARRIVES_WITHIN: Duration = Duration::from_secs(6);
/// The speed factor doesn't make calls themselves faster, so it shortens this by no more than that.
const ARRIVES_FASTER_MAX: u32 = 3;
const MINUTE: Duration = Duration::from_secs(60);

impl Pace {
    /// The most calls that any window of this length holds.
    pub fn most_within(&self, window: Duration) -> u64 {
        let fitting = (window.as_micros() * u128::from(self.per_minute)).div_ceil(MINUTE.as_micros());
        u64::try_from(fitting).unwrap_or(u64::MAX).max(u64::from(self.burst.max(1)))
    }

    /// Microseconds between calls in the long run. Rounded up, since a shorter interval could exceed the limit.
    fn interval(&self, factor: u32) -> i64 {
        let per_minute = u128::from(self.per_minute.max(1)) * u128::from(factor.max(1));
        i64::try_from(MINUTE.as_micros().div_ceil(per_minute)).unwrap_or(i64::MAX)
    }

    fn burst(&self) -> usize {
        usize::try_from(self.burst).unwrap_or(usize::MAX).max(1)
    }
}

/// A call that is about to be sent.
#[derive(Debug, Clone, Copy)]
pub struct PacedCall {
    /// The pace that its request names.
    pub pace: &'static str,
    /// Chosen at random, to find it again when it is answered.
    pub id: u32,
    /// Chosen at random from 0 to 1: the share of the pace's jitter that this call waits longer.
    pub chance: f64,
}

/// An account's recent calls by pace: all that is needed to decide when the next may be sent. Times are microseconds of
/// one clock, which must be the same for everyone who sends calls to the account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RecentCalls(BTreeMap<String, Lane>);

/// The recent calls of one pace.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Lane {
    /// The last calls, at most a burst of them, oldest first.
    last: VecDeque<Sent>,
    /// The earliest time for the next call as far as the calls before those are concerned.
    next: i64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Sent {
    id: u32,
    /// The latest time at which it may have reached the vendor.
    by: i64,
}

impl RecentCalls {
    /// Counts the call if it may be sent now; it must be sent right away, and reported to [`RecentCalls::answered`]
    /// after that. `factor` speeds everything up, for tests.
    ///
    /// # Errors
    /// How long it must wait before it asks again. If a call is answered before that, the wait may be over earlier.
    pub fn admit(
        &mut self,
        descriptor: &'static Descriptor,
        factor: u32,
        call: &PacedCall,
        now: i64,
    ) -> Result<(), Duration> {
        let free = |pace: &Pace| {
            let free = self.0.get(pace.name).map_or(0, |lane| lane.free_at(pace, factor, now));
            free.saturating_add(jitter(pace, factor, call.chance))
        };
        let earliest = descriptor.paces_of(call.pace).map(free).max().unwrap_or(now);
        if earliest > now {
            return Err(Duration::from_micros(earliest.abs_diff(now)));
        }
        for pace in descriptor.paces_of(call.pace) {
            self.0.entry(pace.name.to_owned()).or_default().send(pace, factor, call.id, now);
        }
        Ok(())
    }

    /// Records that a call was answered, so it has reached the vendor.
    pub fn answered(&mut self, id: u32, now: i64) {
        let sent = self.0.values_mut().flat_map(|lane| &mut lane.last);
        sent.filter(|sent| sent.id == id).for_each(|sent| sent.by = sent.by.min(now));
    }
}

impl Lane {
    /// The earliest time for the next call: each of the calls a burst or more before it must have arrived as many
    /// intervals earlier as it is calls away.
    fn free_at(&self, pace: &Pace, factor: u32, now: i64) -> i64 {
        let interval = pace.interval(factor);
        let oldest = self.last.len().checked_sub(pace.burst()).and_then(|at| self.last.get(at));
        let pause = interval.saturating_mul(i64::try_from(pace.burst()).unwrap_or(i64::MAX));
        // A clock that was set back must not stop everything until it has caught up.
        let of_burst = oldest.map_or(0, |sent| sent.by.min(arrived(now, factor)).saturating_add(pause));
        of_burst.max(self.next.min(now.saturating_add(interval)))
    }

    fn send(&mut self, pace: &Pace, factor: u32, id: u32, now: i64) {
        self.next = self.free_at(pace, factor, now).saturating_add(pace.interval(factor));
        self.last.push_back(Sent { id, by: arrived(now, factor) });
        let surplus = self.last.len().saturating_sub(pace.burst());
        self.last.drain(..surplus);
    }
}

/// When a call that is sent now has arrived.
fn arrived(now: i64, factor: u32) -> i64 {
    now.saturating_add(micros(ARRIVES_WITHIN / factor.clamp(1, ARRIVES_FASTER_MAX)))
}

fn jitter(pace: &Pace, factor: u32, chance: f64) -> i64 {
    let most = Duration::from_millis(u64::from(pace.jitter_ms)) / factor.max(1);
    micros(most.mul_f64(chance.clamp(0.0, 1.0)))
}

fn micros(duration: Duration) -> i64 {
    i64::try_from(duration.as_micros()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests;
