//! The terms that a program's affiliates accept: each change creates a new version, and each acceptance names its
//! version. Pure.

use shared::timestamp::Timestamp;

use kit::error::{Error, Result};

const BODY_MAX: usize = 50_000;

/// A version of a program's terms.
#[derive(Debug, Clone)]
pub struct Terms {
    pub version: i32,
    pub body: String,
    pub since: Timestamp,
}

impl Terms {
    /// Splits the text at blank lines.
    pub fn paragraphs(&self) -> impl Iterator<Item = &str> {
        self.body.split("\n\n").map(str::trim).filter(|paragraph| !paragraph.is_empty())
    }
}

/// Validates the text and normalizes its line endings.
///
/// # Errors
/// 400 naming the field.
pub fn checked(text: &str) -> Result<String> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    let strange = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if text.chars().count() > BODY_MAX || text.chars().any(strange) {
        return Err(Error::field("terms", format!("Use at most {BODY_MAX} characters, without control characters.")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_text_of_paragraphs() {
        let body = checked(" First.\r\n\r\nSecond\nline. \r\n\r\n\r\n").unwrap();
        assert_eq!(body, "First.\n\nSecond\nline.");
        let terms = Terms { version: 1, body, since: Timestamp::EPOCH };
        assert_eq!(terms.paragraphs().collect::<Vec<_>>(), ["First.", "Second\nline."]);
        assert!(checked("a\0b").is_err() && checked(&"x".repeat(50_001)).is_err());
    }
}
