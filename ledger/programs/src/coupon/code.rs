//! Validates the code of a new coupon.

use kit::{
    api::text,
    error::{Error, Result},
};
use rules::coupon::key::can_be_typed;

/// A new coupon's code, trimmed: 1 to `most` characters that a buyer can type.
///
/// # Errors
/// 400 naming `code`.
pub fn checked(code: &str, most: usize) -> Result<String> {
    let code = text::checked("code", code, most)?;
    if can_be_typed(&code) {
        return Ok(code);
    }
    Err(Error::field("code", "code must not contain invisible characters, because buyers can't type them"))
}

#[cfg(test)]
mod tests {
    use super::*;

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
