//! Slows down guessing of passwords, without handing strangers a way to lock a person out.
//!
//! Each attempt takes a token from the buckets of its account and of its source; they refill by themselves. A browser
//! that has signed in before proves it with a device cookie and draws from a bucket of its own, so that whoever empties
//! an account's bucket from elsewhere does not stop its owner (OWASP, "Device cookies").

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{Mutex, PoisonError},
};

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use shared::{
    keys::{Key, KeyRing},
    timestamp::Timestamp,
};

use super::source::network;

/// A bucket's size and how long one token takes to come back.
#[derive(Debug, Clone, Copy)]
struct Rate {
    burst: f64,
    ms_per_token: f64,
}

const ACCOUNT: Rate = Rate { burst: 10.0, ms_per_token: 30_000.0 };
const DEVICE: Rate = Rate { burst: 10.0, ms_per_token: 30_000.0 };
const SOURCE: Rate = Rate { burst: 30.0, ms_per_token: 2_000.0 };
/// Asking for letters, signing up: by source, and by the address that the letters go to.
const ERRANDS: Rate = Rate { burst: 20.0, ms_per_token: 15_000.0 };
const LETTERS: Rate = Rate { burst: 5.0, ms_per_token: 600_000.0 };
/// Applications on one page, whoever sends them: sixty an hour.
const PAGE: Rate = Rate { burst: 60.0, ms_per_token: 60_000.0 };
/// What costs vendors, files or the edge something, by the affiliate who does it.
const COSTLY: Rate = Rate { burst: 20.0, ms_per_token: 30_000.0 };
/// Looks at a brand's own site.
const LOOKS: Rate = Rate { burst: 6.0, ms_per_token: 5_000.0 };
/// Buckets kept at most; beyond it the full ones are forgotten, and then all.
const BUCKETS_MAX: usize = 50_000;

#[derive(Debug, Clone, Copy)]
struct Bucket {
    tokens: f64,
    at: Timestamp,
    rate: Rate,
}

impl Bucket {
    fn refilled(self, now: Timestamp) -> Self {
        #[expect(clippy::cast_precision_loss, reason = "milliseconds between two attempts")]
        let passed = (now.millis() - self.at.millis()).max(0) as f64;
        Self { tokens: (self.tokens + passed / self.rate.ms_per_token).min(self.rate.burst), at: now, ..self }
    }
}

/// Buckets by hash: the memory holds no address and no e-mail.
#[derive(Debug, Default)]
pub struct Throttle(Mutex<HashMap<[u8; 32], Bucket>>);

/// What anybody may ask for without being signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    SignUp,
    Reset,
    Verify,
    AffiliateLink,
    Application,
    /// What a brand's people are told of applications.
    ApplicationNotice,
}

impl Errand {
    const fn name(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::Reset => "reset",
            Self::Verify => "verify",
            Self::AffiliateLink => "affiliate-link",
            Self::Application => "application",
            Self::ApplicationNotice => "application-notice",
        }
    }
}

/// What costs more than an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// An application, by the page's handle.
    Application,
    /// A look at a brand's site, by organization.
    Look,
    /// By affiliate: how they are paid, their tax forms, their name and links.
    Payout,
    TaxForm,
    Profile,
}

impl Act {
    const fn rate(self) -> (&'static str, Rate) {
        match self {
            Self::Application => ("page", PAGE),
            Self::Look => ("look", LOOKS),
            Self::Payout => ("payout", COSTLY),
            Self::TaxForm => ("tax-form", COSTLY),
            Self::Profile => ("profile", COSTLY),
        }
    }
}

/// Who tries to sign in.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    pub email: &'a str,
    pub source: Option<IpAddr>,
    /// A device cookie of this e-mail, as [`super::caller::Caller::device`] gives it.
    pub device: Option<&'a str>,
}

impl Attempt<'_> {
    fn buckets(&self) -> Vec<([u8; 32], Rate)> {
        let source = self.source.map(|source| (hash("source", &network(source)), SOURCE));
        match self.device {
            Some(device) => vec![(hash("device", device), DEVICE)],
            None => [(hash("account", self.email), ACCOUNT)].into_iter().chain(source).collect(),
        }
    }
}

