//! An email before it is queued.

use lettre::message::Mailbox;

use super::kind::EmailKind;
use crate::{config::mail::MailSettings, email_address};

/// Longer subjects are cut: no mail client shows more.
const SUBJECT_MAX: usize = 200;
/// Longer names of senders are cut.
const SENDER_MAX: usize = 64;

/// One email to one person. `Debug` shows neither address nor body.
#[derive(Clone)]
pub struct Email {
    pub to: String,
    pub kind: EmailKind,
    /// The brand that it is from; `None` for emails from us.
    pub sender: Option<Sender>,
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

/// A brand, as the sender of an email.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sender {
    /// `None` if nothing in the brand's name can be shown.
    pub name: Option<String>,
    /// Where replies go, if not to us.
    pub reply_to: Option<String>,
}

impl Sender {
    pub fn of(brand: &str, reply_to: Option<&str>) -> Self {
        let reply_to = reply_to.map(str::to_owned).filter(|address| email_address::recipient(address).is_ok());
        Self { name: sender_name(brand), reply_to }
    }
}

impl MailSettings {
    /// Returns the sender of an email, under the name of the brand that it is from: `Acme via Rekomi <noreply@…>`.
    pub fn sender(&self, brand: Option<&str>) -> Mailbox {
        let Some(brand) = brand.and_then(sender_name) else { return self.from.clone() };
        let own = self.from.name.as_deref().unwrap_or("Rekomi");
        let sender = Mailbox::new(Some(format!("{brand} via {own}")), self.from.email.clone());
        // A message is read back before it is sent: a name that can't be read would stop it.
        if sender.to_string().parse::<Mailbox>().is_ok() { sender } else { self.from.clone() }
    }
}

/// A brand's name as a mail program shows it before an address: one line, which can't be taken for an address or be read
/// backwards.
fn sender_name(brand: &str) -> Option<String> {
    let plain = |c: char| if is_misleading(c) { ' ' } else { c };
    let line: String = brand.chars().map(plain).collect();
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    let short: String = line.chars().take(SENDER_MAX).collect();
    Some(short.trim_end().to_owned()).filter(|name| !name.is_empty())
}

/// Controls, what encloses an address, and characters that are invisible or reverse the text after them.
fn is_misleading(c: char) -> bool {
    let is_invisible =
        matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}');
    c.is_control() || is_invisible || matches!(c, '<' | '>' | '"' | '\\' | '@')
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

    #[test]
    fn a_sender_is_a_name_whatever_it_is_made_of() {
        for (brand, name) in [
            ("Lumen Yoga", "Lumen Yoga"),
            ("Acme\r\nBcc: everybody@evil.test", "Acme Bcc: everybody evil.test"),
            ("\"Bank\" <help@bank.test>", "Bank help bank.test"),
            (" a\u{0}\u{2028}\u{202e}b\t", "a b"),
            ("Müller & Söhne, Inc.", "Müller & Söhne, Inc."),
        ] {
            assert_eq!(sender_name(brand).as_deref(), Some(name), "{brand:?}");
        }
        assert_eq!(sender_name("\u{200b}\n<>"), None);
        assert_eq!(sender_name(&"ü".repeat(500)).unwrap().chars().count(), SENDER_MAX);
    }

    #[test]
    fn a_brand_sends_by_our_address() {
        let of = |from: &str| MailSettings { from: from.parse().unwrap(), ..MailSettings::for_tests() };
        let settings = of("Partners <noreply@brand.com>");
        let sender = settings.sender(Some("Lumen Yoga"));
        assert_eq!(sender.name.as_deref(), Some("Lumen Yoga via Partners"));
        assert_eq!(sender.email.to_string(), "noreply@brand.com");
        assert_eq!(settings.sender(None), settings.from);
        let nameless = of("noreply@brand.com");
        for brand in ["Acme", "Acme (test)", "Müller & Söhne, Inc.", "9 to 5: \u{65e5}\u{672c}", "50% = ½; #1!"] {
            assert_eq!(nameless.sender(Some(brand)).name, Some(format!("{brand} via Rekomi")));
        }
        assert_eq!(nameless.sender(Some("\r\n<>")), nameless.from);
    }

    #[test]
    fn replies_go_to_a_single_address() {
        let reply_to = |text| Sender::of("Acme", Some(text)).reply_to;
        assert_eq!(reply_to("hello@acme.test").as_deref(), Some("hello@acme.test"));
        for bad in ["", "hello", "a@b.test, c@d.test", "a@b.test\r\nBcc: c@d.test"] {
            assert_eq!(reply_to(bad), None, "{bad:?}");
        }
    }
}
