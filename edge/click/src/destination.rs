//! A link's destination, and the `Location` built from it.
//!
//! One guarantee holds: whatever a click's URL contains, the visitor lands on the destination's own origin. A click may
//! add a deep path and query parameters; if the path can't be added safely, the visitor gets the plain destination. A
//! deep link never leads to another host.

use std::borrow::Cow;

use crate::address::{Parts, in_path, in_query, is_loopback, is_plain_authority, push_escaped, unescaped, unreserved};

/// Longest `Location` that carries a click's own path and parameters: proxies cut headers at 8 KB.
const LOCATION_MAX: usize = 7_000;
/// How often text may be escaped on top of itself before it is refused.
const ESCAPE_DEPTH_MAX: usize = 4;
/// Our own parameters: an incoming one is replaced, never repeated.
const OWN_PARAMETERS: [&[u8]; 2] = [b"via", b"rk"];

/// A destination, validated and parsed once, when the link's record is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Destination {
    /// `https://host[:port]`.
    origin: String,
    /// Escaped; starts with `/`.
    path: String,
    /// Escaped; without our own parameters.
    query: String,
    /// With its `#`, or empty.
    fragment: String,
    /// Everything up to the token, for a click that adds nothing.
    before_token: String,
}

impl Destination {
    /// Returns `None` if the text isn't an https URL with a plain host. http is accepted only for this machine, or
    /// everywhere if `insecure` is set (development and tests).
    pub fn parse(text: &str, slug: &str, insecure: bool) -> Option<Self> {
        let text = text.trim();
        if text.bytes().any(|byte| byte.is_ascii_control() || byte == b'\\') {
            return None;
        }
        let parts = Parts::of(text).filter(|parts| is_plain_authority(parts.authority))?;
        if !(parts.secure || insecure || is_loopback(parts.authority)) {
            return None;
        }
        let mut path = String::with_capacity(parts.path.len() + 1);
        push_escaped(&mut path, if parts.path.is_empty() { "/" } else { parts.path }, in_path);
        let mut query = String::new();
        for pair in pairs(parts.query).filter(|(name, _)| !OWN_PARAMETERS.contains(&&**name)) {
            push_pair(&mut query, pair.1);
        }
        let mut fragment = String::new();
        if !parts.fragment.is_empty() {
            fragment.push('#');
            push_escaped(&mut fragment, parts.fragment, in_query);
        }
        let mut destination = Self { origin: parts.origin(), path, query, fragment, before_token: String::new() };
        let mut before_token = destination.with_path(&destination.path);
        destination.push_own(&mut before_token, "", slug);
        destination.before_token = before_token;
        Some(destination)
    }

    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// The destination unchanged, for visitors whose link is unknown.
    pub fn plain(&self) -> String {
        let mut url = self.with_path(&self.path);
        if !self.query.is_empty() {
            url.push('?');
            url.push_str(&self.query);
        }
        url.push_str(&self.fragment);
        url
    }

    /// Returns where a click goes: `deep` is the click's path below its slug, `query` its parameters, both as they
    /// came. Without slug and token, the URL contains nothing about the link.
    pub fn location(&self, slug: &str, deep: &str, query: &str, token: &str) -> Location<'_> {
        if deep.is_empty() && query.is_empty() {
            return self.bare(token);
        }
        let path = self.joined(deep);
        let mut added = String::new();
        for (name, pair) in pairs(query) {
            if !OWN_PARAMETERS.contains(&&*name) && !pairs(&self.query).any(|(own, _)| own == name) {
                push_pair(&mut added, pair);
            }
        }
        let mut url = self.with_path(&path);
        self.push_own(&mut url, &added, slug);
        url.push_str(token);
        url.push_str(&self.fragment);
        if url.len() > LOCATION_MAX { self.bare(token) } else { Location { landing: path, url } }
    }

    fn bare(&self, token: &str) -> Location<'_> {
        let url = if token.is_empty() { self.plain() } else { [&self.before_token, token, &self.fragment].concat() };
        Location { url, landing: Cow::Borrowed(&self.path) }
    }

    fn with_path(&self, path: &str) -> String {
        let mut url = String::with_capacity(self.origin.len() + path.len() + self.query.len() + 160);
        url.push_str(&self.origin);
        url.push_str(path);
        url
    }

    /// Appends the query up to the place where the token follows.
    fn push_own(&self, url: &mut String, added: &str, slug: &str) {
        url.push('?');
        for part in [self.query.as_str(), added] {
            if !part.is_empty() {
                url.push_str(part);
                url.push('&');
            }
        }
        if slug.is_empty() {
            url.pop();
            return;
        }
        url.push_str("via=");
        push_escaped(url, slug, unreserved);
        url.push_str("&rk=");
    }

    fn joined(&self, deep: &str) -> Cow<'_, str> {
        if deep.is_empty() || !is_safe_path(deep) {
            return Cow::Borrowed(&self.path);
        }
        let mut path = self.path.trim_end_matches('/').to_owned();
        path.push('/');
        push_escaped(&mut path, deep, in_path);
        Cow::Owned(path)
    }
}

