//! How many requests a minute an API key may make, and a network without a valid one. [`super::admit`] asks.
//!
//! Each has a bucket that holds a minute's worth and refills steadily, so that a burst passes and a flood doesn't. Buckets live
//! in this process: with several processes behind a balancer each counts what it sees. Their number is bounded, and those of
//! keys lie apart from those of networks: strangers can't push a customer's out.

use std::{
    collections::HashMap,
    hash::Hash,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header::RETRY_AFTER};
use shared::{id::ApiKeyId, timestamp::Timestamp};

/// Buckets of each kind kept at most; beyond it the full ones are forgotten, and where that frees too little, all.
const BUCKETS_MAX: usize = 50_000;
const MINUTE_MS: f64 = 60_000.0;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
}

/// Where a caller stands after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    limit: u32,
    remaining: u32,
    /// Until the bucket is full again.
    reset_seconds: u32,
    /// Until the next request passes, where this one didn't.
    pub(super) retry_seconds: Option<u32>,
}

#[derive(Debug)]
struct Buckets<K>(Mutex<HashMap<K, Bucket>>);

impl<K: Hash + Eq> Buckets<K> {
    fn new() -> Self {
        Self(Mutex::new(HashMap::new()))
    }

    fn take(&self, of: K, limit: u32, now: Timestamp) -> Standing {
        let most = f64::from(limit);
        let refilled = |bucket: &Bucket| {
            #[expect(clippy::cast_precision_loss, reason = "milliseconds between two requests")]
            let passed = (now.millis() - bucket.at.millis()).max(0) as f64;
            (bucket.tokens + passed * most / MINUTE_MS).min(most)
        };
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if buckets.len() >= BUCKETS_MAX {
            buckets.retain(|_, bucket| refilled(bucket) < most);
            // A sweep for every newcomer would be a storm of its own.
            if buckets.len() > BUCKETS_MAX / 2 {
                buckets.clear();
            }
        }
        let tokens = buckets.get(&of).map_or(most, refilled);
        let passes = tokens >= 1.0;
        let left = if passes { tokens - 1.0 } else { tokens };
        buckets.insert(of, Bucket { tokens: left, at: now });
        let seconds = |wanted: f64| whole((wanted - left).max(0.0) * MINUTE_MS / most / 1_000.0);
        Standing {
            limit,
            remaining: whole(left.floor()),
            reset_seconds: seconds(most),
            retry_seconds: (!passes).then(|| seconds(1.0).max(1)),
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most a limit's size, and never negative"
)]
fn whole(number: f64) -> u32 {
    number.ceil() as u32
}

/// All buckets of this process.
#[derive(Debug)]
pub struct RateLimit {
    /// 0 is no limit.
    per_minute: u32,
    keys: Buckets<ApiKeyId>,
    networks: Buckets<String>,
}

impl RateLimit {
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, keys: Buckets::new(), networks: Buckets::new() }
    }

    pub(super) fn of_key(&self, key: ApiKeyId, now: Timestamp) -> Option<Standing> {
        (self.per_minute > 0).then(|| self.keys.take(key, self.per_minute, now))
    }

    pub(super) fn of_network(&self, network: String, now: Timestamp) -> Option<Standing> {
        (self.per_minute > 0).then(|| self.networks.take(network, self.per_minute, now))
    }
}

impl Standing {
    /// The fields that most clients know, and those of the IETF's draft (draft-ietf-httpapi-ratelimit-headers).
    pub fn write(&self, headers: &mut HeaderMap) {
        let Self { limit, remaining, reset_seconds, retry_seconds } = *self;
        for (name, number) in
            [("ratelimit-limit", limit), ("ratelimit-remaining", remaining), ("ratelimit-reset", reset_seconds)]
        {
            headers.insert(HeaderName::from_static(name), number.into());
        }
        let fields = [
            ("ratelimit-policy", format!("\"default\";q={limit};w=60")),
            ("ratelimit", format!("\"default\";r={remaining};t={reset_seconds}")),
        ];
        for (name, text) in fields {
            if let Ok(value) = HeaderValue::from_str(&text) {
                headers.insert(HeaderName::from_static(name), value);
            }
        }
        if let Some(seconds) = retry_seconds {
            headers.insert(RETRY_AFTER, seconds.into());
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + ms).unwrap()
    }

    fn key(number: u128) -> ApiKeyId {
        ApiKeyId::new(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_burst_passes_and_then_a_steady_stream() {
        let limit = RateLimit::new(60);
        let take = |ms| limit.of_key(key(1), at(ms)).unwrap();
        for left in (0..60).rev() {
            assert_eq!((take(0).retry_seconds, take_left(&limit)), (None, left));
        }
        let refused = take(0);
        assert_eq!((refused.retry_seconds, refused.remaining, refused.reset_seconds), (Some(1), 0, 60));
        assert_eq!(take(999).retry_seconds, Some(1));
        assert_eq!(take(1_000).retry_seconds, None);
        assert_eq!(take(1_000).retry_seconds, Some(1));
    }

    /// What the first key has left, without taking of it.
    fn take_left(limit: &RateLimit) -> u32 {
        whole(limit.keys.0.lock().unwrap()[&key(1)].tokens.floor())
    }

    #[test]
    fn each_caller_has_its_own_bucket() {
        let limit = RateLimit::new(1);
        assert_eq!(limit.of_key(key(1), at(0)).unwrap().retry_seconds, None);
        assert_eq!(limit.of_key(key(1), at(0)).unwrap().retry_seconds, Some(60));
        assert_eq!(limit.of_key(key(2), at(0)).unwrap().retry_seconds, None);
        assert_eq!(limit.of_network("192.0.2.1".to_owned(), at(0)).unwrap().retry_seconds, None);
    }

    #[test]
    fn none_is_no_limit() {
        assert_eq!(RateLimit::new(0).of_key(key(1), at(0)), None);
    }

    #[test]
    fn memory_is_bounded_and_strangers_push_no_key_out() {
        let limit = RateLimit::new(1);
        limit.of_key(key(1), at(0)).unwrap();
        for number in 0..(BUCKETS_MAX + 10) {
            limit.of_network(number.to_string(), at(0)).unwrap();
        }
        assert!(limit.networks.0.lock().unwrap().len() <= BUCKETS_MAX);
        assert!(limit.of_key(key(1), at(0)).unwrap().retry_seconds.is_some());
    }

    #[test]
    fn answers_say_where_the_caller_stands() {
        let mut headers = HeaderMap::new();
        RateLimit::new(600).of_key(key(1), at(0)).unwrap().write(&mut headers);
        let text = |name: &str| headers[name].to_str().unwrap().to_owned();
        assert_eq!(
            [text("ratelimit-limit"), text("ratelimit-remaining"), text("ratelimit-reset")],
            ["600", "599", "1"]
        );
        assert_eq!(text("ratelimit"), "\"default\";r=599;t=1");
        assert_eq!(text("ratelimit-policy"), "\"default\";q=600;w=60");
        assert!(!headers.contains_key(RETRY_AFTER));
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_the_burst_and_the_refill(limit in 1u32..50, gaps in prop::collection::vec(0i64..3_000, 1..200)) {
            let all = RateLimit::new(limit);
            let (mut now, mut passed) = (0, 0u32);
            for gap in &gaps {
                now += gap;
                passed += u32::from(all.of_key(key(1), at(now)).unwrap().retry_seconds.is_none());
            }
            let allowed = f64::from(limit) * (1.0 + now as f64 / MINUTE_MS);
            prop_assert!(f64::from(passed) <= allowed + 1e-6, "{passed} of {allowed}");
        }
    }
}
