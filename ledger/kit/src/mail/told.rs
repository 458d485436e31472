//! Letters of one look for whatever is told: some paragraphs, perhaps a table and a button, in the colour of the brand that
//! tells it.

use askama::Template;

use super::{
    kind::LetterKind,
    letter::{Letter, Words},
};
use crate::{
    error::Result,
    page::color::{self, Tone},
};

/// How a brand's letters look.
#[derive(Debug, Clone)]
pub struct Look {
    pub brand: String,
    pub light: Tone,
    pub dark: Tone,
}

impl Look {
    /// `color` is the brand's as it gave it; without one it is ours.
    pub fn new(brand: impl Into<String>, color: Option<&str>) -> Self {
        Self { brand: brand.into(), light: color::on_light(color), dark: color::on_dark(color) }
    }
}

/// A letter in a brand's look.
#[derive(Debug, Clone)]
pub struct Told {
    pub look: Look,
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
    /// Where they say which letters they want, in words and as an address.
    pub choice: Option<(&'static str, String)>,
}

#[derive(Template)]
#[template(path = "mail/told.txt")]
struct ToldText<'a> {
    words: &'a Told,
}

#[derive(Template)]
#[template(path = "mail/told.html")]
struct ToldHtml<'a> {
    words: &'a Told,
}

impl Told {
    pub fn to(&self, address: &str, kind: LetterKind) -> Result<Letter> {
        Letter::new(address, kind, self)
    }

    /// A letter that one click ends; it says so itself too.
    pub fn with_end(mut self, address: &str, kind: LetterKind, end: String) -> Result<Letter> {
        self.choice = Some(("No more letters of this kind:", end.clone()));
        Ok(Letter { unsubscribe: Some(end), ..self.to(address, kind)? })
    }
}

impl Words for Told {
    fn subject(&self) -> String {
        self.subject.clone()
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        ToldText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        ToldHtml { words: self }.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_forms_say_all_of_it_and_escape_it() {
        let told = Told {
            look: Look::new("Acme & Sons", Some("#ff0000")),
            name: "<b>Nina</b>".to_owned(),
            subject: "Hello".to_owned(),
            paragraphs: vec!["First.".to_owned(), "Second.".to_owned()],
            rows: vec![("Sales".to_owned(), "3".to_owned())],
            button: Some(("Open it", "https://rekomi.test/a".to_owned())),
            why: "You get this letter because of a reason.".to_owned(),
            choice: None,
        };
        let letter = told
            .clone()
            .with_end("nina@creators.test", LetterKind::FirstClick, "https://rekomi.test/u/x".to_owned())
            .unwrap();
        assert_eq!(letter.unsubscribe.as_deref(), Some("https://rekomi.test/u/x"));
        for part in
            ["First.", "Second.", "Sales", "Open it", "https://rekomi.test/a", "https://rekomi.test/u/x", "a reason"]
        {
            assert!(letter.text.contains(part) && letter.html.contains(part), "{part} in {}", letter.text);
        }
        assert!(!letter.html.contains("<b>Nina") && letter.html.contains(&told.look.light.color), "{}", letter.html);
        assert!(!told.to("nina@creators.test", LetterKind::FirstClick).unwrap().text.contains("No more"));
    }
}
