//! The portal page to return to after sign-in, if any.

use axum::http::{Method, request::Parts};
use url::form_urlencoded;

/// Longer than any of our URLs.
const BYTES_MAX: usize = 200;
/// Pages for signing in or out, which are never a target.
const DOORS: [&str; 3] = ["/a/enter", "/a/link", "/a/leave"];

/// Path and query of a page below `/a/`, or empty. Any other target is rejected: another host, another part of the
/// product, or anything that browsers interpret in more than one way.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Next(String);

impl Next {
    /// Reads an untrusted value.
    pub fn read(given: &str) -> Self {
        if is_page(given) { Self(given.to_owned()) } else { Self::default() }
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
        if self.0.is_empty() { "/a" } else { &self.0 }
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

fn is_page(given: &str) -> bool {
    let (path, query) = given.split_once('?').unwrap_or((given, ""));
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    given.len() <= BYTES_MAX
        && path.strip_prefix("/a/").is_some_and(|rest| {
            rest.split('/').all(|part| !part.is_empty() && !part.starts_with('.') && part.bytes().all(plain))
        })
        && query.bytes().all(|byte| plain(byte) || b"=&".contains(&byte))
        && !DOORS
            .iter()
            .any(|door| path.strip_prefix(door).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pages_of_the_portal_are_kept() {
        for page in [
            "/a/tax",
            "/a/tax/w-8ben",
            "/a/payouts/po_01kdvdna00e5v8r2m6q1w9d3xk/receipt.pdf",
            "/a/tax?usPerson=yes&entity=no",
        ] {
            assert_eq!(Next::read(page).place(), page);
        }
        let next = Next::read("/a/tax?usPerson=yes");
        assert_eq!(next.beside("/a/link"), "/a/link?next=%2Fa%2Ftax%3FusPerson%3Dyes");
        assert_eq!(Next::default().beside("/a/link"), "/a/link");
    }

    #[test]
    fn nothing_else_is() {
        let long = format!("/a/{}", "x".repeat(BYTES_MAX));
        for other in [
            "",
            "/a",
            "/a/",
            "a/tax",
            "/",
            "//evil.test",
            "/a//evil.test",
            "/a/tax//evil.test",
            "/\\evil.test",
            "/a/\\evil.test",
            "/a\\..\\x",
            "https://evil.test/a/tax",
            "https:/a/tax",
            "//evil.test/a/tax",
            "/a/../dashboard",
            "/a/./tax",
            "/a/tax/..",
            "/a/.%2e/x",
            "/a/%2f%2fevil.test",
            "/a/%5cevil.test",
            "/a/@evil.test",
            "/ab/tax",
            "/A/tax",
            "/dashboard",
            "/a/tax\r\nLocation: x",
            "/a/tax\n",
            " /a/tax",
            "/a/tax ",
            "/a/t\u{e4}x",
            "/a/tax\0",
            "/a/tax?next=https://evil.test",
            "/a/tax?a=%0d%0a",
            "/a/tax#x",
            "/a/tax;x",
            "/a/javascript:alert(1)",
            "/a/enter",
            "/a/enter?token=x",
            "/a/link",
            "/a/link/sent",
            "/a/leave",
            &long,
        ] {
            assert_eq!(Next::read(other), Next::default(), "{other:?}");
            assert_eq!(Next::read(other).place(), "/a");
        }
    }
}
