//! Redirect URIs: where a person is sent back to with the code. An app lists its own, and only those are used.
//!
//! They are `https`, or `http` on the person's own device, where the port may be another one each time (RFC 8252 §7.3), or
//! the private scheme of an app that we know. Any app can claim a private scheme, and some schemes run code.

use url::{Host, Url, form_urlencoded};

pub const URI_MAX: usize = 500;
/// Editors that register their scheme with the system.
const SCHEMES: [&str; 5] = ["cursor", "vscode", "vscode-insiders", "windsurf", "zed"];

/// Whether an app may list this address.
pub fn is_allowed(uri: &str) -> bool {
    let is_plain =
        uri.len() <= URI_MAX && uri.bytes().all(|byte| byte.is_ascii_graphic() && !b"\\\"<>".contains(&byte));
    let Some(url) = Url::parse(uri).ok().filter(|_| is_plain) else { return false };
    let is_bare = url.fragment().is_none() && url.username().is_empty() && url.password().is_none();
    let leads_somewhere = match url.scheme() {
        "https" => url.host_str().is_some(),
        "http" => is_own_device(&url),
        scheme => SCHEMES.contains(&scheme),
    };
    is_bare && leads_somewhere
}

/// Whether an address that an app asks for is the one that it listed.
pub fn fits(listed: &str, requested: &str) -> bool {
    listed == requested
        || (is_allowed(requested)
            && without_port(listed)
                .is_some_and(|listed| without_port(requested).is_some_and(|requested| requested == listed)))
}

/// The address on the person's own device, without its port.
fn without_port(uri: &str) -> Option<String> {
    let mut url = Url::parse(uri).ok().filter(|url| url.scheme() == "http" && is_own_device(url))?;
    url.set_port(None).ok()?;
    Some(url.into())
}

/// Whether the address leads to the person's own device: to a program there, which no one has verified.
pub fn is_local(uri: &str) -> bool {
    Url::parse(uri).is_ok_and(|url| url.scheme() != "https")
}

fn is_own_device(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address == std::net::Ipv4Addr::LOCALHOST,
        Some(Host::Ipv6(address)) => address == std::net::Ipv6Addr::LOCALHOST,
        None => false,
    }
}

/// The host that people recognize, or the scheme of an app on their device.
pub fn host(uri: &str) -> String {
    let Ok(url) = Url::parse(uri) else { return String::new() };
    match url.host_str() {
        Some(host) if url.scheme().starts_with("http") => host.to_owned(),
        _ => format!("{}:", url.scheme()),
    }
}

/// Where a page with a form that ends at this address may lead (`form-action`). Browsers apply it to each redirect that
/// follows, and apps redirect once more, so it names schemes and no hosts.
pub fn policy(uri: &str) -> String {
    match Url::parse(uri) {
        Ok(url) if url.scheme() == "http" => "http: https:".to_owned(),
        Ok(url) if url.scheme() != "https" => format!("{}: https:", url.scheme()),
        _ => "https:".to_owned(),
    }
}

/// The address with these parameters.
pub fn with(uri: &str, parameters: &[(&str, &str)]) -> String {
    let query: String = form_urlencoded::Serializer::new(String::new()).extend_pairs(parameters).finish();
    let sign = if uri.contains('?') { '&' } else { '?' };
    format!("{uri}{sign}{query}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_app_lists_addresses_that_only_it_receives() {
        for uri in [
            "https://claude.ai/api/mcp/auth_callback",
            "https://chatgpt.com/connector/oauth/a1?x=1",
            "http://127.0.0.1:6276/oauth/callback",
            "http://[::1]/callback",
            "http://localhost/callback",
            "cursor://anysphere.cursor-mcp/oauth/callback",
        ] {
            assert!(is_allowed(uri), "{uri}");
        }
        let long = format!("https://a.test/{}", "x".repeat(URI_MAX));
        for uri in [
            "",
            "/callback",
            "https://",
            "http://claude.ai/callback",
            "http://127.0.0.2/callback",
            "http://localhost.evil.test/",
            "http://127.0.0.1.evil.test/",
            "https://a.test/#x",
            "https://user@a.test/",
            "https://a.test/ b",
            "https://a.test\\@evil.test/",
            "javascript:alert(1)",
            "data:text/html,x",
            "file:///etc/passwd",
            "myapp://callback",
            "https://ä.test/",
            &long,
        ] {
            assert!(!is_allowed(uri), "{uri}");
        }
    }

    #[test]
    fn only_the_port_on_ones_own_device_may_differ() {
        for (listed, requested) in [
            ("https://a.test/cb", "https://a.test/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:52001/cb"),
            ("http://localhost:1/cb", "http://localhost:2/cb"),
            ("http://[::1]:1/cb?x=1", "http://[::1]:2/cb?x=1"),
        ] {
            assert!(fits(listed, requested), "{listed} {requested}");
        }
        for (listed, requested) in [
            ("https://a.test/cb", "https://a.test:8443/cb"),
            ("https://a.test/cb", "https://a.test/cb/"),
            ("https://a.test/cb", "https://a.test/cb?x=1"),
            ("https://a.test/cb", "https://A.test/cb"),
            ("https://a.test/cb", "http://a.test/cb"),
            ("https://a.test/cb", "https://a.test.evil.test/cb"),
            ("http://127.0.0.1/cb", "http://localhost/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1/other"),
            ("http://127.0.0.1/cb", "https://127.0.0.1/cb"),
            ("http://127.0.0.1/cb", "http://127.0.0.1:80@evil.test/cb"),
            ("http://127.0.0.1/cb", "http://user@127.0.0.1:81/cb"),
            ("cursor://a/cb", "cursor://b/cb"),
        ] {
            assert!(!fits(listed, requested), "{listed} {requested}");
        }
    }

    #[test]
    fn people_see_where_they_are_sent() {
        for (uri, shown, local) in [
            ("https://claude.ai/cb", "claude.ai", false),
            ("http://localhost:1/cb", "localhost", true),
            ("http://[::1]:1/cb", "[::1]", true),
            ("cursor://anysphere/cb", "cursor:", true),
        ] {
            assert_eq!((host(uri).as_str(), is_local(uri)), (shown, local));
        }
        assert_eq!(policy("https://claude.ai/cb"), "https:");
        assert_eq!(policy("http://[::1]:1/cb"), "http: https:");
        assert_eq!(policy("cursor://a/cb"), "cursor: https:");
    }

    #[test]
    fn parameters_are_added_to_those_that_there_are() {
        assert_eq!(with("https://a.test/cb", &[("state", "a&b=c")]), "https://a.test/cb?state=a%26b%3Dc");
        assert_eq!(with("https://a.test/cb?x=1", &[("code", "c")]), "https://a.test/cb?x=1&code=c");
    }
}
