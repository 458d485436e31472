//! What an email says: paragraphs, perhaps a table and a button, in the look of its sender and the language of its
//! recipient. Its text and its HTML form show the same parts, made of the same messages of the catalogue.

use std::fmt::Display;

use askama::Template;

use super::{
    email::{Email, one_line},
    kind::EmailKind,
};
use crate::{
    error::{Error, Result},
    page::color::{self, Tone},
    text::{Language, Texts},
};

/// The look of a brand's emails, and their language.
#[derive(Debug, Clone)]
pub struct Branding {
    pub brand: String,
    pub light: Tone,
    pub dark: Tone,
    /// The messages in the recipient's language.
    pub t: Texts,
}

impl Branding {
    /// `color` is the brand's own; without one ours is used. The language is English.
    pub fn new(brand: impl Into<String>, color: Option<&str>) -> Self {
        Self { brand: brand.into(), light: color::on_light(color), dark: color::on_dark(color), t: Texts::default() }
    }

    /// For emails to people with accounts: they are from us, and in English.
    pub fn rekomi() -> Self {
        Self::new("Rekomi", None)
    }

    /// The same in an affiliate's language, as `affiliates.language` spells it; in English if they chose none.
    pub fn in_language(self, language: Option<&str>) -> Self {
        Self { t: Texts::new(language.and_then(Language::parse).unwrap_or_default()), ..self }
    }
}

/// A part of an email's body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    Paragraph(String),
    /// What a person wrote, with their line breaks.
    Quote(String),
    /// Labels and values.
    Rows(Vec<(String, String)>),
    /// A label, and the URLs below it.
    Links(String, Vec<String>),
    /// A label that opens a URL.
    Link(String, String),
    /// A link for the main action.
    Button(String, String),
}

/// An email before it is addressed. Each part is a message of the catalogue, or made by people.
#[derive(Debug, Clone)]
pub struct EmailContent {
    pub look: Branding,
    pub subject: String,
    greeting: Option<String>,
    pub parts: Vec<Part>,
    /// Why the recipient gets it, in a sentence.
    why: String,
    /// A label and a URL for choosing which emails to get.
    choice: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "mail/layout.html")]
struct Html<'a> {
    email: &'a EmailContent,
    t: Texts,
}

impl EmailContent {
    /// An email without a greeting and parts. `why` explains to the recipient why they get it.
    pub fn new(look: Branding, subject: impl Display, why: impl Display) -> Self {
        let (subject, why) = (subject.to_string(), why.to_string());
        Self { look, subject, greeting: None, parts: Vec::new(), why, choice: None }
    }

    /// Greets the recipient, without a name if it is empty.
    pub fn greeting(mut self, name: &str) -> Self {
        let t = self.look.t;
        let greeting = match name {
            "" => t.say("email-greeting-nameless"),
            _ => t.say("email-greeting").with("name", name),
        };
        self.greeting = Some(greeting.to_string());
        self
    }

    pub fn paragraph(self, text: impl Display) -> Self {
        self.part(Part::Paragraph(text.to_string()))
    }

    pub fn quote(self, text: impl Into<String>) -> Self {
        self.part(Part::Quote(text.into()))
    }

    /// Adds a table, if there are rows.
    pub fn rows(self, rows: Vec<(String, String)>) -> Self {
        if rows.is_empty() { self } else { self.part(Part::Rows(rows)) }
    }

    /// Adds a list of links, if there are some.
    pub fn links(self, label: impl Display, urls: Vec<String>) -> Self {
        if urls.is_empty() { self } else { self.part(Part::Links(label.to_string(), urls)) }
    }

    pub fn link(self, label: impl Display, url: impl Into<String>) -> Self {
        self.part(Part::Link(label.to_string(), url.into()))
    }

    pub fn button(self, label: impl Display, url: impl Into<String>) -> Self {
        self.part(Part::Button(label.to_string(), url.into()))
    }

    /// Adds a link to its end, for choosing which emails to get.
    pub fn choice(mut self, label: impl Display, url: impl Into<String>) -> Self {
        self.choice = Some((label.to_string(), url.into()));
        self
    }

    fn part(mut self, part: Part) -> Self {
        self.parts.push(part);
        self
    }

    /// # Errors
    /// An internal error if the template fails.
    pub fn to(&self, address: &str, kind: EmailKind) -> Result<Email> {
        let html = Html { email: self, t: self.look.t }.render().map_err(|error| Error::internal(error))?;
        let subject = one_line(&self.subject);
        Ok(Email { to: address.to_owned(), kind, subject, text: self.text(), html, unsubscribe: None })
    }

