//! The code of a new coupon.

use super::key::can_be_typed;
use crate::{
    api::text,
    error::{Error, Result},
};

/// A new coupon's code, trimmed: 1 to `most` characters that a buyer can type.
///
/// # Errors
/// 400 naming `code`.
pub fn checked(code: &str, most: usize) -> Result<String> {
    let code = text::checked("code", code, most)?;
    if can_be_typed(&code) {
        return Ok(code);
    }
    Err(Error::field("code", "code must not contain invisible characters: a buyer couldn't type them"))
}
