//! Validates the code of a new coupon.

use kit::{
    api::text,
    error::{Error, Result},
};
use rules::coupon::key::can_be_typed;

/// The signs of ASCII that a code may contain besides letters and digits.
const SIGNS: &str = "-_.%+&";

/// A new coupon's code, trimmed: 1 to `most` characters that a buyer can type. Letters of any alphabet are fine; spaces
/// aren't, because a buyer can't see how many there are.
///
/// # Errors
/// 400 naming `code`.
pub fn checked(code: &str, most: usize) -> Result<String> {
    let code = text::checked("code", code, most)?;
    if !can_be_typed(&code) {
        return Err(Error::field("code", "code must not contain invisible characters, because buyers can't type them"));
    }
    let is_usual = |sign: char| !sign.is_whitespace() && (!sign.is_ascii() || sign.is_ascii_alphanumeric());
    if code.chars().all(|sign| is_usual(sign) || SIGNS.contains(sign)) {
        return Ok(code);
    }
    Err(Error::field("code", "code must contain only letters, digits and the characters - _ . % + &, without spaces"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_and_odd_signs_are_refused() {
        for good in ["SAVE-10", "save_10", "SAVE10%", "A.B+C&D", "Ω-20", "学生20"] {
            assert_eq!(checked(good, 100).unwrap(), good);
        }
        for bad in ["a b c", "SAVE\u{a0}10", "SAVE\u{3000}10", "SAVE!!", "<SAVE>", "SAVE'10", "SAVE\"10"] {
            let refused = checked(bad, 100).unwrap_err();
            assert_eq!(refused.body().field.as_deref(), Some("code"), "{bad:?}");
            assert!(refused.body().message.contains("letters, digits"), "{bad:?}");
        }
    }

    #[test]
    fn what_leaves_no_mark_is_refused() {
        assert_eq!(checked(" İNDİRİM20 ", 100).unwrap(), "İNDİRİM20");
        for bad in ["SAVE\u{200b}10", "SA\u{ad}VE", "\u{feff}SAVE", "SAVE\u{2060}", "SAVE\u{fe0f}", "\u{3164}"] {
            let refused = checked(bad, 100).unwrap_err();
            assert_eq!(refused.body().field.as_deref(), Some("code"), "{bad:?}");
            assert!(refused.body().message.contains("invisible"), "{bad:?}");
        }
    }
}
