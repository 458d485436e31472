//! Spellings that vendors want.

use base64::{Engine, engine::general_purpose::STANDARD};
use md5::{Digest, Md5};
use std::fmt::Write;

/// One part of a path: everything but letters, digits and `-._~` is escaped (RFC 3986, section 2.3), so that an address
/// with `+`, `%`, `/` or other scripts stays one part and comes out as it went in.
pub fn segment(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() * 3);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            // A string takes every write.
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

/// `Basic …` of a name and a password (RFC 7617).
pub fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

/// What Mailchimp and EmailOctopus know an address by.
pub fn md5_of_lower(email: &str) -> String {
    let mut hex = String::with_capacity(32);
    for byte in Md5::digest(email.to_lowercase()) {
        let _ = write!(hex, "{byte:02x}");
    }
    hex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_path_stays_one_part() {
        assert_eq!(segment("a.b+c%d/e@ü.test"), "a.b%2Bc%25d%2Fe%40%C3%BC.test");
        assert_eq!(segment("plain-1_~"), "plain-1_~");
    }

    #[test]
    fn an_address_is_hashed_in_lower_case() {
        // Mailchimp's own documented example.
        assert_eq!(md5_of_lower("Urist.McVankab@freddiesjokes.com"), "62eeb292278cc15f5817cb78f7790b08");
    }

    #[test]
    fn basic_as_in_rfc_7617() {
        assert_eq!(basic("Aladdin", "open sesame"), "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    }
}
