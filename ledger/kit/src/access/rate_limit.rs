//! Limits the requests per minute of an API key, and of a network without a valid one. [`identity::access::admit`]
//! applies it.
//!
//! Each has a bucket that holds a minute's worth and refills steadily, so that a burst passes and a flood doesn't. The
//! buckets are in this process: several processes behind a load balancer count separately. Keys and networks have
//! separate sets of buckets, so that strangers can't displace a customer's.

use std::{
    collections::HashSet,
    sync::{Mutex, PoisonError},
};

use axum::http::{HeaderMap, HeaderName, HeaderValue, header::RETRY_AFTER};
use shared::{id::ApiKeyId, timestamp::Timestamp};

use super::buckets::{Buckets, Rate};

const MINUTE_MS: f64 = 60_000.0;
/// Maximum number of valid bearers of one generation.
const VALID_MAX: usize = 10_000;

/// A caller's status after a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RateLimitStatus {
    limit: u32,
    remaining: u32,
    /// Seconds until the bucket is full again.
    reset_seconds: u32,
    /// Seconds until the next request passes, if this one didn't.
    pub retry_seconds: Option<u32>,
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
    /// 0 means no limit.
    per_minute: u32,
    keys: Buckets<ApiKeyId>,
    networks: Buckets<String>,
    /// Hashes of bearers that were valid lately: they pass, whatever else comes from their network.
    valid: Mutex<ValidBearers>,
}

/// In two generations: what is in use becomes recent again, so only what no one sends any more is forgotten.
#[derive(Debug, Default)]
struct ValidBearers {
    recent: HashSet<[u8; 32]>,
    older: HashSet<[u8; 32]>,
}

impl RateLimit {
    pub fn new(per_minute: u32) -> Self {
        Self { per_minute, keys: Buckets::default(), networks: Buckets::default(), valid: Mutex::default() }
    }

    fn rate(&self) -> Rate {
        let burst = f64::from(self.per_minute);
        Rate { burst, ms_per_token: MINUTE_MS / burst }
    }

    fn status(&self, left: f64, passes: bool) -> RateLimitStatus {
        let Rate { burst, ms_per_token } = self.rate();
        let seconds = |requested: f64| whole((requested - left).max(0.0) * ms_per_token / 1_000.0);
        RateLimitStatus {
            limit: self.per_minute,
            remaining: whole(left.floor()),
            reset_seconds: seconds(burst),
            retry_seconds: (!passes).then(|| seconds(1.0).max(1)),
        }
    }

    pub fn of_key(&self, key: ApiKeyId, now: Timestamp) -> Option<RateLimitStatus> {
        self.take(&self.keys, key, now)
    }

    pub fn of_network(&self, network: String, now: Timestamp) -> Option<RateLimitStatus> {
        self.take(&self.networks, network, now)
    }

    fn take<K: std::hash::Hash + Eq + Clone>(
        &self,
        of: &Buckets<K>,
        key: K,
        now: Timestamp,
    ) -> Option<RateLimitStatus> {
        if self.per_minute == 0 {
            return None;
        }
        let requested = [(key, self.rate())];
        let passes = of.take(&requested, now);
        let [(key, rate)] = requested;
        Some(self.status(of.left(&key, rate, now), passes))
    }

    /// The status of a network that has no tokens left. Takes none.
    pub fn exhausted_network(&self, network: &String, now: Timestamp) -> Option<RateLimitStatus> {
        let left = (self.per_minute > 0).then(|| self.networks.left(network, self.rate(), now))?;
        (left < 1.0).then(|| self.status(left, false))
    }

    /// Remembers a bearer that was valid.
    pub fn was_valid(&self, bearer_hash: [u8; 32]) {
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        let ValidBearers { recent, older } = &mut *valid;
        if recent.len() >= VALID_MAX && !recent.contains(&bearer_hash) {
            *older = std::mem::take(recent);
        }
        recent.insert(bearer_hash);
    }

    /// Forgets a bearer that is no longer valid.
    pub fn is_invalid(&self, bearer_hash: &[u8; 32]) {
        let mut valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        valid.recent.remove(bearer_hash);
        valid.older.remove(bearer_hash);
    }

    pub fn is_known(&self, bearer_hash: &[u8; 32]) -> bool {
        let valid = self.valid.lock().unwrap_or_else(PoisonError::into_inner);
        valid.recent.contains(bearer_hash) || valid.older.contains(bearer_hash)
    }
}

impl RateLimitStatus {
    /// Writes the headers that most clients know, and those of the IETF's draft (draft-ietf-httpapi-ratelimit-headers).
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

    use super::{super::buckets::BUCKETS_MAX, *};

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

    /// What the first key has left. Takes no token.
    fn take_left(limit: &RateLimit) -> u32 {
        whole(limit.keys.left(&key(1), limit.rate(), at(0)).floor())
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
    fn a_look_at_a_networks_bucket_takes_nothing() {
        let (limit, network) = (RateLimit::new(1), "192.0.2.1".to_owned());
        for _ in 0..3 {
            assert_eq!(limit.exhausted_network(&network, at(0)), None);
        }
        limit.of_network(network.clone(), at(0)).unwrap();
        assert_eq!(limit.exhausted_network(&network, at(0)).unwrap().retry_seconds, Some(60));
        assert_eq!(limit.exhausted_network(&network, at(60_000)), None);
        assert_eq!(RateLimit::new(0).exhausted_network(&network, at(0)), None);
    }

    #[test]
    fn a_bearer_is_known_while_it_is_valid() {
        let limit = RateLimit::new(1);
        limit.was_valid([1; 32]);
        assert!(limit.is_known(&[1; 32]) && !limit.is_known(&[2; 32]));
        limit.is_invalid(&[1; 32]);
        assert!(!limit.is_known(&[1; 32]));
    }

    #[test]
    fn many_new_bearers_dont_push_out_one_in_use() {
        let limit = RateLimit::new(1);
        let number = |number: u32| std::array::from_fn(|at| number.to_be_bytes().get(at).copied().unwrap_or_default());
        for one in 0..3 * u32::try_from(VALID_MAX).unwrap() {
            limit.was_valid(number(one));
            limit.was_valid([0xff; 32]);
        }
        assert!(limit.is_known(&[0xff; 32]) && !limit.is_known(&number(0)));
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
        assert!(limit.networks.len() <= BUCKETS_MAX);
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
