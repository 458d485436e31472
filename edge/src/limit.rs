//! Limits how much one network may request: calls from pages, unknown names, and counted clicks.
//!
//! Each isolate counts for itself; if the Rate Limiting binding is present, all isolates of a location also count
//! together. Requests over the limit get 429, with one exception: a visitor who follows a link is always redirected,
//! but no longer counted.

use futures_util::future::LocalBoxFuture;
use shared::error::ErrorBody;
use worker::Env;

use crate::{
    answer::Answer,
    collect::origin,
    http_adapter::Inbound,
    network::{self, Network},
    runtime::limiter,
    worker_state,
};

const WINDOW_MILLIS: i64 = 60_000;
const RETRY_AFTER_SECONDS: &str = "60";
/// Requests per minute that a network may send to each of the endpoints for pages, and its clicks per minute that are
/// counted. Same as `PAGES` in wrangler.toml.
const PAGES_MAX: u16 = 3_000;
/// Unknown names per minute that a network may send. Same as `STRANGERS` in wrangler.toml.
const STRANGERS_MAX: u16 = 300;
/// For this many of them the ledger may be asked: fewer than the isolate's total, so that one network can't use that
/// up.
const ASKS_MAX: u16 = 100;
/// The number of counters. Networks that share one count together: a secret seed assigns them, and there are enough of
/// them.
const PLACES: usize = 4_096;

/// The kinds of requests, each limited separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Clicks on a link; those over the limit are not counted.
    Follow,
    Loader,
    Track,
    Pixel,
    /// Unknown links and hosts: a visitor who follows one is never refused.
    Slug,
    /// Unknown keys, programs, connections, and slugs that the script sends.
    Stranger,
}

const KINDS: usize = What::Stranger as usize + 1;

impl What {
    const fn most(self) -> u16 {
        if matches!(self, Self::Slug | Self::Stranger) { STRANGERS_MAX } else { PAGES_MAX }
    }

    /// The kind under which an unknown record with this key counts.
    pub fn of(key: &str) -> Self {
        if key.starts_with("link:") || key.starts_with("host:") { Self::Slug } else { Self::Stranger }
    }

    const fn binding(self) -> &'static str {
        if matches!(self, Self::Stranger) { "STRANGERS" } else { "PAGES" }
    }
}

/// This isolate's own counts for one minute.
#[derive(Debug, Default)]
pub struct Counts {
    counts: Vec<u16>,
    since: i64,
    seed: u64,
    uncounted: u64,
}

