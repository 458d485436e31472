//! How much waits for a person in an organization, kept for a few seconds: every page of the dashboard shows it.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::{Duration, Instant},
};

use shared::id::OrganizationId;
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

/// What another process changed shows after this time.
const KEPT_FOR: Duration = Duration::from_secs(5);
const KEPT_MAX: usize = 1_000;

/// Each kind is counted up to here: more are shown as `99+`.
pub const COUNTED_MAX: i64 = 100;

/// What waits, each kind counted up to [`COUNTED_MAX`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    pub applications: i64,
    /// Claims for missing sales.
    pub claims: i64,
    /// Claims of rewards.
    pub rewards: i64,
    /// Flagged conversions.
    pub conversions: i64,
    /// Days with a sudden growth of paid clicks.
    pub clicks: i64,
    /// Customers that may be the same person.
    pub joins: i64,
    /// Events that couldn't be applied.
    pub events: i64,
    /// Affiliates with a payable balance.
    pub payable: i64,
}

impl Counters {
    /// What the review page shows.
    pub const fn review(&self) -> i64 {
        self.conversions + self.clicks + self.joins
    }
}

/// Counters by organization, in this process only. News of an organization removes its own.
#[derive(Debug)]
pub struct CounterCache(Mutex<Inner>);

#[derive(Debug)]
struct Inner {
    all: BTreeMap<OrganizationId, (Instant, Counters)>,
    news: Receiver<OrganizationId>,
}

impl CounterCache {
    pub fn new(news: Receiver<OrganizationId>) -> Self {
        Self(Mutex::new(Inner { all: BTreeMap::new(), news }))
    }

    pub fn get(&self, organization: OrganizationId, now: Instant) -> Option<Counters> {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.forget();
        let (since, counters) = inner.all.get(&organization)?;
        (now.saturating_duration_since(*since) < KEPT_FOR).then_some(*counters)
    }

    /// Keeps counters whose counting began at `since`.
    pub fn put(&self, organization: OrganizationId, since: Instant, counters: Counters) {
        let mut inner = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        inner.all.retain(|_, (then, _)| since.saturating_duration_since(*then) < KEPT_FOR);
        if inner.all.len() < KEPT_MAX {
            inner.all.insert(organization, (since, counters));
        }
    }
}

impl Inner {
    /// Removes the counters of the organizations that had news since the last time.
    fn forget(&mut self) {
        loop {
            match self.news.try_recv() {
                Ok(organization) => {
                    self.all.remove(&organization);
                }
                // The skipped news may have been of any organization.
                Err(TryRecvError::Lagged(_)) => self.all.clear(),
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::sync::broadcast;

    use super::*;

    #[test]
    fn counters_stay_until_there_is_news_or_they_are_old() {
        let (sender, news) = broadcast::channel(2);
        let (cache, began) = (CounterCache::new(news), Instant::now());
        let (one, other) = (OrganizationId::v7(1, &[1; 10]), OrganizationId::v7(1, &[2; 10]));
        let counters = Counters { conversions: 2, joins: 1, ..Counters::default() };
        for organization in [one, other] {
            cache.put(organization, began, counters);
        }
        assert_eq!(cache.get(one, began + Duration::from_secs(4)), Some(counters));
        assert_eq!(counters.review(), 3);
        assert_eq!(cache.get(one, began + KEPT_FOR), None);
        sender.send(one).unwrap();
        assert_eq!((cache.get(one, began), cache.get(other, began)), (None, Some(counters)));
        for _ in 0..5 {
            sender.send(one).unwrap();
        }
        assert_eq!(cache.get(other, began), None, "news that nobody read may have been about it");
    }
}
