//! Parses request URLs and destinations, and escapes what goes into a URL.
//!
//! Both are untrusted text: the runtime passes a request's URL on as it came (dot segments, backslashes and all), and a
//! person typed the destination. This module never guesses; it refuses anything that isn't a plain http(s) URL.

use std::borrow::Cow;

/// A URL split into its parts, still escaped as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parts<'a> {
    pub secure: bool,
    /// Host with port, as written.
    pub authority: &'a str,
    /// Starts with `/`, or is empty.
    pub path: &'a str,
    pub query: &'a str,
    pub fragment: &'a str,
}

impl<'a> Parts<'a> {
    /// Splits a URL. Returns `None` for anything but `http://` and `https://` with an authority.
    pub fn of(url: &'a str) -> Option<Self> {
        let (secure, rest) = match after(url, "https://") {
            Some(rest) => (true, rest),
            None => (false, after(url, "http://")?),
        };
        let (rest, fragment) = rest.split_once('#').unwrap_or((rest, ""));
        let end = rest.bytes().position(|byte| b"/?\\".contains(&byte)).unwrap_or(rest.len());
        let (authority, rest) = rest.split_at(end);
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        (!authority.is_empty()).then_some(Self { secure, authority, path, query, fragment })
    }

    /// Returns the host in lower case, with its port unless that is the scheme's default.
    pub fn host(&self) -> Cow<'a, str> {
        let default = if self.secure { ":443" } else { ":80" };
        let host = self.authority.strip_suffix(default).unwrap_or(self.authority);
        if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
            Cow::Owned(host.to_ascii_lowercase())
        } else {
            Cow::Borrowed(host)
        }
    }

    /// Returns scheme and host, as a browser's `Origin` header writes them.
    pub fn origin(&self) -> String {
        format!("{}://{}", if self.secure { "https" } else { "http" }, self.host())
    }
}

/// What follows a scheme, which is compared in lower case. A search for `://` would cost more than the rest of a URL.
fn after<'a>(url: &'a str, scheme: &str) -> Option<&'a str> {
    let (start, rest) = url.split_at_checked(scheme.len())?;
    start.eq_ignore_ascii_case(scheme).then_some(rest)
}

/// Whether an authority is a host name or address with an optional port, and nothing else: no user, no escapes.
pub fn is_plain_authority(authority: &str) -> bool {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.contains(']') => (host, Some(port)),
        _ => (authority, None),
    };
    let host_is_plain = match host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
        Some(address) => address.parse::<std::net::Ipv6Addr>().is_ok(),
        None => {
            let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
            !host.is_empty()
                && host.bytes().all(plain)
                && (!ends_in_a_number(host) || host.parse::<std::net::Ipv4Addr>().is_ok())
        }
    };
    host_is_plain && port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0) && !port.starts_with('+'))
}

/// Browsers parse such a host as an IPv4 address in any of its old spellings: `00` is 0.0.0.0 (WHATWG URL, "ends in a
/// number checker"). Only the usual spelling with four numbers is plain.
fn ends_in_a_number(host: &str) -> bool {
    let last = host.strip_suffix('.').unwrap_or(host).rsplit('.').next().unwrap_or_default();
    let hexadecimal = last.strip_prefix("0x").or_else(|| last.strip_prefix("0X"));
    match hexadecimal {
        Some(digits) => digits.bytes().all(|byte| byte.is_ascii_hexdigit()),
        None => !last.is_empty() && last.bytes().all(|byte| byte.is_ascii_digit()),
    }
}

/// Whether a host (with port) can only be this machine. Browsers trust these without TLS.
pub fn is_loopback(authority: &str) -> bool {
    let host = authority.rsplit_once(':').map_or(authority, |(host, port)| {
        if port.bytes().all(|byte| byte.is_ascii_digit()) { host } else { authority }
    });
    let host = host.to_ascii_lowercase();
    host == "localhost"
        || host.ends_with(".localhost")
        || host == "[::1]"
        || host.parse::<std::net::Ipv4Addr>().is_ok_and(|address| address.is_loopback())
}

