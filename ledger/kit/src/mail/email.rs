//! An email before it is queued.

use super::kind::EmailKind;

/// Longer subjects are cut: no mail client shows more.
const SUBJECT_MAX: usize = 200;

/// One email to one person. `Debug` shows neither address nor body.
#[derive(Clone)]
pub struct Email {
    pub to: String,
    pub kind: EmailKind,
    pub subject: String,
    pub text: String,
    pub html: String,
    /// The URL where one click ends emails of this kind (RFC 8058); `None` for essential emails.
    pub unsubscribe: Option<String>,
}

impl std::fmt::Debug for Email {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Email").field("kind", &self.kind.as_str()).finish_non_exhaustive()
    }
}

/// Names of people and organizations appear in subjects: whatever they contain, a subject is one line.
pub fn one_line(text: &str) -> String {
    let words: Vec<&str> =
        text.split(|c: char| c.is_whitespace() || c.is_control()).filter(|w| !w.is_empty()).collect();
    let line: String = words.join(" ").chars().take(SUBJECT_MAX).collect();
    if line.is_empty() { "(no subject)".to_owned() } else { line }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line_whatever_it_is_made_of() {
        assert_eq!(one_line("Hello\r\nBcc: everybody@evil.test"), "Hello Bcc: everybody@evil.test");
        assert_eq!(one_line(" a \u{0}\u{2028}b\t"), "a b");
        assert_eq!(one_line("\n"), "(no subject)");
        assert_eq!(one_line(&"ü".repeat(500)).chars().count(), SUBJECT_MAX);
    }
}
