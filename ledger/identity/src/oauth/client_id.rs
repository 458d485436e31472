//! Client ids that are addresses: an app's document about itself is there.

use kit::outbound::Reach;
use url::Url;

const ID_MAX: usize = 500;

/// Whether a text can be a client id at all.
pub fn is_plain(id: &str) -> bool {
    (1..=ID_MAX).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether the id is meant as an address.
pub fn is_address(id: &str) -> bool {
    id.contains("://")
}

/// Whether the id is an address in the only spelling that it has: `https`, with a path, without a fragment, user name or dot
/// segments. In development it may also be `http` on this machine.
pub fn is_document(id: &str, reach: Reach) -> bool {
    let Some(url) = Url::parse(id).ok().filter(|_| is_plain(id)) else { return false };
    let may_be_plain = reach == Reach::PublicAndLoopback && url.scheme() == "http";
    // The parser resolves dot segments, and leaves out what changes nothing.
    (url.scheme() == "https" || may_be_plain)
        && url.as_str() == id
        && url.path().len() > 1
        && url.fragment().is_none()
        && url.username().is_empty()
        && url.password().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_spelling() {
        for id in ["https://claude.ai/oauth/mcp.json", "https://app.test:8443/client", "https://app.test/client?v=1"] {
            assert!(is_address(id) && is_document(id, Reach::Public), "{id}");
        }
        let long = format!("https://app.test/{}", "x".repeat(ID_MAX));
        for id in [
            "http://app.test/client",
            "https://app.test",
            "https://app.test/",
            "https://app.test/client#x",
            "https://user@app.test/client",
            "https://:secret@app.test/client",
            "https://app.test/a/../client",
            "https://app.test/a/./client",
            "https://app.test/a/%2e%2e/client",
            "https://app.test:443/client",
            "HTTPS://app.test/client",
            "https://App.test/client",
            "https://app.test\\client",
            "https://app.test/cli ent",
            "ftp://app.test/client",
            "file:///client",
            &long,
        ] {
            assert!(!is_document(id, Reach::Public), "{id}");
        }
        assert!(is_document("http://127.0.0.1:4000/client", Reach::PublicAndLoopback));
        assert!(!is_address("rk_app_abc") && is_plain("rk_app_abc"));
        for id in ["", "a b", "a\0b", "ä", &long] {
            assert!(!is_plain(id), "{id:?}");
        }
    }
}
