//! One click as it arrived, packed into one text: the form in which the entry module passes a request on.
//!
//! Each crossing between JavaScript and wasm costs more than the work on either side, so the entry module separates a
//! click's fields by line feeds, which neither a URL nor a header value can contain, and makes a single crossing. The
//! user agent isn't one of them: the entry module knows what most user agents say ([`Agent`](super::visitor::Agent)).

use crate::address::Parts;

/// How many fields the entry module writes; `edge/entry.mjs` has them in this order.
const FIELDS: usize = 11;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit<'a> {
    pub head: bool,
    pub url: &'a str,
    pub cookie: &'a str,
    pub referrer: &'a str,
    pub address: &'a str,
    pub country: &'a str,
    /// `Sec-Purpose`, or one of its older spellings.
    pub purpose: &'a str,
    /// `Sec-Fetch-Dest`: what the browser loads the URL for. Older browsers send none.
    pub destination: &'a str,
    /// The number of the network that the request came from, as Cloudflare knows it; empty if it doesn't.
    pub asn: &'a str,
    /// `Sec-GPC: 1`: count the visitor, but keep nothing else about them.
    pub private: bool,
    /// The request's id, from the network or from us; if there is none, the click's own id is used.
    pub request_id: &'a str,
}

impl<'a> Visit<'a> {
    /// Returns `None` if the text isn't what the entry module writes.
    pub fn unpack(packed: &'a str) -> Option<Self> {
        let mut fields = [""; FIELDS];
        let mut parts = packed.split('\n');
        for field in &mut fields {
            *field = parts.next()?;
        }
        let [method, url, cookie, referrer, address, country, purpose, destination, asn, gpc, request_id] = fields;
        let visit = Self {
            head: method == "HEAD",
            url,
            cookie,
            referrer,
            address,
            country,
            purpose,
            destination,
            asn,
            private: gpc == "1",
            request_id,
        };
        parts.next().is_none().then_some(visit)
    }
}

/// A click's URL, split into host, slug and the rest of the path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Place<'a> {
    pub parts: Parts<'a>,
    /// The first segment of the path as it came; not yet validated as a slug.
    pub slug: &'a str,
    /// The path after the slug's slash.
    pub deep: &'a str,
}

impl<'a> Place<'a> {
    pub fn of(url: &'a str) -> Option<Self> {
        let parts = Parts::of(url)?;
        let path = parts.path.strip_prefix('/').unwrap_or(parts.path);
        let (slug, deep) = path.split_once('/').unwrap_or((path, ""));
        Some(Self { parts, slug, deep })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unpacks_what_the_entry_writes() {
        let visit = Visit::unpack("GET\nhttp://h/a\n_rkmi=x\n\n1.2.3.4\nDE\n\nimage\n64496\n1\nray").unwrap();
        assert_eq!(
            (visit.head, visit.url, visit.cookie, visit.country, visit.private, visit.request_id),
            (false, "http://h/a", "_rkmi=x", "DE", true, "ray")
        );
        assert_eq!((visit.purpose, visit.destination, visit.asn), ("", "image", "64496"));
        assert_eq!(Visit::unpack("GET\nhttp://h/a"), None);
        assert_eq!(Visit::unpack(&"\n".repeat(FIELDS)), None, "a field too many");
    }

    #[test]
    fn finds_slug_and_rest() {
        let of = |url| Place::of(url).map(|place| (place.slug, place.deep));
        assert_eq!(of("https://go.brand.com/lauren"), Some(("lauren", "")));
        assert_eq!(of("https://go.brand.com/lauren/a/b?x"), Some(("lauren", "a/b")));
        assert_eq!(of("https://go.brand.com//evil.com/x"), Some(("", "evil.com/x")));
        assert_eq!(of("https://go.brand.com"), Some(("", "")));
        assert_eq!(of("https://go.brand.com\\evil"), Some(("\\evil", "")));
    }
}