    /// Builds an email with one-click unsubscribe, and says so in its text.
    pub fn with_end(self, address: &str, kind: EmailKind, end: String) -> Result<Email> {
        let label = self.look.t.say("email-unsubscribe");
        let email = self.choice(label, end.as_str()).to(address, kind)?;
        Ok(Email { unsubscribe: Some(end), ..email })
    }

    /// The form for mail clients that show no HTML.
    fn text(&self) -> String {
        let mut blocks: Vec<String> = self.greeting.iter().cloned().collect();
        blocks.extend(self.parts.iter().map(Part::text));
        blocks.push(self.look.brand.clone());
        blocks.push(match &self.choice {
            Some((label, url)) => format!("{}\n{label}:\n{url}", self.why),
            None => self.why.clone(),
        });
        blocks.join("\n\n") + "\n"
    }
}

impl Part {
    fn text(&self) -> String {
        match self {
            Self::Paragraph(text) | Self::Quote(text) => text.clone(),
            Self::Rows(rows) => {
                rows.iter().map(|(label, value)| format!("{label}: {value}")).collect::<Vec<_>>().join("\n")
            }
            Self::Links(label, urls) => format!("{label}:\n{}", urls.join("\n")),
            Self::Link(label, url) | Self::Button(label, url) => format!("{label}:\n{url}"),
        }
    }
}

/// Lists amounts in several currencies, each a currency and its minor units: `€12.50 and $40.00`.
pub fn amounts<'a>(t: Texts, sums: impl Iterator<Item = (&'a str, i64)>) -> String {
    let mut all: Vec<String> = sums.map(|(currency, minor)| t.money(minor, currency)).collect();
    match (all.pop(), all.is_empty()) {
        (Some(last), false) => t.say("common-list-and").with("list", all.join(", ")).with("last", last).to_string(),
        (last, _) => last.unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn content(look: Branding) -> EmailContent {
        EmailContent::new(look, "Hello", "You’re receiving this because of a reason.")
            .greeting("<b>Nina</b>")
            .paragraph("First.")
            .quote("Second,\nthird.")
            .links("Your links", vec!["https://go.test/nina".to_owned()])
            .rows(vec![("Sales".to_owned(), "3".to_owned())])
            .button("View it", "https://rekomi.test/a")
            .link("Or this", "https://rekomi.test/b")
    }

    #[test]
    fn both_forms_say_all_of_it_and_escape_it() {
        let content = content(Branding::new("Acme & Sons", Some("#ff0000")));
        let email = content
            .clone()
            .with_end("nina@creators.test", EmailKind::FirstClick, "https://rekomi.test/u/x".to_owned())
            .unwrap();
        assert_eq!(email.unsubscribe.as_deref(), Some("https://rekomi.test/u/x"));
        for part in [
            "First.",
            "Second,\nthird.",
            "Your links:",
            "https://go.test/nina",
            "Sales",
            "View it",
            "https://rekomi.test/a",
            "https://rekomi.test/b",
            "https://rekomi.test/u/x",
            "Unsubscribe",
            "a reason",
        ] {
            assert!(email.text.contains(part) && email.html.contains(part), "{part} in {}", email.text);
        }
        assert!(email.text.starts_with("Hi <b>Nina</b>,\n\nFirst.\n\n"), "{}", email.text);
        assert!(
            !email.html.contains("<b>Nina") && email.html.contains(&content.look.light.color.to_string()),
            "{}",
            email.html
        );
        assert!(!content.to("nina@creators.test", EmailKind::FirstClick).unwrap().text.contains("Unsubscribe"));
    }

    #[test]
    fn an_email_is_in_its_recipients_language() {
        let sent = |language| {
            let look = Branding::new("Acme", None).in_language(language);
            content(look).to("nina@creators.test", EmailKind::FirstClick).unwrap()
        };
        for (language, tag, greeting) in [
            (Some("de"), "de", "Hallo <b>Nina</b>,"),
            (Some("es"), "es", "Hola, <b>Nina</b>:"),
            (Some("en"), "en", "Hi <b>Nina</b>,"),
            (None, "en", "Hi <b>Nina</b>,"),
            (Some("tlh"), "en", "Hi <b>Nina</b>,"),
        ] {
            let email = sent(language);
            assert!(email.text.starts_with(greeting), "{}", email.text);
            assert!(email.html.contains(&format!("<html lang=\"{tag}\">")), "{}", email.html);
        }
    }
}
