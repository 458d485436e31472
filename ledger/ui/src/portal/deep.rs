//! Builds a link to one page of the brand's site. Pure.
//!
//! The edge appends anything after a link's slug to its destination, so a page below the destination needs no link of
//! its own. All other pages do.

use url::Url;

/// Returns whether a page belongs to the brand: it is on the host of one of the affiliate's links, or on one that the
/// program allows.
pub fn is_of_brand<'a>(page: &Url, mut known: impl Iterator<Item = &'a str>) -> bool {
    let own = place(page);
    known.any(|known| Url::parse(known).is_ok_and(|known| place(&known) == own))
}

/// Returns scheme, host and port; `www.` counts as the same host.
fn place(url: &Url) -> (String, String, Option<u16>) {
    let host = url.host_str().unwrap_or_default();
    let host = host.strip_prefix("www.").unwrap_or(host).to_owned();
    (url.scheme().to_owned(), host, url.port_or_known_default())
}

/// Returns the link below `base` (`https://go.brand.com/lauren`) that leads to `page`, or `None` if the edge can't lead
/// there.
pub fn below(base: &str, destination: &str, page: &Url) -> Option<String> {
    let destination = Url::parse(destination).ok()?;
    if destination.origin() != page.origin() || destination.query().is_some() {
        return None;
    }
    let under = destination.path().trim_end_matches('/');
    let rest = page.path().strip_prefix(under)?;
    let rest = if rest.is_empty() { "" } else { rest.strip_prefix('/')? };
    if !is_plain(rest) {
        return None;
    }
    let mut link = base.to_owned();
    if !rest.is_empty() {
        link.push('/');
        link.push_str(rest);
    }
    if let Some(query) = page.query() {
        // These parameters say who referred the visitor and belong to the link itself.
        let own = url::form_urlencoded::parse(query.as_bytes()).any(|(name, _)| matches!(&*name, "via" | "rk"));
        if own {
            return None;
        }
        link.push('?');
        link.push_str(query);
    }
    if let Some(fragment) = page.fragment() {
        link.push('#');
        link.push_str(fragment);
    }
    Some(link)
}

/// Accepts only paths that the edge and every site interpret in the same way.
fn is_plain(path: &str) -> bool {
    let named = |part: &str| !part.is_empty() && !part.starts_with('.');
    let characters = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~/".contains(&byte);
    let whole = path.strip_suffix('/').unwrap_or(path);
    path.bytes().all(characters) && (path.is_empty() || whole.split('/').all(named))
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://go.acme.test/lauren";

    fn below_of(destination: &str, page: &str) -> Option<String> {
        below(BASE, destination, &Url::parse(page).unwrap())
    }

    #[test]
    fn pages_below_the_destination_need_no_link_of_their_own() {
        for (destination, page, link) in [
            ("https://acme.test/", "https://acme.test/", Some("https://go.acme.test/lauren")),
            ("https://acme.test/", "https://acme.test/pricing/pro", Some("https://go.acme.test/lauren/pricing/pro")),
            ("https://acme.test", "https://acme.test/a/?x=1#top", Some("https://go.acme.test/lauren/a/?x=1#top")),
            ("https://acme.test/shop", "https://acme.test/shop/hats", Some("https://go.acme.test/lauren/hats")),
            ("https://acme.test/shop", "https://acme.test/shopping", None),
            ("https://acme.test/shop", "https://acme.test/", None),
            ("https://acme.test/", "https://other.test/", None),
            ("https://acme.test/?plan=pro", "https://acme.test/x", None),
            ("https://acme.test/", "https://acme.test/x?via=somebody", None),
            ("https://acme.test/", "https://acme.test/a%2fb", None),
            ("https://acme.test/", "https://acme.test//evil.test", None),
            ("https://acme.test/", "https://acme.test/.well-known/x", None),
        ] {
            assert_eq!(below_of(destination, page).as_deref(), link, "{page} below {destination}");
        }
    }

    #[test]
    fn only_the_brands_own_hosts_are_led_to() {
        let known = ["https://acme.test/start", "https://shop.acme.test"];
        let is = |page: &str| is_of_brand(&Url::parse(page).unwrap(), known.into_iter());
        assert!(is("https://acme.test/x") && is("https://www.acme.test/") && is("https://shop.acme.test/hats"));
        for other in
            ["https://evil.test/", "https://acme.test.evil.test/", "http://acme.test/", "https://acme.test:8443/"]
        {
            assert!(!is(other), "{other}");
        }
    }
}
