//! The click token: a signed, self-contained proof that a link was followed at a certain time.
//!
//! `rkc_` + base64url, without padding, of `version 1 | key id 1 | click id 16 | link id 16 | Unix ms 6 | MAC 16`: 79
//! characters of `[A-Za-z0-9_-]`. It travels as the `rk` parameter, in the `_rkmi` cookie and in a gateway's reference
//! field (Stripe's `client_reference_id` takes 200 characters of that alphabet), and attributes a conversion even if
//! its click event is late or lost. The click id ends like the id of the link's program ([`ClickId::of_program`]). The MAC
//! is HMAC-SHA256 truncated to 128 bits (RFC 2104 §5).

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::Mac;

use crate::{
    id::{ClickId, LinkId},
    keys::KeyRing,
    timestamp::Timestamp,
};

pub const TOKEN_PREFIX: &str = "rkc_";
/// Exact length of a token's text.
pub const TOKEN_LEN: usize = TOKEN_PREFIX.len() + 75;
const VERSION: u8 = 1;
const SIGNED_LEN: usize = 1 + 1 + 16 + 16 + 6;
const MAC_LEN: usize = 16;

/// The content of a token whose signature has been checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickToken {
    pub click_id: ClickId,
    pub link_id: LinkId,
    /// When the link was followed; the attribution window counts from here.
    pub clicked_at: Timestamp,
}

/// Why a text isn't one of our tokens. Callers treat each case as "no token": a visitor never sees an error for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    #[error("not a click token")]
    Malformed,
    #[error("made by a later version")]
    UnknownVersion,
    #[error("made with a key that is no longer accepted")]
    UnknownKey,
    #[error("the signature does not match")]
    Mismatch,
}

impl ClickToken {
    #[inline]
    pub fn encode(&self, keys: &KeyRing) -> String {
        let key = keys.current();
        let mut bytes = [0; SIGNED_LEN + MAC_LEN];
        bytes[0] = VERSION;
        bytes[1] = key.id;
        bytes[2..18].copy_from_slice(self.click_id.bytes());
        bytes[18..34].copy_from_slice(self.link_id.bytes());
        // A timestamp ends with the year 9999, so its six low bytes contain all of it.
        bytes[34..SIGNED_LEN].copy_from_slice(&self.clicked_at.millis().to_be_bytes()[2..]);
        let mac = key.mac(&[&bytes[..SIGNED_LEN]]).finalize().into_bytes();
        bytes[SIGNED_LEN..].copy_from_slice(&mac[..MAC_LEN]);
        let mut text = String::with_capacity(TOKEN_LEN);
        text.push_str(TOKEN_PREFIX);
        BASE64_URL_SAFE_NO_PAD.encode_string(bytes, &mut text);
        text
    }

    /// # Errors
    /// [`TokenError`] for anything that [`ClickToken::encode`] did not create with one of these keys.
    #[inline]
    pub fn decode(text: &str, keys: &KeyRing) -> Result<Self, TokenError> {
        let encoded =
            text.strip_prefix(TOKEN_PREFIX).filter(|_| text.len() == TOKEN_LEN).ok_or(TokenError::Malformed)?;
        let mut bytes = [0; SIGNED_LEN + MAC_LEN];
        match BASE64_URL_SAFE_NO_PAD.decode_slice(encoded, &mut bytes) {
            Ok(length) if length == bytes.len() => {}
            _ => return Err(TokenError::Malformed),
        }
        if bytes[0] != VERSION {
            return Err(TokenError::UnknownVersion);
        }
        let key = keys.get(bytes[1]).ok_or(TokenError::UnknownKey)?;
        key.mac(&[&bytes[..SIGNED_LEN]])
            .verify_truncated_left(&bytes[SIGNED_LEN..])
            .map_err(|_| TokenError::Mismatch)?;
        let array = |from: usize| -> [u8; 16] { std::array::from_fn(|offset| bytes[from + offset]) };
        let millis = bytes[34..SIGNED_LEN].iter().fold(0_i64, |millis, byte| millis << 8 | i64::from(*byte));
        Ok(Self {
            click_id: ClickId::from_bytes(array(2)),
            link_id: LinkId::from_bytes(array(18)),
            clicked_at: Timestamp::from_millis(millis).map_err(|_| TokenError::Malformed)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::keys::Purpose;

    fn ring(text: &str) -> KeyRing {
        let entries: Vec<String> = text.split(',').map(|id| format!("{id}:{}", id.repeat(64))).collect();
        KeyRing::parse(&entries.join(","), Purpose::ClickToken).unwrap()
    }

    fn token(click: u128, link: u128, millis: i64) -> ClickToken {
        ClickToken {
            click_id: ClickId::from_bytes(click.to_be_bytes()),
            link_id: LinkId::from_bytes(link.to_be_bytes()),
            clicked_at: Timestamp::from_millis(millis).unwrap(),
        }
    }

    #[test]
    fn fits_every_carrier() {
        let text = token(u128::MAX, u128::MAX, 253_402_300_799_999).encode(&ring("1"));
        assert_eq!(text.len(), TOKEN_LEN);
        assert!(text.len() <= 100 && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte)));
    }

    #[test]
    fn keys_rotate_and_retire() {
        let text = token(1, 2, 3).encode(&ring("1"));
        assert_eq!(ClickToken::decode(&text, &ring("2,1")), Ok(token(1, 2, 3)));
        assert_eq!(ClickToken::decode(&text, &ring("2")), Err(TokenError::UnknownKey));
        // The same key number with a different key: forged, not unknown.
        let other = KeyRing::parse(&format!("1:{}", "7".repeat(64)), Purpose::ClickToken).unwrap();
        assert_eq!(ClickToken::decode(&text, &other), Err(TokenError::Mismatch));
    }

    #[test]
    fn another_purposes_key_makes_no_token() {
        let pages = KeyRing::parse(&format!("1:{}", "1".repeat(64)), Purpose::Pages).unwrap();
        assert_eq!(ClickToken::decode(&token(1, 2, 3).encode(&pages), &ring("1")), Err(TokenError::Mismatch));
    }

    proptest! {
        #[test]
        fn round_trip(click: u128, link: u128, millis in 0i64..253_402_300_799_999) {
            let made = token(click, link, millis);
            prop_assert_eq!(ClickToken::decode(&made.encode(&ring("1")), &ring("1")), Ok(made));
        }

        #[test]
        fn every_truncation_and_bit_flip_is_refused(click: u128, link: u128, millis in 0i64..253_402_300_799_999) {
            let text = token(click, link, millis).encode(&ring("1"));
            for cut in 0..text.len() {
                prop_assert!(ClickToken::decode(&text[..cut], &ring("1")).is_err());
            }
            let bytes = BASE64_URL_SAFE_NO_PAD.decode(&text[TOKEN_PREFIX.len()..]).unwrap();
            for bit in 0..bytes.len() * 8 {
                let mut changed = bytes.clone();
                changed[bit / 8] ^= 1 << (bit % 8);
                let forged = format!("{TOKEN_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(changed));
                prop_assert!(ClickToken::decode(&forged, &ring("1")).is_err());
            }
        }

        #[test]
        fn no_text_panics(text in "(rkc_)?\\PC*") {
            prop_assert!(ClickToken::decode(&text, &ring("1")).is_err());
        }
    }
}