/// The value of a `Location` header, and the path in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Location<'a> {
    pub url: String,
    pub landing: Cow<'a, str>,
}

/// Whether a relative path stays below its base, however often a server behind it decodes escapes: no empty or dot
/// segments, no disguised slashes or backslashes, no control bytes.
fn is_safe_path(path: &str) -> bool {
    let mut text = path.as_bytes().to_vec();
    for _ in 0..ESCAPE_DEPTH_MAX {
        let plain = text.iter().all(|byte| !byte.is_ascii_control() && *byte != b'\\');
        let segments: Vec<&[u8]> = text.split(|byte| *byte == b'/').collect();
        let last = segments.len() - 1;
        let named = segments.iter().enumerate().all(|(index, segment)| match *segment {
            b"" => index == last && index > 0,
            // `;` starts a segment's parameters, which some servers cut off before they check for dots.
            segment => !matches!(segment.split(|byte| *byte == b';').next(), Some(b"" | b"." | b"..")),
        });
        if !plain || !named {
            return false;
        }
        let Ok(utf8) = std::str::from_utf8(&text) else { return !text.contains(&b'%') };
        let next = unescaped(utf8).into_owned();
        if next.iter().filter(|byte| **byte == b'/').count() != last {
            return false;
        }
        if next == text {
            return true;
        }
        text = next;
    }
    false
}

/// The pairs of a query as written, each with its decoded name.
fn pairs(query: &str) -> impl Iterator<Item = (Vec<u8>, &str)> {
    query.split('&').filter(|pair| !pair.is_empty()).map(|pair| {
        let name = pair.split_once('=').map_or(pair, |(name, _)| name);
        (unescaped(name).into_owned(), pair)
    })
}

