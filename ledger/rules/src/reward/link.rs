//! The form in which links of proofs are compared: what leads to the same page has the same form. Pure.

use url::Url;

/// Longer addresses are refused.
pub const URL_MAX: usize = 2_000;

/// Parameters that say where a visitor came from, and not which page it is.
const TRACKING: [&str; 9] = ["fbclid", "gclid", "igsh", "igshid", "mc_cid", "mc_eid", "msclkid", "si", "ttclid"];

/// A web address as it is kept: http or https, with a host and without credentials.
pub fn read(text: &str) -> Option<Url> {
    let url = Url::parse(text.trim()).ok()?;
    let is_web = matches!(url.scheme(), "https" | "http") && url.host_str().is_some_and(|host| host.contains('.'));
    let is_plain = url.username().is_empty() && url.password().is_none() && url.as_str().len() <= URL_MAX;
    (is_web && is_plain).then_some(url)
}

/// Whether the address is on this host or one below it.
pub fn is_on(url: &Url, host: &str) -> bool {
    let own = url.host_str().unwrap_or_default().trim_start_matches("www.");
    own == host || own.strip_suffix(host).is_some_and(|rest| rest.ends_with('.'))
}

/// The host as a brand enters it, such as `youtube.com`; `None` if it isn't one.
pub fn host(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let text = text.trim_start_matches("www.");
    let url = Url::parse(&format!("https://{text}/")).ok()?;
    let is_bare = url.path() == "/" && url.query().is_none() && url.port().is_none() && url.username().is_empty();
    url.host_str().filter(|host| is_bare && *host == text && host.contains('.')).map(str::to_owned)
}

/// The form for comparison: host and path, with the parameters in alphabetical order. Scheme, `www.`, port, fragment, a
/// last slash and tracking parameters make no difference.
pub fn key(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default().trim_start_matches("www.").to_lowercase();
    let is_tracking = |name: &str| name.starts_with("utm_") || TRACKING.contains(&name);
    let mut pairs: Vec<(String, String)> =
        url.query_pairs().into_owned().filter(|(name, _)| !is_tracking(&name.to_lowercase())).collect();
    pairs.sort();
    let query: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}={value}")).collect();
    format!("{host}{}?{}", url.path().trim_end_matches('/'), query.join("&"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key_of(text: &str) -> String {
        key(&read(text).unwrap())
    }

    #[test]
    fn the_same_page_has_the_same_key() {
        let plain = key_of("https://www.youtube.com/watch?v=abc&t=5");
        for same in [
            "http://youtube.com/watch?t=5&v=abc",
            "https://YouTube.com/watch?v=abc&t=5&utm_source=x&si=y#top",
            " https://youtube.com:443/watch/?v=abc&t=5&FBCLID=1 ",
        ] {
            assert_eq!(key_of(same), plain, "{same}");
        }
        for other in ["https://youtube.com/watch?v=abd&t=5", "https://m.youtube.com/watch?v=abc&t=5"] {
            assert_ne!(key_of(other), plain, "{other}");
        }
    }

    #[test]
    fn only_web_addresses_are_read() {
        for bad in ["", "x", "ftp://a.test/", "javascript:alert(1)", "https://me@a.test/", "https://localhost/"] {
            assert_eq!(read(bad), None, "{bad}");
        }
        assert_eq!(read(&format!("https://a.test/{}", "x".repeat(URL_MAX))), None);
    }

    #[test]
    fn hosts_include_what_is_below_them() {
        let url = read("https://www.m.youtube.com/x").unwrap();
        assert!(is_on(&url, "youtube.com") && is_on(&url, "m.youtube.com"));
        assert!(!is_on(&url, "tube.com") && !is_on(&read("https://notyoutube.com/").unwrap(), "youtube.com"));
        assert_eq!(host(" WWW.YouTube.com "), Some("youtube.com".to_owned()));
        for bad in ["", "youtube", "https://youtube.com", "youtube.com/x", "a b.com", "me@a.test", "a.test:8080"] {
            assert_eq!(host(bad), None, "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_key_is_the_key_of_itself(path in "[a-z/]{0,20}", value in "[a-z0-9 %&=]{0,12}") {
            let mut url = Url::parse("https://www.brand.test/").unwrap();
            url.set_path(&path);
            url.query_pairs_mut().append_pair("q", &value).append_pair("utm_medium", "x");
            let (mut other, first) = (url.clone(), key(&url));
            other.set_scheme("http").unwrap();
            other.set_fragment(Some("part"));
            prop_assert_eq!(key(&other), first);
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            if let Some(url) = read(&text) {
                key(&url);
            }
            host(&text);
        }
    }
}
