//! `ETag`: avoids sending content that a caller already has.

use axum::{
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{CONTENT_LENGTH, CONTENT_TYPE},
    },
    response::{IntoResponse, Response},
};
use sha2::{Digest, Sha256};
use shared::keys::encode_hex;

/// Returns 304 with the headers that the full response would have had.
pub fn not_modified(mut headers: HeaderMap) -> Response {
    headers.remove(CONTENT_TYPE);
    headers.remove(CONTENT_LENGTH);
    (StatusCode::NOT_MODIFIED, headers).into_response()
}

/// Returns a strong tag: identical bytes have identical tags.
pub fn tag(content: &[u8]) -> String {
    let hash: [u8; 32] = Sha256::digest(content).into();
    format!("\"{}\"", encode_hex(&hash[..12]))
}

/// `If-None-Match` compares weakly: a proxy that compressed our response may have marked the tag with `W/`.
pub fn is_known(known: Option<&HeaderValue>, tag: &str) -> bool {
    let known = known.and_then(|value| value.to_str().ok()).unwrap_or_default();
    let strong = |tag| str::strip_prefix(tag, "W/").unwrap_or(tag);
    known.split(',').map(str::trim).any(|one| one == "*" || strong(one) == strong(tag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_known_in_any_of_its_spellings() {
        let tag = tag(b"{}");
        let requested = |text: &str| is_known(Some(&HeaderValue::from_str(text).unwrap()), &tag);
        assert!(
            requested(&tag)
                && requested(&format!("W/{tag}"))
                && requested(&format!("\"other\", {tag}"))
                && requested("*")
        );
        assert!(
            !requested("\"other\"") && !requested("") && !requested(tag.trim_matches('"')) && !is_known(None, &tag)
        );
    }

    #[test]
    fn other_bytes_have_another_tag() {
        assert_ne!(tag(b"{\"a\":1}"), tag(b"{\"a\":2}"));
        assert_eq!(tag(b"").len(), 26);
    }
}
