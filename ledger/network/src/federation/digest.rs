//! `Content-Digest` (RFC 9530) with SHA-256. Pure.

use base64::{Engine, prelude::BASE64_STANDARD};
use sha2::{Digest, Sha256};

/// Returns the header's value for a body.
pub fn of(body: &[u8]) -> String {
    format!("sha-256=:{}:", BASE64_STANDARD.encode(Sha256::digest(body)))
}

/// Whether the header has the SHA-256 of the body. Digests of other algorithms beside it are ignored.
pub fn is_of(header: &str, body: &[u8]) -> bool {
    let mut digests = header.split(',').filter_map(|member| member.trim().strip_prefix("sha-256=:"));
    let Some(first) = digests.next() else { return false };
    let digest = first.strip_suffix(':').and_then(|text| BASE64_STANDARD.decode(text).ok());
    digests.next().is_none() && digest.is_some_and(|digest| digest == Sha256::digest(body).as_slice())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 9530, appendix D, has the digest of this body in its examples.
    #[test]
    fn the_example_of_the_standard() {
        let body = b"{\"hello\": \"world\"}\n";
        assert_eq!(of(body), "sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:");
        assert!(is_of(&of(body), body) && is_of(&format!("sha-512=:YQ==:, {}", of(body)), body));
    }

    #[test]
    fn anything_else_is_refused() {
        for header in ["", "sha-256=::", "sha-512=:YQ==:", "sha-256=RK/0", &format!("{},{}", of(b"a"), of(b"b"))] {
            assert!(!is_of(header, b"a"), "{header}");
        }
        assert!(!is_of(&of(b"a"), b"b"));
    }
}
