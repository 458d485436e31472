//! Letters of one look for whatever is told: some paragraphs, perhaps a table and a button, in the color of the brand that
//! tells it.

use askama::Template;

use super::{
    email::{Email, Words},
    kind::EmailKind,
};
use crate::{
    error::Result,
    page::color::{self, Tone},
};

/// How a brand's emails look.
#[derive(Debug, Clone)]
pub struct Branding {
    pub brand: String,
    pub light: Tone,
    pub dark: Tone,
}

impl Branding {
    /// `color` is the brand's as it gave it; without one it is ours.
    pub fn new(brand: impl Into<String>, color: Option<&str>) -> Self {
        Self { brand: brand.into(), light: color::on_light(color), dark: color::on_dark(color) }
    }
}

/// An email in a brand's look.
#[derive(Debug, Clone)]
pub struct EmailContent {
    pub look: Branding,
    /// Whom it greets; empty greets nobody by name.
    pub name: String,
    pub subject: String,
    pub paragraphs: Vec<String>,
    /// Label and value.
    pub rows: Vec<(String, String)>,
    /// Its words, and where it leads.
    pub button: Option<(&'static str, String)>,
    /// Why they get it, in a sentence.
    pub why: String,
    /// Where they say which emails they want, in words and as an address.
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

    /// An email that one click ends; it says so itself too.
    pub fn with_end(mut self, address: &str, kind: EmailKind, end: String) -> Result<Email> {
        self.choice = Some(("No more letters of this kind:", end.clone()));
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
            button: Some(("Open it", "https://rekomi.test/a".to_owned())),
            why: "You get this letter because of a reason.".to_owned(),
            choice: None,
        };
        let email = content
            .clone()
            .with_end("nina@creators.test", EmailKind::FirstClick, "https://rekomi.test/u/x".to_owned())
            .unwrap();
        assert_eq!(email.unsubscribe.as_deref(), Some("https://rekomi.test/u/x"));
        for part in
            ["First.", "Second.", "Sales", "Open it", "https://rekomi.test/a", "https://rekomi.test/u/x", "a reason"]
        {
            assert!(email.text.contains(part) && email.html.contains(part), "{part} in {}", email.text);
        }
        assert!(!email.html.contains("<b>Nina") && email.html.contains(&content.look.light.color), "{}", email.html);
        assert!(!content.to("nina@creators.test", EmailKind::FirstClick).unwrap().text.contains("No more"));
    }
}
