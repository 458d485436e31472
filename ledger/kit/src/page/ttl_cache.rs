//! Caches results that are slow to read for large organizations, for one minute: they may be up to a minute old.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use tokio::time::Instant;

const KEPT_FOR: Duration = Duration::from_secs(60);
const KEPT_MAX: usize = 500;

/// Values by key, in this process only.
#[derive(Debug)]
pub struct TtlCache<K, V>(Mutex<BTreeMap<K, (Instant, Arc<V>)>>);

impl<K: Ord, V> TtlCache<K, V> {
    pub const fn empty() -> Self {
        Self(Mutex::new(BTreeMap::new()))
    }

    pub fn get(&self, key: &K, now: Instant) -> Option<Arc<V>> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, value) = all.get(key)?;
        (now.saturating_duration_since(*since) < KEPT_FOR).then(|| Arc::clone(value))
    }

    /// Caches a value whose reading began at `since`.
    pub fn put(&self, key: K, since: Instant, value: &Arc<V>) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, (then, _)| since.saturating_duration_since(*then) < KEPT_FOR);
        if all.len() < KEPT_MAX {
            all.insert(key, (since, Arc::clone(value)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minute_and_no_longer() {
        let (kept, began) = (TtlCache::empty(), Instant::now());
        kept.put("a", began, &Arc::new(1));
        assert_eq!(kept.get(&"a", began + Duration::from_secs(59)).as_deref(), Some(&1));
        assert!(kept.get(&"a", began + KEPT_FOR).is_none() && kept.get(&"b", began).is_none());
        kept.put("b", began + KEPT_FOR, &Arc::new(2));
        assert!(kept.get(&"a", began).is_none(), "what is old makes room");
    }
}
