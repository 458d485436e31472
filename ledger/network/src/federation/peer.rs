//! An installation that an operator named, and how its address is written. Pure.

use kit::outbound::{Reach, target};
use shared::{id::NetworkPeerId, timestamp::Timestamp};
use sqlx::types::Json;

use super::key::PublicKey;

/// The most installations.
pub const PEERS_MAX: i64 = 200;
/// After so many tries in a row that brought something invalid, the peer is paused until an operator looks.
pub const INVALID_MAX: i32 = 3;
/// Listings of a peer that wasn't read for so long aren't shown: they may be over.
pub const SHOWN_DAYS: i64 = 7;
/// How often its document is read again: it may have moved its inbox.
pub const DOCUMENT_DAYS: i64 = 1;
const EVERY_MS: i64 = 15 * 60 * 1_000;
const BACKOFF_MS_MAX: i64 = 6 * 60 * 60 * 1_000;

/// A peer as it is stored.
#[derive(Debug, Clone)]
pub struct Peer {
    pub id: NetworkPeerId,
    pub origin: String,
    pub host: String,
    /// `Proposed`, `Active` or `Paused`.
    pub status: String,
    pub keys: Json<Vec<PublicKey>>,
    /// Keys that it published since, without a signature by a trusted one.
    pub other_keys: Option<Json<Vec<PublicKey>>>,
    pub programs_url: String,
    /// Where it takes messages about applications.
    pub inbox_url: Option<String>,
    /// Whether an operator takes the applications that it sends.
    pub takes_applications: bool,
    pub cursor: i64,
    pub document_at: Option<Timestamp>,
    pub tried_at: Option<Timestamp>,
    pub pulled_at: Option<Timestamp>,
    pub failures: i32,
    pub invalid: i32,
    pub problem: Option<String>,
    pub dropped: i64,
    pub added_by: String,
    pub listings: i64,
}

/// An installation's address, and the part of it that people know it by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Such as `https://partners.example.com`.
    pub url: String,
    /// Such as `partners.example.com`.
    pub host: String,
}

impl Origin {
    /// Reads what an operator typed: an address or only a host's name.
    ///
    /// # Errors
    /// What is wrong with it, as the end of a sentence.
    pub fn parse(text: &str, reach: Reach) -> Result<Self, String> {
        let text = text.trim();
        let full = if text.contains("://") { text.to_owned() } else { format!("https://{text}") };
        let url = target::check(&full, reach).map_err(|refusal| refusal.to_string())?;
        if !matches!(url.path(), "" | "/") || url.query().is_some() {
            return Err("must be the address of an installation, without a path".to_owned());
        }
        let origin = url.origin().ascii_serialization();
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host).to_owned();
        Ok(Self { url: origin, host })
    }
}

/// When to read a peer again after so many failures in a row. `percent`, from 0 to 10, is added and keeps peers apart.
pub fn pause_ms(failures: i32, percent: u8) -> i64 {
    let doublings = u32::try_from(failures.clamp(0, 10)).unwrap_or_default();
    let pause = EVERY_MS.saturating_mul(2_i64.saturating_pow(doublings)).min(BACKOFF_MS_MAX);
    pause.saturating_add(pause / 100 * i64::from(percent.min(10)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_read_as_people_type_it() {
        let read = |text: &str| Origin::parse(text, Reach::Public);
        for text in ["partners.example.com", " https://Partners.example.com/ ", "https://partners.example.com:443"] {
            let expected =
                Origin { url: "https://partners.example.com".to_owned(), host: "partners.example.com".to_owned() };
            assert_eq!(read(text), Ok(expected), "{text}");
        }
        assert_eq!(read("https://a.example.com:8443").unwrap().host, "a.example.com:8443");
        for text in
            ["", "http://a.example.com", "https://a.example.com/network", "https://10.0.0.1", "localhost", "a b"]
        {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn failures_make_us_wait() {
        let minutes = |failures: i32| pause_ms(failures, 0) / 60_000;
        assert_eq!([0, 1, 2, 4, 5, 100].map(minutes), [15, 30, 60, 240, 360, 360]);
        assert_eq!(pause_ms(0, 10) - pause_ms(0, 0), EVERY_MS / 10);
        assert_eq!(pause_ms(0, 200), pause_ms(0, 10));
    }
}
