//! Encodings that vendors expect.

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use sha2::Sha256;
use shared::timestamp::Timestamp;
use std::fmt::Write;
use uuid::Uuid;

use crate::Fault;

/// Escapes one path segment: everything but letters, digits and `-._~` (RFC 3986, section 2.3). An email with `+`, `%`,
/// `/` or non-Latin characters stays one segment and decodes to the original.
pub fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // Writing to a String never fails.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// Tags as one comma-separated text, for vendors that split it into tags again.
///
/// # Errors
/// A [`Fault`] for a tag that contains a comma, which would become two tags.
pub fn comma_list(tags: &[String]) -> Result<String, Fault> {
    match tags.iter().find(|tag| tag.contains(',')) {
        None => Ok(tags.join(",")),
        Some(tag) => Err(Fault::settings(
            "tag_refused",
            format!("The tag \u{201c}{tag}\u{201d} contains a comma, which would split it into two tags. Rename it."),
        )),
    }
}

/// A `Basic …` header value from a name and a password (RFC 7617).
pub fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// The MD5 hash (RFC 1321) in hexadecimal digits. Only for vendors that require it.
pub fn md5(text: &str) -> String {
    hex(&Md5::digest(text))
}

/// The first 128 bits of the SHA-256 hash of a text: the same text always has the same.
pub fn fingerprint(text: &str) -> String {
    let hash = Sha256::digest(text);
    hex(hash.get(..16).unwrap_or(&hash))
}

fn hex(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

/// The MD5 hash by which Mailchimp and EmailOctopus identify an email.
pub fn md5_of_lower(email: &str) -> String {
    md5(&email.to_lowercase())
}

/// A ULID (github.com/ulid/spec) of a time and the last eighty bits of an id. The same inputs give the same ULID.
pub fn ulid(at: Timestamp, id: Uuid) -> String {
    const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
    const RANDOM: u32 = 80;
    let moment = u128::from(at.millis().unsigned_abs()) << RANDOM;
    let value = moment | (id.as_u128() & ((1 << RANDOM) - 1));
    let digit = |place: u32| usize::try_from((value >> (5 * place)) & 31).ok().and_then(|digit| CROCKFORD.get(digit));
    (0..26).rev().filter_map(digit).copied().map(char::from).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_ulid_is_of_its_moment_and_its_id() {
        let at = Timestamp::from_millis(1_469_918_176_385).unwrap();
        // The time from the specification's own example.
        assert_eq!(ulid(at, Uuid::nil()), "01ARYZ6S410000000000000000");
        assert_eq!(ulid(at, Uuid::max()), "01ARYZ6S41ZZZZZZZZZZZZZZZZ");
        assert_ne!(ulid(at, Uuid::from_u128(1)), ulid(at, Uuid::from_u128(2)));
    }

    #[test]
    fn a_part_of_a_path_stays_one_part() {
        assert_eq!(segment("a.b+c%d/e@ü.test"), "a.b%2Bc%25d%2Fe%40%C3%BC.test");
        assert_eq!(segment("plain-1_~"), "plain-1_~");
    }

    #[test]
    fn a_tag_with_a_comma_is_refused() {
        let tags = |all: &[&str]| comma_list(&all.iter().map(|tag| (*tag).to_owned()).collect::<Vec<_>>());
        assert_eq!(tags(&["a b", "c&d"]).as_deref(), Ok("a b,c&d"));
        assert!(tags(&["a", "b,c"]).is_err_and(|fault| fault.message.contains("b,c")));
    }

    #[test]
    fn an_address_is_hashed_in_lower_case() {
        // Mailchimp's own documented example.
        assert_eq!(md5_of_lower("Urist.McVankab@freddiesjokes.com"), "62eeb292278cc15f5817cb78f7790b08");
    }

    #[test]
    fn a_fingerprint_is_the_beginning_of_the_hash() {
        // FIPS 180-4's own example.
        assert_eq!(fingerprint("abc"), "ba7816bf8f01cfea414140de5dae2223");
    }

    #[test]
    fn md5_as_in_rfc_1321() {
        assert_eq!(md5("message digest"), "f96b697d7cb7938d525a2f31aaf161d0");
    }

    #[test]
    fn basic_as_in_rfc_7617() {
        assert_eq!(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
