//! What the gateways with a signature in a header have in common: HMAC-SHA256 under the connection's secret.

use shared::{keys::signs, seal::Secret, sign::SignatureError};

use crate::answer::Answer;

/// More than any rotation needs; a header with more is refused before any hashing.
const SIGNATURES_MAX: usize = 8;

/// How a gateway's header is described to the person who sets it up.
#[derive(Debug)]
pub(super) struct Scheme {
    pub(super) header: &'static str,
    /// The header's form.
    pub(super) form: &'static str,
    /// Which times are accepted; for gateways without a time, this never shows.
    pub(super) window: &'static str,
}

impl Scheme {
    /// The 401 for a request without a valid signature.
    pub(super) fn refused(&self, error: SignatureError) -> Answer {
        let message = match error {
            SignatureError::Missing => ["The ", self.header, " header is missing."],
            SignatureError::Malformed => [self.header, " must have the form ", self.form],
            SignatureError::Stale => ["The signature ", self.window, "."],
            SignatureError::Mismatch => ["No signature matches the body.", "", ""],
        };
        Answer::unauthorized(error.code(), &message.concat())
    }
}

/// Compares every candidate with the signature under each secret.
///
/// # Errors
/// [`SignatureError::Malformed`] without candidates or with too many, [`SignatureError::Mismatch`] if none fits.
pub(super) fn check(secrets: &[Secret], parts: &[&[u8]], candidates: &[Vec<u8>]) -> Result<(), SignatureError> {
    let keys: Vec<&[u8]> = secrets.iter().map(|secret| secret.expose().as_bytes()).collect();
    check_keys(&keys, parts, candidates)
}

/// Like [`check`], for secrets that aren't the key itself.
///
/// # Errors
/// As [`check`].
pub(super) fn check_keys(keys: &[&[u8]], parts: &[&[u8]], candidates: &[Vec<u8>]) -> Result<(), SignatureError> {
    if candidates.is_empty() || candidates.len() > SIGNATURES_MAX {
        return Err(SignatureError::Malformed);
    }
    // Every key is tried, so that the timing doesn't reveal which one matched.
    if keys.iter().fold(false, |matched, key| matched | signs(key, parts, candidates)) {
        Ok(())
    } else {
        Err(SignatureError::Mismatch)
    }
}
