//! Determines where a request comes from: the effective address, its network, and the hash kept in its place.

use std::net::{IpAddr, SocketAddr};

use axum::{
    extract::ConnectInfo,
    http::{HeaderMap, request::Parts},
};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use shared::{
    keys::{KeyRing, encode_hex},
    timestamp::Timestamp,
};

use crate::config::proxies::TrustedProxies;

/// The address at the other end of the connection.
fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// The address that a request comes from.
pub fn of(parts: &Parts, proxies: &TrustedProxies) -> Option<IpAddr> {
    source(peer(parts), &parts.headers, proxies)
}

/// Returns the peer's own address or, if the peer is a trusted proxy, the right-most address in `X-Forwarded-For` that
/// isn't one: each proxy appends the address it saw, so the caller may have invented anything further left.
fn source(peer: Option<IpAddr>, headers: &HeaderMap, proxies: &TrustedProxies) -> Option<IpAddr> {
    let mut nearest = peer?.to_canonical();
    let values: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().map(|value| value.to_str().unwrap_or_default()).collect();
    let mut forwarded = values.iter().rev().flat_map(|value| value.rsplit(','));
    while proxies.include(nearest) {
        // No proxy writes an unreadable entry: nothing further left counts.
        let Some(address) = forwarded.next().and_then(|text| text.trim().parse::<IpAddr>().ok()) else { break };
        nearest = address.to_canonical();
    }
    Some(nearest)
}

/// The network whose requests a limit counts together: the address, for IPv6 its /48.
///
/// That is the range from which one subscriber can choose addresses: RFC 6177 gives a site between a /56 and a /48, and
/// tunnel brokers give a /48 to anyone. If each /64 counted alone, such a subscriber would have each limit 65,536
/// times. The price is that subscribers who get less than a /48 share a limit with their neighbors.
pub fn subscriber_network(address: IpAddr) -> String {
    prefix(address, 3)
}

/// The network of one household or office: the address, for IPv6 its /64.
///
/// That is one local network. It shows that two requests probably come from the same place, and limits nothing: someone
/// with more of these networks only appears at several places.
fn household_network(address: IpAddr) -> String {
    prefix(address, 4)
}

/// An IPv4 address, or the first groups of 16 bits of an IPv6 address.
fn prefix(address: IpAddr, groups: usize) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:?}", address.segments().iter().take(groups).collect::<Vec<_>>()),
    }
}

/// Returns 64 bits that are the same for one household during one day (UTC), and reveal nothing else without the key.
pub fn source_hash(ring: &KeyRing, address: IpAddr, at: Timestamp) -> String {
    let day = at.millis().div_euclid(86_400_000);
    // HMAC takes a key of any length; the fallback can't be reached.
    let key = ring.current().bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
    mac.update(b"source\0");
    mac.update(&day.to_be_bytes());
    mac.update(household_network(address).as_bytes());
    let hash = mac.finalize().into_bytes();
    encode_hex(hash.first_chunk::<8>().unwrap_or(&[0; 8]))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use shared::keys::Purpose;

    use super::*;

    fn of(peer: &str, forwarded: &[&'static str], proxies: &str) -> String {
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_static(value));
        }
        let proxies = TrustedProxies::parse(proxies).unwrap();
        source(Some(peer.parse().unwrap()), &headers, &proxies).unwrap().to_string()
    }

    #[test]
    fn no_peer_is_believed_unless_it_is_named() {
        for peer in ["127.0.0.1", "10.0.0.5", "172.17.0.1", "::1", "fd00::1", "198.51.100.4"] {
            assert_eq!(of(peer, &["203.0.113.7"], ""), peer);
            assert_eq!(of(peer, &["203.0.113.7"], "192.0.2.0/24"), peer);
        }
        assert_eq!(of("10.0.0.5", &["203.0.113.7"], "10.0.0.0/8"), "203.0.113.7");
        assert_eq!(of("::ffff:10.0.0.5", &["203.0.113.7"], "10.0.0.0/8"), "203.0.113.7");
    }

    #[test]
    fn the_right_most_address_that_is_no_proxy_counts() {
        let proxies = "10.0.0.0/8, 192.0.2.7,fd00::/8";
        assert_eq!(of("10.0.0.5", &["1.1.1.1, 203.0.113.7"], proxies), "203.0.113.7");
        assert_eq!(of("10.0.0.5", &["1.1.1.1, 203.0.113.7, 192.0.2.7"], proxies), "203.0.113.7");
        assert_eq!(of("fd00::2", &["1.1.1.1", "203.0.113.7", "10.1.1.1"], proxies), "203.0.113.7", "several headers");
        assert_eq!(of("10.0.0.5", &[], proxies), "10.0.0.5");
        assert_eq!(of("10.0.0.5", &["10.0.0.9"], proxies), "10.0.0.9", "all are proxies: the furthest");
        assert_eq!(of("10.0.0.5", &["203.0.113.7, unknown, 10.0.0.9"], proxies), "10.0.0.9");
    }

    #[test]
    fn a_network_has_one_hash_a_day() {
        let ring = KeyRing::parse(&format!("1:{}", "ab".repeat(32)), Purpose::Pages).unwrap();
        let at = |hours: i64| Timestamp::from_seconds(1_790_035_200 + hours * 3_600).unwrap();
        let hash = |address: &str, hours| source_hash(&ring, address.parse().unwrap(), at(hours));
        assert_eq!(hash("203.0.113.7", 0), hash("203.0.113.7", 23));
        assert_ne!(hash("203.0.113.7", 0), hash("203.0.113.7", 24));
        assert_ne!(hash("203.0.113.7", 0), hash("203.0.113.8", 0));
        assert_eq!(hash("2001:db8:1:2::1", 0), hash("2001:db8:1:2:ffff::9", 0));
        assert_ne!(hash("2001:db8:1:2::1", 0), hash("2001:db8:1:3::1", 0), "another household");
        assert_eq!(hash("203.0.113.7", 0).len(), 16);
    }

    #[test]
    fn a_limit_counts_all_addresses_of_a_subscriber() {
        let network = |address: &str| subscriber_network(address.parse().unwrap());
        for same in ["2001:db8:7:ffff::", "2001:db8:7:1:2:3:4:5", "2001:0DB8:0007::9"] {
            assert_eq!(network(same), network("2001:db8:7::1"), "{same}");
        }
        assert_ne!(network("2001:db8:8::1"), network("2001:db8:7::1"));
        assert_eq!(network("::ffff:203.0.113.7"), network("203.0.113.7"));
        assert_ne!(network("203.0.113.8"), network("203.0.113.7"));
    }
}