impl Throttle {
    /// Whether the attempt may be made; if so, it is paid for.
    pub fn admit(&self, attempt: &Attempt<'_>, now: Timestamp) -> bool {
        self.spend(&attempt.buckets(), now)
    }

    /// Whether whoever is at that address may ask once more.
    pub fn admit_errand(&self, errand: Errand, source: Option<IpAddr>, now: Timestamp) -> bool {
        source.is_none_or(|source| self.spend(&[(hash(errand.name(), &network(source)), ERRANDS)], now))
    }

    /// Whether one more letter of that kind may go to an address. A browser that signed in as its owner has letters of
    /// its own, which no stranger can use up.
    pub fn admit_letter(&self, errand: Errand, address: &str, device: Option<&str>, now: Timestamp) -> bool {
        let whose = device.map_or_else(|| format!("to\0{address}"), |device| format!("device\0{device}"));
        self.spend(&[(hash(errand.name(), &whose), LETTERS)], now)
    }

    /// Whether it may be done once more for whomever it is for.
    pub fn admit_act(&self, act: Act, whose: &str, now: Timestamp) -> bool {
        let (name, rate) = act.rate();
        self.spend(&[(hash(name, whose), rate)], now)
    }

    /// Takes one token of each bucket, or of none.
    fn spend(&self, wanted: &[([u8; 32], Rate)], now: Timestamp) -> bool {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        make_room(&mut buckets, now);
        let filled = |buckets: &HashMap<_, Bucket>, (name, rate): &([u8; 32], Rate)| {
            let fresh = Bucket { tokens: rate.burst, at: now, rate: *rate };
            buckets.get(name).copied().unwrap_or(fresh).refilled(now)
        };
        let admitted = wanted.iter().all(|one| filled(&buckets, one).tokens >= 1.0);
        for one in wanted {
            let bucket = filled(&buckets, one);
            let tokens = if admitted { bucket.tokens - 1.0 } else { bucket.tokens };
            buckets.insert(one.0, Bucket { tokens, ..bucket });
        }
        admitted
    }

    /// A success costs nothing.
    pub fn refund(&self, attempt: &Attempt<'_>) {
        let mut buckets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (name, rate) in attempt.buckets() {
            if let Some(bucket) = buckets.get_mut(&name) {
                bucket.tokens = (bucket.tokens + 1.0).min(rate.burst);
            }
        }
    }
}

fn make_room(buckets: &mut HashMap<[u8; 32], Bucket>, now: Timestamp) {
    if buckets.len() >= BUCKETS_MAX {
        buckets.retain(|_, bucket| bucket.refilled(now).tokens < bucket.rate.burst);
    }
    if buckets.len() >= BUCKETS_MAX {
        buckets.clear();
    }
}

fn hash(kind: &str, value: &str) -> [u8; 32] {
    Sha256::new().chain_update(kind).chain_update([0]).chain_update(value).finalize().into()
}

/// What a device cookie says beside its MAC: a nonce, and when it was issued.
const DEVICE_LEN: usize = 16 + 8;

/// A fresh device cookie for the account.
pub fn device_cookie(ring: &KeyRing, email: &str, now: Timestamp) -> String {
    let mut said = [0; DEVICE_LEN];
    let (nonce, issued) = said.split_at_mut(16);
    nonce.copy_from_slice(&rand::random::<[u8; 16]>());
    issued.copy_from_slice(&now.millis().to_be_bytes());
    let mac = device_mac(ring.current(), email, &said).finalize().into_bytes();
    BASE64_URL_SAFE_NO_PAD.encode([&[ring.current().id], &said[..], &mac].concat())
}

/// When the cookie was issued to a browser that signed in as this account; `None` where it wasn't.
pub fn device_issued(ring: &KeyRing, email: &str, cookie: &str) -> Option<Timestamp> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cookie).ok()?;
    let (&id, rest) = bytes.split_first()?;
    let (said, mac) = rest.split_first_chunk::<DEVICE_LEN>()?;
    device_mac(ring.get(id)?, email, said).verify_slice(mac).ok()?;
    let issued = said.last_chunk::<8>()?;
    Timestamp::from_millis(i64::from_be_bytes(*issued)).ok()
}

