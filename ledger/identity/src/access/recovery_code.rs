//! Recovery codes, for a person who lost the device with their authenticator app. Each person has ten; they are shown
//! once, and each works once.

use sha2::{Digest, Sha256};
use shared::id::UserId;

use super::totp::encode;

pub const COUNT: usize = 10;
/// 80 bits.
const CHARACTERS: usize = 16;

/// `abcd-efgh-ijkl-mnop`.
pub fn fresh() -> [String; COUNT] {
    std::array::from_fn(|_| {
        let text = encode(&rand::random::<[u8; 10]>()).to_lowercase();
        let parts: Vec<&str> = [0, 4, 8, 12].into_iter().filter_map(|start| text.get(start..start + 4)).collect();
        parts.join("-")
    })
}

/// Returns the hash that is stored for a code, or `None` if the text isn't a possible code. With 80 random bits, a code
/// needs no slow hash.
pub fn hash(user: UserId, given: &str) -> Option<[u8; 32]> {
    let code: String = given.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    if code.len() != CHARACTERS || !code.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        return None;
    }
    let code = code.to_ascii_lowercase();
    Some(Sha256::new().chain_update("recovery\0").chain_update(user.to_string()).chain_update(code).finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_many_and_read_as_people_type_them() {
        let codes = fresh();
        let (user, other) = (UserId::v7(1, &[1; 10]), UserId::v7(1, &[2; 10]));
        let mut hashes: Vec<_> = codes.iter().filter_map(|code| hash(user, code)).collect();
        hashes.sort_unstable();
        hashes.dedup();
        assert_eq!(hashes.len(), COUNT);
        let code = &codes[0];
        assert_eq!(hash(user, code), hash(user, &format!(" {} ", code.to_uppercase().replace('-', ""))));
        assert_ne!(hash(user, code), hash(other, code));
        assert_eq!(code.len(), 19);
        for bad in ["", "123456", "abcd-efgh-ijkl-mno", "abcd-efgh-ijkl-mn\u{f6}p"] {
            assert_eq!(hash(user, bad), None, "{bad}");
        }
    }
}
