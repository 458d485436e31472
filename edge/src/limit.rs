//! How much one network may ask for: what pages send, unknown names, and clicks that are counted.
//!
//! Each isolate counts for itself; where the Rate Limiting binding is there, all isolates of a place count together. What
//! is too much gets 429, with one exception: a visitor who follows a link is always redirected, only not counted any more.

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
/// A minute's requests of a network for each of the addresses that pages use, and its clicks that are counted. As `PAGES` in
/// wrangler.toml.
const PAGES_MAX: u16 = 3_000;
/// A minute's unknown names of a network. As `STRANGERS` in wrangler.toml.
const STRANGERS_MAX: u16 = 300;
/// For so many of them the ledger may be asked: fewer than the isolate may ask in all, so that one network can't use that up.
const ASKS_MAX: u16 = 100;
/// Networks that meet in a place count together: the places are chosen by a secret, and there are enough of them.
const PLACES: usize = 4_096;

/// What is limited, each separately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// Clicks by a link; what is beyond is not counted.
    Follow,
    Loader,
    Track,
    Pixel,
    /// Unknown links and hosts: who follows one is never refused.
    Slug,
    /// Unknown keys, programs, connections, and slugs that the script sends.
    Stranger,
}

const KINDS: usize = What::Stranger as usize + 1;

impl What {
    const fn most(self) -> u16 {
        if matches!(self, Self::Slug | Self::Stranger) { STRANGERS_MAX } else { PAGES_MAX }
    }

    /// As what an unknown record of this key counts.
    pub fn of(key: &str) -> Self {
        if key.starts_with("link:") || key.starts_with("host:") { Self::Slug } else { Self::Stranger }
    }

    const fn binding(self) -> &'static str {
        if matches!(self, Self::Stranger) { "STRANGERS" } else { "PAGES" }
    }
}

/// This isolate's own counts of a minute.
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
        // FNV-1a: who doesn't know the seed can't choose whom to meet.
        let hash =
            network.iter().fold(self.seed, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
        &mut self.counts[what as usize * PLACES + (hash >> 40) as usize % PLACES]
    }

    /// Counts one; whether it is within the limit.
    fn take(&mut self, what: What, network: &Network, now: i64) -> bool {
        let count = self.count(what, network, now);
        *count = count.saturating_add(1);
        *count <= what.most()
    }

    /// Whether a click still counts. One that doesn't is noted for the operator.
    pub fn may_count(&mut self, address: &str, now: i64) -> bool {
        let within = network::of(address).is_none_or(|network| self.take(What::Follow, &network, now));
        self.uncounted += u64::from(!within);
        within
    }

    /// Counts an unknown name; whether it is within the limit.
    pub fn stranger(&mut self, what: What, address: &str, now: i64) -> bool {
        network::of(address).is_none_or(|network| self.take(what, &network, now))
    }

    /// Whether for a name that this network sends the ledger may be asked.
    pub fn may_ask(&mut self, what: What, address: &str, now: i64) -> bool {
        network::of(address).is_none_or(|network| *self.count(what, &network, now) < ASKS_MAX)
    }

    /// Clicks that were too many, since this isolate started.
    pub const fn uncounted(&self) -> u64 {
        self.uncounted
    }
}

/// Counts one here, and in the place's own limiter. Boxed: each place that awaits it would hold a copy.
fn limited<'a>(env: &'a Env, inbound: &'a Inbound, what: What) -> LocalBoxFuture<'a, Option<Answer>> {
    Box::pin(async move {
        // Cloudflare names an address for every request; without one there is nothing to go by.
        let network = network::of(&inbound.address)?;
        let now = worker_state::now().millis();
        if worker_state::counts(|counts| counts.take(what, &network, now)) {
            // A limiter that isn't bound or fails limits nothing: this isolate still does.
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

/// Lets a page's request in.
///
/// # Errors
/// The 429 to give.
pub async fn page(env: &Env, inbound: &Inbound, what: What) -> Result<(), Answer> {
    limited(env, inbound, what).await.map_or(Ok(()), Err)
}

/// The answer to an unknown name: the usual refusal, or 429 where a network tries too many.
pub async fn stranger(env: &Env, inbound: &Inbound, refusal: Answer) -> Answer {
    limited(env, inbound, What::Stranger).await.unwrap_or(refusal)
}

/// A page may read it: it says nothing about anyone.
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
        let mut within = |address: &str, now| counts.may_count(address, now);
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
        assert!(counts.may_count("203.0.113.7", 0), "who tries names still follows links");
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
