//! Limits actions that cost more than a response, and issues the cookie with which a browser shows that it has signed
//! in before. The limits are in this process's memory; those that must survive it and span several processes are in
//! [`crate::limit`].

use std::net::IpAddr;

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use shared::{
    keys::{Key, KeyRing},
    timestamp::Timestamp,
};

use super::{
    buckets::{Buckets, KeyedRate, Rate},
    source::subscriber_network,
};

/// Applications on one page, no matter who sends them: sixty an hour.
const PAGE: Rate = Rate { burst: 60.0, ms_per_token: 60_000.0 };
/// Of these, from one network: twelve an hour. It can't keep the page busy for everyone else, and an office can still
/// apply together.
const PAGE_NETWORK: Rate = Rate { burst: 10.0, ms_per_token: 300_000.0 };
/// Actions that cost vendors, files or the edge something, by affiliate.
const COSTLY: Rate = Rate { burst: 20.0, ms_per_token: 30_000.0 };
/// Checks of a brand's own site or DNS.
const PUBLIC_ACTIONS: Rate = Rate { burst: 6.0, ms_per_token: 5_000.0 };
/// Previews of applicants' websites: someone goes through a list of them.
const PREVIEWS: Rate = Rate { burst: 20.0, ms_per_token: 3_000.0 };

/// New starts of a test mode, each of which leaves a closed organization behind for a week.
const STARTS: Rate = Rate { burst: 5.0, ms_per_token: 600_000.0 };

/// Buckets by hash: the memory contains no address.
#[derive(Debug, Default)]
pub struct Throttle(Buckets<[u8; 32]>);

/// Actions that cost more than a response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CostlyAction {
    /// A check of a brand's site, by organization.
    Look,
    /// A preview of an applicant's website, by organization.
    Website,
    /// A check of a host's DNS, by organization.
    HostCheck,
    /// A new start of a test mode, by live organization.
    TestMode,
    /// By affiliate: payout method, tax forms, name and links.
    Payout,
    TaxForm,
    Profile,
}

impl CostlyAction {
    const fn rate(self) -> (&'static str, Rate) {
        match self {
            Self::Look => ("look", PUBLIC_ACTIONS),
            Self::Website => ("website", PREVIEWS),
            Self::HostCheck => ("host-check", PUBLIC_ACTIONS),
            Self::TestMode => ("test-mode", STARTS),
            Self::Payout => ("payout", COSTLY),
            Self::TaxForm => ("tax-form", COSTLY),
            Self::Profile => ("profile", COSTLY),
        }
    }
}

impl Throttle {
    /// Whether the action is allowed once more for this subject.
    pub fn admit_costly(&self, action: CostlyAction, whose: &str, now: Timestamp) -> bool {
        let (name, rate) = action.rate();
        self.take(&[(named(name, whose), rate)], now)
    }

    /// Whether the page with this handle takes one more application, and takes it from there. One that is refused for its
    /// network doesn't count for the page.
    pub fn admit_application(&self, page: &str, source: Option<IpAddr>, now: Timestamp) -> bool {
        let of_network = source.map(|source| {
            let whose = format!("{page}\0{}", subscriber_network(source));
            (named("page-network", &whose), PAGE_NETWORK)
        });
        let requested: Vec<KeyedRate> = [(named("page", page), PAGE)].into_iter().chain(of_network).collect();
        self.take(&requested, now)
    }

    /// Takes one token from each bucket, or from none.
    pub fn take(&self, requested: &[KeyedRate], now: Timestamp) -> bool {
        self.0.take(requested, now)
    }

    pub fn put_back(&self, taken: &[KeyedRate]) {
        self.0.put_back(taken);
    }
}

/// The name of a bucket.
fn named(kind: &str, whose: &str) -> [u8; 32] {
    Sha256::new().chain_update(kind).chain_update([0]).chain_update(whose).finalize().into()
}

/// The content of a device cookie apart from its MAC: a nonce, and when it was issued.
const DEVICE_LEN: usize = 16 + 8;

/// Creates a device cookie for the account.
pub fn device_cookie(ring: &KeyRing, email: &str, now: Timestamp) -> String {
    let mut message = [0; DEVICE_LEN];
    let (nonce, issued) = message.split_at_mut(16);
    nonce.copy_from_slice(&rand::random::<[u8; 16]>());
    issued.copy_from_slice(&now.millis().to_be_bytes());
    let mac = device_mac(ring.current(), email, &message).finalize().into_bytes();
    BASE64_URL_SAFE_NO_PAD.encode([&[ring.current().id], &message[..], &mac].concat())
}

/// Returns when the cookie was issued to a browser that signed in as this account; `None` if it wasn't.
pub fn device_issued(ring: &KeyRing, email: &str, cookie: &str) -> Option<Timestamp> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cookie).ok()?;
    let (&id, rest) = bytes.split_first()?;
    let (message, mac) = rest.split_first_chunk::<DEVICE_LEN>()?;
    device_mac(ring.get(id)?, email, message).verify_slice(mac).ok()?;
    let issued = message.last_chunk::<8>()?;
    Timestamp::from_millis(i64::from_be_bytes(*issued)).ok()
}

fn device_mac(key: &Key, email: &str, message: &[u8; DEVICE_LEN]) -> Hmac<Sha256> {
    // HMAC takes a key of any length; the fallback can't be reached.
    let mut mac = Hmac::<Sha256>::new_from_slice(key.bytes()).unwrap_or_else(|_| Hmac::new(&Default::default()));
    mac.update(b"device 2\0");
    mac.update(message);
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

    #[test]
    fn costly_acts_have_a_pace_of_their_own() {
        let throttle = Throttle::default();
        let looked = |whose: &str, seconds| throttle.admit_costly(CostlyAction::Look, whose, at(seconds));
        assert_eq!((0..20).filter(|_| looked("acme", 0)).count(), 6);
        assert!(looked("globex", 0) && !looked("acme", 4) && looked("acme", 6));
        assert!(throttle.admit_costly(CostlyAction::TaxForm, "acme", at(0)), "another act");
        assert_eq!((0..100).filter(|_| throttle.admit_costly(CostlyAction::TestMode, "acme", at(0))).count(), 5);
    }

    #[test]
    fn a_page_takes_sixty_applications_and_few_from_one_network() {
        let throttle = Throttle::default();
        let applies =
            |page: &str, source: &str, seconds| throttle.admit_application(page, source.parse().ok(), at(seconds));
        assert_eq!((0..100).filter(|_| applies("acme", "203.0.113.7", 0)).count(), 10);
        assert!(applies("globex", "203.0.113.7", 0), "another page");
        assert!(!applies("acme", "203.0.113.7", 299) && applies("acme", "203.0.113.7", 301));
        // A day of one network leaves the page to others.
        assert!((302..86_400).step_by(15).filter(|seconds| applies("acme", "203.0.113.7", *seconds)).count() < 300);
        assert!((0..5).all(|number| applies("acme", &format!("2001:db8:{number}::1"), 86_400)));
        let throttle = Throttle::default();
        assert_eq!((0..100).filter(|_| throttle.admit_application("acme", None, at(0))).count(), 60);
    }

    #[test]
    fn successes_are_free() {
        let throttle = Throttle::default();
        let requested = [([1; 32], PUBLIC_ACTIONS)];
        for _ in 0..100 {
            assert!(throttle.take(&requested, at(0)));
            throttle.put_back(&requested);
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
