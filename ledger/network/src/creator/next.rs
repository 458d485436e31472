//! The network's page to return to after sign-in, if any.

use axum::http::{Method, request::Parts};
use identity::account::return_to::Next as PortalPage;
use url::form_urlencoded;

/// Pages for signing in or out, which are never a target.
const DOORS: [&str; 4] = ["/network/join", "/network/enter", "/network/leave", "/network/continue"];
/// Where a creator's pages begin.
const OWN: &str = "/a/network";
const PUBLIC: &str = "/network";

/// Path and query of a page below `/a/network` or `/network`, or empty: any other target is rejected.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Next(String);

impl Next {
    /// Reads an untrusted value.
    pub fn read(given: &str) -> Self {
        let path = given.split_once('?').map_or(given, |(path, _)| path);
        let is_below =
            |start: &str| path.strip_prefix(start).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
        let is_plain = if is_below(OWN) {
            PortalPage::read(given) != PortalPage::default()
        } else {
            // The same rules as for pages of the portal, which differ in where they begin.
            is_below(PUBLIC)
                && !DOORS.contains(&path)
                && PortalPage::read(&format!("/a{given}")) != PortalPage::default()
        };
        if is_plain { Self(given.to_owned()) } else { Self::default() }
    }

    /// Returns the page that a request asked for, or nothing if the request wasn't a `GET`, because a redirect can't
    /// repeat a change.
    pub fn of(parts: &Parts) -> Self {
        let requested = parts.uri.path_and_query().map_or("", |requested| requested.as_str());
        if parts.method == Method::GET { Self::read(requested) } else { Self::default() }
    }

    /// Returns the page as the value of a form field.
    pub fn text(&self) -> &str {
        &self.0
    }

    /// Returns the page to go to after sign-in.
    pub fn place(&self) -> &str {
        if self.0.is_empty() { "/a/network/profile" } else { &self.0 }
    }

    /// Adds this page to one of our URLs as the `next` parameter, unless it is empty.
    pub fn beside(&self, address: &str) -> String {
        if self.0.is_empty() {
            return address.to_owned();
        }
        let sign = if address.contains('?') { '&' } else { '?' };
        let encoded: String = form_urlencoded::byte_serialize(self.0.as_bytes()).collect();
        format!("{address}{sign}next={encoded}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_network_are_kept() {
        for page in
            ["/a/network", "/a/network/brands", "/network", "/network/acme-partners?lang=de", "/a/network?q=ai&page=2"]
        {
            assert_eq!(Next::read(page).place(), page);
        }
        assert_eq!(Next::read("/network/acme").beside("/network/join"), "/network/join?next=%2Fnetwork%2Facme");
    }

    #[test]
    fn everything_else_is_dropped() {
        for other in [
            "",
            "/",
            "/a/payouts",
            "/a/networks",
            "/networks",
            "//evil.test/network",
            "https://evil.test/network",
            "/network//evil.test",
            "/network/../dashboard",
            "/network/%2f",
            "/network/\\evil",
            "/network/join",
            "/network/enter?token=x",
            "/network/leave",
            "/network/acme#x",
        ] {
            assert_eq!(Next::read(other), Next::default(), "{other:?}");
            assert_eq!(Next::read(other).place(), "/a/network/profile");
        }
    }
}
