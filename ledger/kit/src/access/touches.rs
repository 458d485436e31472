//! Tracks when each API key was last used: written at most once a minute, so that a busy key costs no write per
//! request.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

use shared::{id::ApiKeyId, timestamp::Timestamp};

pub const TOUCH_EVERY_MS: i64 = 60_000;

/// When this process last wrote each key's last use.
#[derive(Debug, Default)]
pub struct Touches(Mutex<HashMap<ApiKeyId, i64>>);

impl Touches {
    /// Whether a minute has passed; if so, starts the next one.
    pub fn due(&self, key: ApiKeyId, now: Timestamp) -> bool {
        let mut last = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if last.get(&key).is_some_and(|last| now.millis() - last < TOUCH_EVERY_MS) {
            return false;
        }
        last.retain(|_, last| now.millis() - *last < TOUCH_EVERY_MS);
        last.insert(key, now.millis());
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_keys_use_is_written_once_a_minute() {
        let touches = Touches::default();
        let key = ApiKeyId::v7(1, &[0; 10]);
        let at = |millis| Timestamp::from_millis(millis).unwrap();
        assert!(touches.due(key, at(1_000)));
        assert!(!touches.due(key, at(60_999)));
        assert!(touches.due(key, at(61_000)));
    }
}
