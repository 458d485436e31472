//! In which order the job counts rewards: those whose sales took long come last and take turns, so that the rewards of
//! other brands don't wait for all of them in each round.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use shared::id::{OrganizationId, RewardId};
use tokio::time::Instant;

/// From this time on, counting took long.
const LONG: Duration = Duration::from_secs(10);
/// A reward that hasn't been counted for this long, such as an archived one, is treated like any other.
const KEPT_FOR: Duration = Duration::from_secs(86_400);

type Owned = (OrganizationId, RewardId);

/// When each reward was counted last, of those that took long then. In this process only.
#[derive(Debug)]
pub(super) struct SlowRewards(Mutex<BTreeMap<RewardId, Instant>>);

impl SlowRewards {
    pub(super) const fn empty() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    /// Notes how long counting a reward took, whether or not it was canceled.
    pub(super) fn note(&self, reward: RewardId, began: Instant, ended: Instant) {
        let mut slow = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        slow.retain(|_, counted| ended.saturating_duration_since(*counted) < KEPT_FOR);
        if ended.saturating_duration_since(began) >= LONG {
            slow.insert(reward, ended);
        } else {
            slow.remove(&reward);
        }
    }

    /// The rewards that didn't take long, and those that did: of these, the one that has waited longest comes first.
    pub(super) fn split(&self, rewards: Vec<Owned>) -> (Vec<Owned>, Vec<Owned>) {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let is_slow = |(_, reward): &Owned| known.contains_key(reward);
        let (mut slow, quick): (Vec<Owned>, Vec<Owned>) = rewards.into_iter().partition(is_slow);
        slow.sort_by_key(|(_, reward)| known.get(reward).copied());
        (quick, slow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_long_comes_last_and_takes_turns() {
        let brand = |number: u8| OrganizationId::from_bytes([number; 16]);
        let [first, second, third] = [1, 2, 3].map(|number| (brand(number), RewardId::from_bytes([number; 16])));
        let (rewards, all, began) = (SlowRewards::empty(), vec![first, second, third], Instant::now());
        assert_eq!(rewards.split(all.clone()), (all.clone(), Vec::new()));
        rewards.note(first.1, began, began + LONG);
        rewards.note(second.1, began, began + LONG / 2);
        assert_eq!(rewards.split(all.clone()), (vec![second, third], vec![first]));
        rewards.note(third.1, began + LONG, began + LONG * 3);
        assert_eq!(rewards.split(all.clone()), (vec![second], vec![first, third]));
        rewards.note(first.1, began + LONG * 3, began + LONG * 5);
        assert_eq!(rewards.split(all.clone()), (vec![second], vec![third, first]), "the next one's turn");
        rewards.note(first.1, began + LONG * 5, began + LONG * 5);
        assert_eq!(rewards.split(all.clone()), (vec![first, second], vec![third]), "it is quick again");
        rewards.note(second.1, began + KEPT_FOR * 2, began + KEPT_FOR * 2);
        assert_eq!(rewards.split(all.clone()).0, all, "nothing is kept for ever");
    }
}
