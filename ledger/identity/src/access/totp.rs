//! Time-based one-time passwords (RFC 6238): 30 seconds, SHA-1, six digits, as every authenticator app generates them.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use shared::{seal::Secret, timestamp::Timestamp};
use url::form_urlencoded;

const STEP_MS: i64 = 30_000;
const DIGITS: usize = 6;
const MODULUS: u32 = 1_000_000;
/// The base32 alphabet of RFC 4648.
const ALPHABET: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// Returns 160 random bits in base32, because people may have to type them.
pub fn fresh_secret() -> Secret {
    Secret::new(encode(&rand::random::<[u8; 20]>()))
}

/// The URI in the QR code.
pub fn uri(account: &str, secret: &Secret) -> String {
    // Encodes spaces as `%20`, because some apps show a `+` in the query literally.
    let escape = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>().replace('+', "%20");
    format!(
        "otpauth://totp/Rekomi:{}?secret={}&issuer=Rekomi&algorithm=SHA1&digits={DIGITS}&period={}",
        escape(account),
        secret.expose(),
        STEP_MS / 1_000
    )
}

/// Finds the time step of the given code: the current one, the one before or the one after, to tolerate clocks that are
/// slightly off. Steps up to `used` no longer count.
pub fn matching_step(secret: &Secret, given: &str, now: Timestamp, used: Option<i64>) -> Option<i64> {
    let key = decode(secret.expose())?;
    let digits: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    if digits.len() != DIGITS || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let given: u32 = digits.parse().ok()?;
    let current = now.millis().div_euclid(STEP_MS);
    [current, current - 1, current + 1]
        .into_iter()
        .find(|step| used.is_none_or(|used| *step > used) && code(&key, *step) == given)
}

fn code(key: &[u8], step: i64) -> u32 {
    // HMAC takes a key of any length; the other arm is unreachable.
    let mut mac = Hmac::<Sha1>::new_from_slice(key).unwrap_or_else(|_| Hmac::new(&Default::default()));
    mac.update(&step.to_be_bytes());
    let hash: [u8; 20] = mac.finalize().into_bytes().into();
    let start = usize::from(hash[19] & 0x0f);
    let four = hash.get(start..start + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok()).unwrap_or_default();
    (u32::from_be_bytes(four) & 0x7fff_ffff) % MODULUS
}

/// Encodes bytes in base32 without padding; their number must be a multiple of five.
pub fn encode(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 8 / 5);
    for five in bytes.chunks(5) {
        let bits = five.iter().fold(0_u64, |bits, byte| bits << 8 | u64::from(*byte));
        for place in (0..8).rev() {
            text.push(char::from(ALPHABET[usize::from((bits >> (place * 5)) as u8 & 31)]));
        }
    }
    text
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 5 / 8);
    for eight in text.as_bytes().chunks(8) {
        let mut bits = 0_u64;
        for digit in eight {
            let value = ALPHABET.iter().position(|known| known == digit)?;
            bits = bits << 5 | u64::try_from(value).ok()?;
        }
        bytes.extend_from_slice(bits.to_be_bytes().get(3..)?);
    }
    text.len().is_multiple_of(8).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of the SHA-1 column in RFC 6238, appendix B.
    fn seed() -> Secret {
        Secret::new(encode(b"12345678901234567890"))
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds).unwrap()
    }

    #[test]
    fn codes_are_those_of_the_standard() {
        for (seconds, expected) in [
            (59, 287_082),
            (1_111_111_109, 81_804),
            (1_111_111_111, 50_471),
            (1_234_567_890, 5_924),
            (2_000_000_000, 279_037),
            (20_000_000_000, 353_130),
        ] {
            assert_eq!(code(b"12345678901234567890", seconds / 30), expected, "{seconds}");
            let given = format!("{expected:06}");
            assert_eq!(matching_step(&seed(), &given, at(seconds), None), Some(seconds / 30), "{seconds}");
        }
    }

    #[test]
    fn clocks_may_be_one_step_off_and_no_step_counts_twice() {
        let find = |seconds, used| matching_step(&seed(), "287 082", at(seconds), used);
        assert_eq!((find(59, None), find(29, None), find(89, None)), (Some(1), Some(1), Some(1)));
        assert_eq!((find(119, None), find(59, Some(1)), find(59, Some(0))), (None, None, Some(1)));
    }

    #[test]
    fn anything_else_is_no_code() {
        for bad in ["", "28708", "2870822", "28708a", "+87082", "２８７０８２", "-87082"] {
            assert_eq!(matching_step(&seed(), bad, at(59), None), None, "{bad}");
        }
    }

    #[test]
    fn a_secret_reads_back() {
        let bytes: [u8; 20] = rand::random();
        assert_eq!(decode(&encode(&bytes)).unwrap(), bytes);
        assert_eq!(encode(b"12345678901234567890"), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(decode("GEZD!NBV"), None);
        assert_eq!(decode("GEZ"), None);
        assert_eq!(fresh_secret().expose().len(), 32);
    }

    #[test]
    fn the_address_names_issuer_and_account() {
        assert_eq!(
            uri("a+b@c.test", &seed()),
            "otpauth://totp/Rekomi:a%2Bb%40c.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Rekomi&algorithm=SHA1&digits=6&period=30"
        );
    }
}
