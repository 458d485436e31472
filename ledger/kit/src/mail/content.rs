//! The common layout of emails: some paragraphs, perhaps a table and a button, in the color of the brand that sends
//! them.

use askama::Template;

use super::{
    email::{Email, Words},
    kind::EmailKind,
};
use crate::{
    error::Result,
    page::color::{self, Tone},
};

/// The look of a brand's emails.
#[derive(Debug, Clone)]
pub struct Branding {
    pub brand: String,
    pub light: Tone,
    pub dark: Tone,
}

impl Branding {
    /// `color` is the brand's own; without one ours is used.
    pub fn new(brand: impl Into<String>, color: Option<&str>) -> Self {
        Self { brand: brand.into(), light: color::on_light(color), dark: color::on_dark(color) }
    }
}

/// An email in a brand's look.
#[derive(Debug, Clone)]
pub struct EmailContent {
    pub look: Branding,
    /// The name in the greeting; if empty, the greeting has none.
    pub name: String,
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// Label and value.
    pub rows: Vec<(String, String)>,
    /// Its label, and the URL it opens.
    pub button: Option<(&'static str, String)>,
    /// Why the recipient gets it, in a sentence.
    pub why: String,
    /// A text and a URL for choosing which emails to get.
    pub choice: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "mail/content.txt")]
struct ContentText<'a> {
    words: &'a EmailContent,
}

#[derive(Template)]
#[template(path = "mail/content.html")]
struct ContentHtml<'a> {
    words: &'a EmailContent,
}

impl EmailContent {
    pub fn to(&self, address: &str, kind: EmailKind) -> Result<Email> {
        Email::new(address, kind, self)
    }

    /// Builds an email with one-click unsubscribe, and says so in its text.
    pub fn with_end(mut self, address: &str, kind: EmailKind, end: String) -> Result<Email> {
        self.choice = Some(("Unsubscribe", end.clone()));
        Ok(Email { unsubscribe: Some(end), ..self.to(address, kind)? })
    }
}

impl Words for EmailContent {
    fn subject(&self) -> String {
        self.subject.clone()
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        ContentText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        ContentHtml { words: self }.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_all_of_it_and_escape_it() {
        let content = EmailContent {
            look: Branding::new("Acme & Sons", Some("#ff0000")),
            name: "<b>Nina</b>".to_owned(),
            subject: "Hello".to_owned(),
            paragraphs: vec!["First.".to_owned(), "Second.".to_owned()],
            rows: vec![("Sales".to_owned(), "3".to_owned())],
            button: Some(("View it", "https://rekomi.test/a".to_owned())),
            why: "You’re receiving this because of a reason.".to_owned(),
            choice: None,
        };
        let email = content
            .clone()
            .with_end("nina@creators.test", EmailKind::FirstClick, "https://rekomi.test/u/x".to_owned())
            .unwrap();
        assert_eq!(email.unsubscribe.as_deref(), Some("https://rekomi.test/u/x"));
        for part in
            ["First.", "Second.", "Sales", "View it", "https://rekomi.test/a", "https://rekomi.test/u/x", "a reason"]
        {
            assert!(email.text.contains(part) && email.html.contains(part), "{part} in {}", email.text);
        }
        assert!(
            !email.html.contains("<b>Nina") && email.html.contains(&content.look.light.color.to_string()),
            "{}",
            email.html
        );
        assert!(!content.to("nina@creators.test", EmailKind::FirstClick).unwrap().text.contains("Unsubscribe"));
    }
}