fn device_mac(key: &Key, email: &str, said: &[u8; DEVICE_LEN]) -> Hmac<Sha256> {
    // HMAC takes a key of any length; the other arm can't be reached.
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).unwrap_or_else(|_| Hmac::new(&Default::default()));
    mac.update(b"device 2\0");
    mac.update(said);
    mac.update(email.as_bytes());
    mac
}

#[cfg(test)]
mod tests {
    use shared::keys::Purpose;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(1_790_000_000 + seconds).unwrap()
    }

    const OWNER: Attempt<'_> =
        Attempt { email: "owner@acme.test", source: Some(IpAddr::V4(std::net::Ipv4Addr::LOCALHOST)), device: None };

    #[test]
    fn an_account_takes_ten_guesses_and_then_one_in_thirty_seconds() {
        let throttle = Throttle::default();
        assert!((0..10).all(|_| throttle.admit(&OWNER, at(0))));
        assert!(!throttle.admit(&OWNER, at(0)));
        assert!(!throttle.admit(&OWNER, at(29)));
        assert!(throttle.admit(&OWNER, at(31)));
        assert!(!throttle.admit(&OWNER, at(31)));
    }

    #[test]
    fn a_known_device_is_not_stopped_by_strangers() {
        let throttle = Throttle::default();
        while throttle.admit(&OWNER, at(0)) {}
        assert!(throttle.admit(&Attempt { device: Some("cookie"), ..OWNER }, at(0)));
    }

    #[test]
    fn one_source_can_not_try_account_after_account() {
        let throttle = Throttle::default();
        let emails: Vec<String> = (0..31).map(|number| format!("{number}@acme.test")).collect();
        let admitted = emails.iter().filter(|email| throttle.admit(&Attempt { email, ..OWNER }, at(0))).count();
        assert_eq!(admitted, 30);
    }

    #[test]
    fn letters_are_few_and_their_owner_is_not_stopped_by_strangers() {
        let throttle = Throttle::default();
        let to = |device| throttle.admit_letter(Errand::Reset, "owner@acme.test", device, at(0));
        assert_eq!((0..9).filter(|_| to(None)).count(), 5);
        assert!(to(Some("cookie")));
        assert!(throttle.admit_letter(Errand::Reset, "other@acme.test", None, at(0)));
        assert!(throttle.admit_letter(Errand::Reset, "owner@acme.test", None, at(601)));
        let asked = (0..30).filter(|_| throttle.admit_errand(Errand::SignUp, OWNER.source, at(0))).count();
        assert_eq!(asked, 20);
        assert!(throttle.admit_errand(Errand::Reset, OWNER.source, at(0)));
    }

    #[test]
    fn costly_acts_have_a_pace_of_their_own() {
        let throttle = Throttle::default();
        let looked = |whose: &str, seconds| throttle.admit_act(Act::Look, whose, at(seconds));
        assert_eq!((0..20).filter(|_| looked("acme", 0)).count(), 6);
        assert!(looked("globex", 0) && !looked("acme", 4) && looked("acme", 6));
        assert!(throttle.admit_act(Act::TaxForm, "acme", at(0)), "another act");
        assert_eq!((0..100).filter(|_| throttle.admit_act(Act::Application, "acme", at(0))).count(), 60);
    }

    #[test]
    fn successes_are_free() {
        let throttle = Throttle::default();
        for _ in 0..100 {
            assert!(throttle.admit(&OWNER, at(0)));
            throttle.refund(&OWNER);
        }
    }

    #[test]
    fn a_device_cookie_is_for_its_account_only() {
        let ring = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::Pages).unwrap();
        let cookie = device_cookie(&ring, "owner@acme.test", at(5));
        assert_eq!(device_issued(&ring, "owner@acme.test", &cookie), Some(at(5)));
        assert_eq!(device_issued(&ring, "other@acme.test", &cookie), None);
        for end in 0..cookie.len() {
            assert_eq!(device_issued(&ring, "owner@acme.test", &cookie[..end]), None);
        }
    }
}
