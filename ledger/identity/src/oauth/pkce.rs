//! PKCE (RFC 7636) with `S256`: an app proves that it is the one that began. The challenge is the hash of a verifier that
//! only this app knows.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// The only method; `plain` protects nothing.
pub const METHOD: &str = "S256";
/// SHA-256 as base64url.
const CHALLENGE_LEN: usize = 43;
const VERIFIER_LEN: std::ops::RangeInclusive<usize> = 43..=128;

pub fn is_challenge(text: &str) -> bool {
    text.len() == CHALLENGE_LEN && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_".contains(&byte))
}

/// Whether this verifier belongs to the challenge.
pub fn fits(verifier: &str, challenge: &str) -> bool {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    VERIFIER_LEN.contains(&verifier.len())
        && verifier.bytes().all(unreserved)
        && BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier)) == challenge
}

#[cfg(test)]
mod tests {
    use super::*;

    /// From RFC 7636, appendix B.
    const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
    const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

    #[test]
    fn the_example_of_the_standard_fits() {
        assert!(is_challenge(CHALLENGE) && fits(VERIFIER, CHALLENGE));
    }

    #[test]
    fn nothing_else_does() {
        for other in [&VERIFIER[1..], &VERIFIER.to_lowercase(), "", CHALLENGE, &format!("{VERIFIER}=")] {
            assert!(!fits(other, CHALLENGE), "{other}");
        }
        assert!(!fits(VERIFIER, VERIFIER), "a challenge that is the verifier");
        let long = "a".repeat(129);
        assert!(!fits(&long, &BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(&long))));
        for bad in ["", "short", &CHALLENGE[1..], &format!("{CHALLENGE}a"), &CHALLENGE.replace('-', "+")] {
            assert!(!is_challenge(bad), "{bad}");
        }
    }
}