fn push_pair(query: &mut String, pair: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    push_escaped(query, pair, in_query);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TOKEN: &str = "rkc_T";

    fn to(destination: &str, deep: &str, query: &str) -> String {
        Destination::parse(destination, "lauren", false).unwrap().location("lauren", deep, query, TOKEN).url
    }

    #[test]
    fn path_parameters_and_fragment_are_kept() {
        for (destination, deep, query, expected) in [
            ("https://brand.com", "", "", "https://brand.com/?via=lauren&rk=rkc_T"),
            ("https://Brand.com/pricing", "", "", "https://brand.com/pricing?via=lauren&rk=rkc_T"),
            ("https://brand.com/p?a=1#plans", "", "", "https://brand.com/p?a=1&via=lauren&rk=rkc_T#plans"),
            (
                "https://brand.com/p?a=1#plans",
                "x/y",
                "b=2&c",
                "https://brand.com/p/x/y?a=1&b=2&c&via=lauren&rk=rkc_T#plans",
            ),
            ("https://brand.com/p/", "x/", "", "https://brand.com/p/x/?via=lauren&rk=rkc_T"),
            (
                "https://brand.com",
                "\u{fc}ber uns",
                "q=a b",
                "https://brand.com/%C3%BCber%20uns?q=a%20b&via=lauren&rk=rkc_T",
            ),
            ("https://brand.com:8443/", "100%", "", "https://brand.com:8443/100%25?via=lauren&rk=rkc_T"),
            (
                "https://brand.com/",
                "@handle",
                "u=https://x.com/?y",
                "https://brand.com/@handle?u=https://x.com/?y&via=lauren&rk=rkc_T",
            ),
        ] {
            assert_eq!(to(destination, deep, query), expected);
        }
    }

    #[test]
    fn our_parameters_stand_once_and_the_destinations_own_are_not_overridden() {
        let expected = "https://brand.com/?plan=pro&x=1&x=2&via=lauren&rk=rkc_T";
        assert_eq!(
            to("https://brand.com/?via=old&plan=pro&rk=old", "", "via=evil&x=1&v%69a=evil&rk=y&plan=free&x=2"),
            expected
        );
    }

    /// Every string of the open redirect case: the visitor gets the plain destination.
    #[test]
    fn a_path_that_could_lead_away_is_dropped() {
        for deep in [
            "/evil.com",
            "//evil.com",
            "\\evil.com",
            "/\\evil.com",
            "%2fevil.com",
            "%2f%2fevil.com",
            "%5cevil.com",
            "%5C%5Cevil.com",
            "..",
            "../x",
            "x/../y",
            "%2e%2e/x",
            "%2e%2e%2fx",
            ".%2e/x",
            "%252e%252e/x",
            "%252f%252fevil.com",
            "%25252f%25252fevil.com",
            "x//evil.com",
            "x\r\nSet-Cookie: a=b",
            "x%0d%0aSet-Cookie:a=b",
            "x%0aLocation:evil",
            "x%00y",
            "x\ty",
            "./x",
            "..;/x",
            ";/x",
            "%2525252525252f",
        ] {
            assert_eq!(to("https://brand.com/p", deep, ""), "https://brand.com/p?via=lauren&rk=rkc_T", "{deep}");
        }
        for deep in ["https:evil.com", "@evil.com", ":80@evil.com", "https:%evil"] {
            assert!(to("https://brand.com", deep, "").starts_with("https://brand.com/"), "{deep}");
        }
    }

    #[test]
    fn what_is_no_safe_destination_is_none() {
        for bad in [
            "",
            "brand.com",
            "//brand.com",
            "http://brand.com",
            "javascript:alert(1)",
            "https://",
            "https://a@b.com",
            "https://u:p@b.com",
            "https://brand.com\\@evil.com",
            "https://brand.com\r\nX: y",
            "https://b%2ecom",
            "ftp://brand.com",
            "https:/brand.com",
            "https://brand.com:0/",
            "https://brand .com",
            "data:text/html,x",
        ] {
            assert_eq!(Destination::parse(bad, "lauren", false), None, "{bad}");
        }
        for good in ["http://localhost:3000/x", "http://127.0.0.1", "http://shop.localhost"] {
            assert!(Destination::parse(good, "lauren", false).is_some(), "{good}");
        }
        assert!(Destination::parse("http://brand.com", "lauren", true).is_some());
    }

    #[test]
    fn an_overlong_click_gets_the_plain_destination() {
        let query = format!("x={}", "a".repeat(8_000));
        assert_eq!(to("https://brand.com", "deep", &query), "https://brand.com/?via=lauren&rk=rkc_T");
    }

    fn nasty() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            Just("/"),
            Just("\\"),
            Just(".."),
            Just("."),
            Just("%2f"),
            Just("%5C"),
            Just("%2e"),
            Just("%25"),
            Just("@"),
            Just(":"),
            Just("//"),
            Just("evil.com"),
            Just("https:"),
            Just("\r\n"),
            Just("%0d%0a"),
            Just("\0"),
            Just("\t"),
            Just(" "),
            Just("?"),
            Just("#"),
            Just("&"),
            Just("="),
            Just("via"),
            Just("rk"),
            Just("%"),
            Just(";"),
            Just("\u{2044}"),
            Just("\u{ff0f}"),
            Just("x"),
        ];
        prop_oneof![prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat()), "\\PC{0,60}"]
    }

    proptest! {
        /// A browser's URL parser is the judge.
        #[test]
        fn the_visitor_always_lands_on_the_destinations_origin(deep in nasty(), query in nasty(), fragment in nasty()) {
            let fragment = fragment.replace(|character: char| character.is_ascii_control() || character == '\\', "");
            let text = format!("https://brand.com/shop?own=1#{fragment}");
            let destination = Destination::parse(&text, "lauren", false).unwrap();
            let location = destination.location("lauren", &deep, &query, TOKEN);
            prop_assert!(location.url.bytes().all(|byte| byte.is_ascii_graphic()), "{}", location.url);
            let url = url::Url::parse(&location.url).unwrap();
            prop_assert_eq!(url.origin().ascii_serialization(), "https://brand.com");
            prop_assert!(url.username().is_empty() && url.password().is_none());
            prop_assert!(url.path() == "/shop" || url.path().starts_with("/shop/"), "{}", url);
            prop_assert!(!url.path().contains("//"));
            for (name, value) in [("via", "lauren"), ("rk", TOKEN), ("own", "1")] {
                let found: Vec<_> = url.query_pairs().filter(|pair| pair.0 == name).map(|pair| pair.1.into_owned()).collect();
                prop_assert_eq!(found, [value]);
            }
        }

        /// Whatever a brand types: if we accept it, a browser parses the same host from it.
        #[test]
        fn a_destination_we_take_is_read_alike_by_a_browser(text in prop_oneof![nasty(), nasty().prop_map(|text| format!("https://{text}")), nasty().prop_map(|text| format!("https://brand.com{text}"))]) {
            if let Some(destination) = Destination::parse(&text, "lauren", false) {
                let plain = destination.plain();
                prop_assert!(plain.bytes().all(|byte| byte.is_ascii_graphic()));
                if let Ok(url) = url::Url::parse(&plain) {
                    prop_assert_eq!(url.origin().ascii_serialization(), destination.origin());
                    prop_assert_eq!(url::Url::parse(text.trim()).unwrap().origin(), url.origin());
                }
            }
        }
    }
}
