//! What an invitation may say: it reaches people who didn't ask for it, so nothing in it leads elsewhere. Pure.

use kit::{
    api::text::holds_address,
    error::{Error, Result},
    text::Texts,
};

/// The most characters of an invitation.
pub const INVITATION_MAX: usize = 1_000;
/// The most characters of a message after the creator answered.
pub const MESSAGE_MAX: usize = 2_000;
pub const REASON_MAX: usize = 1_000;
/// This many digits in a row, with the usual signs between them, are a phone number.
const DIGITS_MAX: usize = 7;

/// Checks an invitation's text.
///
/// # Errors
/// 400 at `message` if it is empty, too long, or contains an address or phone number.
pub fn invitation(text: &str) -> Result<String> {
    let text = long("message", text, INVITATION_MAX)?;
    if text.contains('@') || holds_address(&text) || holds_phone_number(&text) {
        let message =
            "Leave out links, email addresses, usernames and phone numbers. Creators see your program's page.";
        return Err(Error::field("message", message));
    }
    Ok(text)
}

/// Checks the length of a text that may have several lines.
///
/// # Errors
/// 400 at the field.
pub fn long(field: &'static str, text: &str, most: usize) -> Result<String> {
    let text = text.trim().replace("\r\n", "\n");
    let is_plain = text.chars().all(|character| character == '\n' || !character.is_control());
    if text.is_empty() || text.chars().count() > most || !is_plain {
        return Err(Error::field(field, format!("{field} must be 1 to {most} characters")));
    }
    Ok(text)
}

/// As [`long`], with the mistake in the creator's language.
///
/// # Errors
/// 400 at the field.
pub fn of_creator(t: Texts, field: &'static str, text: &str, most: usize) -> Result<String> {
    long(field, text, most).map_err(|_| Error::field(field, t.say("contact-length").with("most", most)))
}

fn holds_phone_number(text: &str) -> bool {
    let mut digits = 0;
    for character in text.chars() {
        match character {
            _ if character.is_numeric() => digits += 1,
            ' ' | '-' | '.' | '/' | '(' | ')' | '+' => {}
            _ => digits = 0,
        }
        if digits >= DIGITS_MAX {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_invitation_leads_nowhere_else() {
        for good in ["We like your kitchen reviews.\n\nShall we talk? We pay 20% for 12 months.", "From 2024 to 2026"] {
            assert_eq!(invitation(good).unwrap(), good);
        }
        for bad in [
            "",
            "  ",
            "See https://evil.test/x",
            "Write to ann@evil.test",
            "Call +49 (30) 123-4567",
            "evil.test",
            "find me @ann",
            "a\u{0}b",
        ] {
            assert_eq!(invitation(bad).unwrap_err().body().field.as_deref(), Some("message"), "{bad:?}");
        }
        assert!(invitation(&"ü".repeat(INVITATION_MAX)).is_ok());
        assert!(invitation(&"ü".repeat(INVITATION_MAX + 1)).is_err());
    }
}
