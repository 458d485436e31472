//! Accepts texts of a model that are only text: no links, no markup, nothing that loads or leads elsewhere.

use super::Outcome;
use kit::api::text::holds_address;

/// The text, if it has at most this many characters.
///
/// # Errors
/// Says what is wrong with it.
pub fn lines(field: &str, text: &str, characters_max: usize) -> Outcome<String> {
    let text = text.replace("\r\n", "\n").trim().to_owned();
    if text.chars().count() > characters_max {
        return Err(format!("{field} must have at most {characters_max} characters"));
    }
    if text.chars().any(|sign| sign.is_control() && sign != '\n') {
        return Err(format!("{field} must not have control characters"));
    }
    if text.contains(['<', '>', '`']) || text.contains("](") || text.contains("**") {
        return Err(format!("{field} must be plain text without markup"));
    }
    if text.contains('@') || holds_address(&text) {
        return Err(format!("{field} must not have links or addresses"));
    }
    Ok(text)
}

/// The same on one line.
///
/// # Errors
/// As [`lines`].
pub fn line(field: &str, text: &str, characters_max: usize) -> Outcome<String> {
    let text = lines(field, text, characters_max)?;
    if text.contains('\n') { Err(format!("{field} must be one line")) } else { Ok(text) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plain_text_is_accepted() {
        for text in ["Earn 20% of every sale.\n\nPaid monthly.", "For example $18.50 (or less)", "a/b: c"] {
            assert_eq!(lines("text", text, 100).as_deref(), Ok(text));
        }
        assert_eq!(lines("text", " a\r\nb ", 10).as_deref(), Ok("a\nb"));
        assert!(line("text", "a\nb", 10).unwrap_err().contains("one line"));
    }

    #[test]
    fn links_and_markup_are_not() {
        for text in [
            "See https://evil.test/x",
            "See evil.com/x",
            "(go.brand.com)",
            "write to mia@creators.test",
            "<img src=x>",
            "[x](y)",
            "**now**",
            "`code`",
            "a\u{7}b",
        ] {
            assert!(lines("text", text, 100).is_err(), "{text}");
        }
        assert!(lines("text", &"x".repeat(11), 10).unwrap_err().contains("at most 10"));
    }
}
