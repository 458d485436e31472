//! Where a request comes from: the address that counts, its network, and what is kept in its stead.

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

/// The address at the other end of the connection.
pub fn peer(parts: &Parts) -> Option<IpAddr> {
    parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(address)| address.ip())
}

/// The address that a proxy beside us says it forwards for, else the peer's own.
pub fn source(peer: Option<IpAddr>, headers: &HeaderMap) -> Option<IpAddr> {
    let peer = peer?;
    let beside_us = match peer.to_canonical() {
        IpAddr::V4(address) => address.is_loopback() || address.is_private(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unique_local(),
    };
    // The last entry is the one that the nearest proxy wrote itself.
    let forwarded = headers
        .get_all("x-forwarded-for")
        .iter()
        .next_back()
        .and_then(|value| value.to_str().ok()?.rsplit(',').next()?.trim().parse().ok());
    if beside_us { forwarded.or(Some(peer)) } else { Some(peer) }
}

/// One household or office: the address, for IPv6 its /64.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => format!("{:?}", &address.segments()[..4]),
    }
}

/// 64 bits that are the same for one network during one day (UTC), and tell nothing else to whoever lacks the key.
pub fn source_hash(ring: &KeyRing, address: IpAddr, at: Timestamp) -> String {
    let day = at.millis().div_euclid(86_400_000);
    // HMAC takes a key of any length; the other arm can't be reached.
    let key = ring.current().bytes();
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
    mac.update(b"source\0");
    mac.update(&day.to_be_bytes());
    mac.update(network(address).as_bytes());
    let hash = mac.finalize().into_bytes();
    encode_hex(hash.first_chunk::<8>().unwrap_or(&[0; 8]))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use shared::keys::Purpose;

    use super::*;

    #[test]
    fn only_a_proxy_beside_us_is_believed() {
        let mut headers = HeaderMap::new();
        headers.insert("x-forwarded-for", HeaderValue::from_static("1.1.1.1, 203.0.113.7"));
        let of = |peer: &str| source(Some(peer.parse().unwrap()), &headers).unwrap().to_string();
        assert_eq!(of("10.0.0.5"), "203.0.113.7");
        assert_eq!(of("198.51.100.4"), "198.51.100.4");
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
        assert_eq!(hash("203.0.113.7", 0).len(), 16);
    }
}
