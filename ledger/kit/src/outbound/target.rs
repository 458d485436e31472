//! Checks a URL itself, before anything is resolved. `url` parses a host as browsers do, so every spelling of an IP
//! address (`127.1`, `0x7f.1`, `2130706433`) counts as one here.

use std::net::IpAddr;

use url::{Host, Url};

use super::{Reach, address::may_reach};

pub const URL_MAX: usize = 2_000;

/// Why a URL is not called, worded for the person who entered it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("must be a URL such as https://example.com/page")]
    Malformed,
    #[error("must start with https://")]
    Scheme,
    #[error("must not contain a user name or password")]
    Credentials,
    #[error("must not contain a fragment (#)")]
    Fragment,
    #[error("must use port 443, or a port from 1024")]
    Port,
    #[error("must point to a public address, not a private network")]
    Address,
    #[error("must be at most {URL_MAX} characters")]
    Length,
}

/// Names that never resolve to a public address.
const PRIVATE_NAMES: [&str; 6] = ["localhost", "local", "internal", "intranet", "home.arpa", "onion"];

pub fn check(text: &str, reach: Reach) -> Result<Url, Refusal> {
    if text.len() > URL_MAX {
        return Err(Refusal::Length);
    }
    // A parser would drop these silently, and the URL shown would differ from the one called.
    if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Refusal::Malformed);
    }
    let url = Url::parse(text).map_err(|_| Refusal::Malformed)?;
    match url.scheme() {
        "https" => {}
        "http" if reach != Reach::Public => {}
        _ => return Err(Refusal::Scheme),
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    if url.fragment().is_some() {
        return Err(Refusal::Fragment);
    }
    if let Some(port) = url.port()
        && port < 1_024
        && port != 443
    {
        return Err(Refusal::Port);
    }
    let address = match url.host().ok_or(Refusal::Malformed)? {
        Host::Ipv4(address) => Some(IpAddr::V4(address)),
        Host::Ipv6(address) => Some(IpAddr::V6(address)),
        Host::Domain(name) => {
            if is_private_name(name) && reach == Reach::Public {
                return Err(Refusal::Address);
            }
            None
        }
    };
    match address {
        Some(address) if !may_reach(address, reach) => Err(Refusal::Address),
        _ => Ok(url),
    }
}

fn is_private_name(name: &str) -> bool {
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let is_below = |suffix: &&str| name == **suffix || name.ends_with(&format!(".{suffix}"));
    PRIVATE_NAMES.iter().any(is_below) || !name.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refusal(text: &str) -> Option<Refusal> {
        check(text, Reach::Public).err()
    }

    #[test]
    fn public_urls_pass() {
        for url in [
            "https://example.com/hooks",
            "https://example.com:8443/hooks?x=1",
            "https://example.com:443",
            "https://1.1.1.1/",
            "https://[2606:4700:4700::1111]/",
            "https://xn--bcher-kva.example/",
            "https://bücher.example/",
        ] {
            assert_eq!(refusal(url), None, "{url}");
        }
    }

    #[test]
    fn every_spelling_of_a_private_address_is_one() {
        for host in [
            "127.0.0.1",
            "127.1",
            "0x7f.1",
            "0x7f000001",
            "2130706433",
            "0177.0.0.1",
            "017700000001",
            "127.0.0.1.",
            "127.0.1",
            "１２７.0.0.1",
            "127。0。0。1",
            "0",
            "0.0.0.0",
            "10.1",
            "0xa9fea9fe",
            "169.254.169.254",
            "2852039166",
            "192.168.0.1",
            "[::1]",
            "[::]",
            "[::ffff:127.0.0.1]",
            "[::ffff:a00:1]",
            "[64:ff9b::7f00:1]",
            "[2002:7f00:1::]",
            "[fe80::1]",
            "[fd00::1]",
            "localhost",
            "LOCALHOST",
            "localhost.",
            "api.localhost",
            "printer.local",
            "metadata.google.internal",
            "intranet",
        ] {
            assert_eq!(refusal(&format!("https://{host}/x")), Some(Refusal::Address), "{host}");
            assert_eq!(refusal(&format!("https://{host}:8443/x")), Some(Refusal::Address), "{host}:8443");
        }
    }

    #[test]
    fn what_else_is_wrong_is_named() {
        for (url, expected) in [
            ("http://example.com/", Refusal::Scheme),
            ("ftp://example.com/", Refusal::Scheme),
            ("file:///etc/passwd", Refusal::Scheme),
            ("gopher://example.com", Refusal::Scheme),
            ("example.com/hooks", Refusal::Malformed),
            ("//example.com", Refusal::Malformed),
            ("https://", Refusal::Malformed),
            ("https://exa mple.com/", Refusal::Malformed),
            ("https://example.com/\n", Refusal::Malformed),
            ("https://127.0.0.1\u{0}/", Refusal::Malformed),
            ("https://user@example.com/", Refusal::Credentials),
            ("https://user:secret@example.com/", Refusal::Credentials),
            ("https://example.com@127.0.0.1/", Refusal::Credentials),
            ("https://example.com/#part", Refusal::Fragment),
            ("https://example.com:25/", Refusal::Port),
            ("https://example.com:22/", Refusal::Port),
            ("https://example.com:80/", Refusal::Port),
        ] {
            assert_eq!(refusal(url), Some(expected), "{url}");
        }
        assert_eq!(refusal(&format!("https://example.com/{}", "a".repeat(URL_MAX))), Some(Refusal::Length));
    }

    #[test]
    fn development_takes_http_and_this_machine() {
        let reach = Reach::PublicAndLoopback;
        for url in ["http://127.0.0.1:9000/x", "http://localhost:9000/x", "http://[::1]:9000/", "https://example.com/"]
        {
            assert!(check(url, reach).is_ok(), "{url}");
        }
        for url in ["http://10.0.0.1:9000/x", "http://169.254.169.254/latest", "http://0.0.0.0:9000/"] {
            assert_eq!(check(url, reach).err(), Some(Refusal::Address), "{url}");
        }
    }
}
