//! The reason of a decision: every decision has one that people can read.

use serde::Deserialize;
use utoipa::ToSchema;

use kit::error::{Error, Result};

const REASON_MAX: usize = 1_000;

/// The reason for a decision.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Reason {
    /// The reason, shown on the receipt: 1 to 1000 characters.
    #[schema(example = "The buyer and the affiliate are different people; checked by phone.")]
    pub reason: String,
}

/// Trims and validates a reason.
///
/// # Errors
/// 400 naming `reason`.
pub fn checked(reason: &str) -> Result<String> {
    let reason = reason.trim();
    let length = reason.chars().count();
    let plain = |character: char| !character.is_control() || character == '\n' || character == '\t';
    if !(1..=REASON_MAX).contains(&length) || !reason.replace("\r\n", "\n").chars().all(plain) {
        return Err(Error::field("reason", "reason must be 1 to 1000 characters of plain text"));
    }
    Ok(reason.replace("\r\n", "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_something_to_read() {
        assert_eq!(checked(" two\r\nlines ").unwrap(), "two\nlines");
        assert_eq!(checked(&"ü".repeat(1_000)).unwrap().chars().count(), 1_000);
        for bad in ["", "  \n", "a\0b", &"x".repeat(1_001)] {
            assert_eq!(checked(bad).unwrap_err().body().field.as_deref(), Some("reason"), "{bad:?}");
        }
    }
}