/// Appends text to a URL. Bytes in `allowed` and intact `%XX` escapes stay as they are; all others are escaped.
pub fn push_escaped(out: &mut String, text: &str, allowed: fn(u8) -> bool) {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let bytes = text.as_bytes();
    for (index, &byte) in bytes.iter().enumerate() {
        let escape = byte == b'%'
            && bytes.get(index + 1).is_some_and(u8::is_ascii_hexdigit)
            && bytes.get(index + 2).is_some_and(u8::is_ascii_hexdigit);
        if escape || allowed(byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push(char::from(DIGITS[usize::from(byte >> 4)]));
            out.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
}

/// The characters allowed in a path (RFC 3986 §3.3).
pub fn in_path(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/".contains(&byte)
}

/// The characters allowed in a query (RFC 3986 §3.4), without the apostrophe, which browsers escape there.
pub fn in_query(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~!$&()*+,;=:@/?".contains(&byte)
}

/// The characters that need no escape anywhere, for values that must not be parsed as syntax.
pub fn unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
}

/// Decodes `%XX` once; broken escapes stay as they are.
pub fn unescaped(text: &str) -> Cow<'_, [u8]> {
    if !text.contains('%') {
        return Cow::Borrowed(text.as_bytes());
    }
    let bytes = text.as_bytes();
    let digit = |at: usize| bytes.get(at).and_then(|byte| char::from(*byte).to_digit(16));
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        match (bytes[at], digit(at + 1), digit(at + 2)) {
            (b'%', Some(high), Some(low)) => {
                out.push((high * 16 + low) as u8);
                at += 3;
            }
            (byte, ..) => {
                out.push(byte);
                at += 1;
            }
        }
    }
    Cow::Owned(out)
}

/// The pairs of a query, decoded as form data (`+` is a space). Bytes that aren't UTF-8 are replaced.
pub fn form_pairs(query: &str) -> impl Iterator<Item = (String, String)> + '_ {
    let decode = |text: &str| String::from_utf8_lossy(&unescaped(&text.replace('+', " "))).into_owned();
    query.split('&').filter(|pair| !pair.is_empty()).map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decode(name), decode(value))
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn takes_urls_apart() {
        let parts = Parts::of("HTTPS://Go.Brand.com:443/lauren/a?x=1?y#f").unwrap();
        assert_eq!(
            (parts.host().as_ref(), parts.path, parts.query, parts.fragment),
            ("go.brand.com", "/lauren/a", "x=1?y", "f")
        );
        assert_eq!(Parts::of("http://127.0.0.1:8787/a").unwrap().host(), "127.0.0.1:8787");
        assert_eq!(Parts::of("http://h:80").unwrap().origin(), "http://h");
        for bad in ["", "//evil.com", "https:evil.com", "https:///x", "javascript:alert(1)", "ftp://h/", "data:,x"] {
            assert_eq!(Parts::of(bad), None, "{bad}");
        }
    }

    #[test]
    fn an_authority_is_a_host_and_a_port() {
        for good in ["brand.com", "brand.com:8443", "127.0.0.1:1", "[::1]:8080", "[::1]", "a_b.example"] {
            assert!(is_plain_authority(good), "{good}");
        }
        for bad in [
            "",
            ":80",
            "a@b",
            "a:b@c",
            "a:0",
            "a:99999",
            "a:+1",
            "a%2f",
            "b\u{fc}cher.de",
            "[::1",
            "[x]",
            "a b",
            "a\\b",
            "00",
            "127.1",
            "brand.0x7f",
            "1.2.3.4.",
            "0x",
        ] {
            assert!(!is_plain_authority(bad), "{bad}");
        }
    }

    #[test]
    fn loopback() {
        for host in ["localhost", "shop.localhost:8000", "127.0.0.1:1", "[::1]:3", "[::1]", "127.9.9.9"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["localhost.evil.com", "127.0.0.1.evil.com", "10.0.0.1", "[::2]", "notlocalhost"] {
            assert!(!is_loopback(host), "{host}");
        }
    }

    #[test]
    fn forms() {
        let pairs: Vec<_> = form_pairs("a=1+2&&b=%26%3d&c&%C3%A4=%ff").collect();
        let expected = [("a", "1 2"), ("b", "&="), ("c", ""), ("\u{e4}", "\u{fffd}")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    proptest! {
        #[test]
        fn escaping_leaves_only_plain_characters_and_can_be_undone(text in "\\PC*") {
            let mut escaped = String::new();
            push_escaped(&mut escaped, &text, in_path);
            prop_assert!(escaped.bytes().all(|byte| byte == b'%' || in_path(byte)));
            prop_assert_eq!(unescaped(&escaped), unescaped(&text));
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Parts::of(&text).map(|parts| (parts.origin(), is_plain_authority(parts.authority)));
            let _ = is_loopback(&text);
            let _ = form_pairs(&text).count();
        }
    }
}