impl Counts {
    fn count(&mut self, what: What, network: &Network, now: i64) -> &mut u16 {
        if self.counts.is_empty() || now - self.since >= WINDOW_MILLIS {
            self.counts = vec![0; KINDS * PLACES];
            self.since = now;
            self.seed = u64::from_le_bytes(worker_state::random());
        }
        // FNV-1a: without the seed, no one can choose which networks share a counter.
        let hash =
            network.iter().fold(self.seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        &mut self.counts[what as usize * PLACES + (hash >> 40) as usize % PLACES]
    }

    /// Counts one. Returns whether it is within the limit.
    fn take(&mut self, what: What, network: &Network, now: i64) -> bool {
        let count = self.count(what, network, now);
        *count = count.saturating_add(1);
        *count <= what.most()
    }

    /// Whether a click still counts. One that doesn't is recorded for the operator.
    pub fn may_count(&mut self, network: Option<Network>, now: i64) -> bool {
        let within = network.is_none_or(|network| self.take(What::Follow, &network, now));
        self.uncounted += u64::from(!within);
        within
    }

    /// Counts an unknown name. Returns whether it is within the limit.
    pub fn stranger(&mut self, what: What, address: &str, now: i64) -> bool {
        network::of(address).is_none_or(|network| self.take(what, &network, now))
    }

    /// Whether the ledger may be asked for a name that this network sends.
    pub fn may_ask(&mut self, what: What, address: &str, now: i64) -> bool {
        network::of(address).is_none_or(|network| *self.count(what, &network, now) < ASKS_MAX)
    }

    /// Clicks over the limit since this isolate started.
    pub const fn uncounted(&self) -> u64 {
        self.uncounted
    }
}

/// Counts one here, and in the location's own limiter. Boxed: otherwise each function that awaits it would contain a
/// copy.
fn limited<'a>(env: &'a Env, inbound: &'a Inbound, what: What) -> LocalBoxFuture<'a, Option<Answer>> {
    Box::pin(async move {
        // Cloudflare sends an address with every request; without one, nothing can be counted.
        let network = network::of(&inbound.address)?;
        let now = worker_state::now().millis();
        if worker_state::counts(|counts| counts.take(what, &network, now)) {
            // A limiter that isn't bound, or fails, limits nothing: this isolate still does.
            if limiter::limit(env, what.binding(), &key(what, &network)).await.unwrap_or(true) {
                return None;
            }
            worker_state::counts(|counts| *counts.count(what, &network, now) = u16::MAX);
        }
        Some(too_many(inbound))
    })
}

fn key(what: What, network: &Network) -> String {
    let mut key = shared::keys::encode_hex(network);
    key.push(char::from(b'a' + what as u8));
    key
}

/// Admits a page's request.
///
/// # Errors
/// The 429 to return.
pub async fn page(env: &Env, inbound: &Inbound, what: What) -> Result<(), Answer> {
    limited(env, inbound, what).await.map_or(Ok(()), Err)
}

/// The response to an unknown name: the usual refusal, or 429 if a network tries too many.
pub async fn stranger(env: &Env, inbound: &Inbound, refusal: Answer) -> Answer {
    limited(env, inbound, What::Stranger).await.unwrap_or(refusal)
}

/// Any page may read this response: it says nothing about anyone.
fn too_many(inbound: &Inbound) -> Answer {
    let error = ErrorBody::new("rate_limited", "Too many requests from this network. Wait a minute, then try again.");
    let answer = Answer::error(429, &error).with("Retry-After", RETRY_AFTER_SECONDS);
    match origin::of(&inbound.header_or_empty("Origin"), "") {
        Some(origin) => origin::readable(answer, &origin),
        None => answer,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts() -> Counts {
        Counts { counts: vec![0; KINDS * PLACES], since: 0, seed: 7, uncounted: 0 }
    }

    #[test]
    fn a_network_has_its_number_a_minute() {
        let mut counts = counts();
        let mut within = |address: &str, now| counts.may_count(network::of(address), now);
        assert!((0..PAGES_MAX).all(|number| within(&format!("203.0.113.{}", number % 250), 5)));
        assert!(!within("203.0.113.251", 6), "another address of it");
        assert!(within("203.0.114.1", 6), "another network");
        assert!((0..5_000).all(|_| within("", 6)), "without an address there is nothing to go by");
        assert_eq!(counts.uncounted(), 1);
    }

    #[test]
    fn each_kind_counts_separately() {
        let mut counts = counts();
        let what = What::of("site:pk_x");
        assert_eq!((what, What::of("link:go.brand.com/x")), (What::Stranger, What::Slug));
        assert!((0..STRANGERS_MAX).all(|_| counts.stranger(what, "203.0.113.7", 0)));
        assert!(!counts.stranger(what, "203.0.113.7", 0));
        assert!(!counts.may_ask(what, "203.0.113.8", 0) && counts.may_ask(what, "203.0.114.7", 0));
        assert!(counts.may_ask(What::Slug, "203.0.113.7", 0), "links are another matter");
        assert!(counts.may_count(network::of("203.0.113.7"), 0), "who tries names still follows links");
    }

    #[test]
    fn a_network_is_asked_about_less_often_than_it_is_refused() {
        let mut counts = counts();
        let what = What::Stranger;
        assert!(
            (0..ASKS_MAX).all(|_| counts.may_ask(what, "203.0.115.7", 0) && counts.stranger(what, "203.0.115.8", 0))
        );
        assert!(!counts.may_ask(what, "203.0.115.9", 0) && counts.stranger(what, "203.0.115.9", 0));
    }

    #[test]
    fn the_limits_are_those_of_the_configuration() {
        let text = include_str!("../../wrangler.toml");
        for what in [What::Pixel, What::Stranger] {
            let (_, after) = text.split_once(&format!("name = \"{}\"", what.binding())).unwrap();
            let simple = after.split("[[").next().unwrap();
            assert!(simple.contains(&format!("limit = {}, period = 60", what.most())), "{simple}");
        }
    }
}
