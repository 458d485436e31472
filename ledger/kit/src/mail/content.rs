//! What an email says: paragraphs, perhaps a table and a button, in the look of its sender and the language of its
//! recipient. Its text and its HTML form show the same parts, made of the same messages of the catalogue.

use std::{fmt::Display, ops::RangeInclusive};

use askama::Template;

use super::{
    email::{Email, Sender, one_line},
    kind::EmailKind,
};
use crate::{
    error::{Error, Result},
    page::color::{self, Rgb, Tone},
    text::{Language, Texts},
};

/// The length of the text that mail programs show next to a subject.
const PREHEADER: RangeInclusive<usize> = 40..=90;
/// Invisible, and as wide as a word: it keeps the rest of an email out of the line next to its subject.
const PADDING: &str = "\u{34f}\u{200c}\u{a0}";
const PADDINGS: usize = 60;

/// The look of a brand's emails, and their language.
#[derive(Debug, Clone)]
pub struct Branding {
    pub brand: String,
    pub light: Tone,
    pub dark: Tone,
    /// The URL of the brand's logo; without one its name is shown.
    pub logo: Option<String>,
    /// The brand's postal address, on one line.
    pub address: Option<String>,
    /// Where replies go, if not to us.
    pub reply_to: Option<String>,
    /// The messages in the recipient's language.
    pub t: Texts,
}

impl Branding {
    /// `color` is the brand's own; without one ours is used. The language is English.
    pub fn new(brand: impl Into<String>, color: Option<&str>) -> Self {
        let (light, dark) = (color::on_light(color), color::on_dark(color));
        let (brand, t) = (brand.into(), Texts::default());
        Self { brand, light, dark, logo: None, address: None, reply_to: None, t }
    }

    /// The same in another color.
    pub fn in_color(self, color: Option<&str>) -> Self {
        Self { light: color::on_light(color), dark: color::on_dark(color), ..self }
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
    List(Vec<String>),
    /// A label, and the URLs below it.
    Links(String, Vec<String>),
    /// A label that opens a URL.
    Link(String, String),
    /// A link for the main action.
    Button(String, String),
    /// The button's URL once more, for mail programs that don't show the button.
    Bare(String),
}

/// An email before it is addressed. Each part is a message of the catalogue, or made by people.
#[derive(Debug, Clone)]
pub struct EmailContent {
    pub look: Branding,
    pub subject: String,
    pub greeting: Option<String>,
    pub parts: Vec<Part>,
    /// Why the recipient gets it, in a sentence.
    pub why: String,
    /// A label and a URL for choosing which emails to get.
    pub choice: Option<(String, String)>,
}

#[derive(Template)]
#[template(path = "mail/layout.html")]
struct Html<'a> {
    email: &'a EmailContent,
    t: Texts,
    /// What mail programs show next to the subject.
    preheader: String,
    light_button: Rgb,
    dark_button: Rgb,
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

    /// Adds a list, if there is something in it.
    pub fn list(self, lines: Vec<String>) -> Self {
        if lines.is_empty() { self } else { self.part(Part::List(lines)) }
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

    /// A button that signs the recipient in, or confirms something: the email must work even if its button doesn't.
    pub fn sign_in(self, label: impl Display, url: impl Into<String>) -> Self {
        let url = url.into();
        self.button(label, url.as_str()).part(Part::Bare(url))
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

    /// Addresses the email. One to an affiliate is from their brand.
    ///
    /// # Errors
    /// An internal error if the template fails.
    pub fn to(&self, address: &str, kind: EmailKind) -> Result<Email> {
        let html = self.html().map_err(|error| Error::internal(error))?;
        let subject = one_line(&self.subject);
        let sender = kind.is_to_affiliates().then(|| Sender::of(&self.look.brand, self.look.reply_to.as_deref()));
        Ok(Email { to: address.to_owned(), kind, sender, subject, text: self.text(), html, unsubscribe: None })
    }

    /// Builds an email with one-click unsubscribe, and says so in its text.
    pub fn with_end(self, address: &str, kind: EmailKind, end: String) -> Result<Email> {
        let label = self.look.t.say("email-unsubscribe");
        let email = self.choice(label, end.as_str()).to(address, kind)?;
        Ok(Email { unsubscribe: Some(end), ..email })
    }

    fn html(&self) -> askama::Result<String> {
        let button = |tone: &Tone| {
            let [.., solid, _, _, _] = tone.steps;
            solid
        };
        let (light_button, dark_button) = (button(&self.look.light), button(&self.look.dark));
        let preheader = match self.preheader() {
            text if text.is_empty() => text,
            text => text + &PADDING.repeat(PADDINGS),
        };
        Html { email: self, t: self.look.t, preheader, light_button, dark_button }.render()
    }

    /// The first sentences, shortened.
    fn preheader(&self) -> String {
        let (enough, most) = (*PREHEADER.start(), *PREHEADER.end());
        let mut words: Vec<String> = Vec::new();
        let mut length = 0;
        for part in &self.parts {
            if length > enough {
                break;
            }
            let text = match part {
                Part::Paragraph(text) | Part::Quote(text) => text.clone(),
                Part::Rows(_) | Part::List(_) => part.text(),
                Part::Links(..) | Part::Link(..) | Part::Button(..) | Part::Bare(_) => continue,
            };
            words.extend(text.split_whitespace().map(str::to_owned));
            length = words.iter().map(|word| word.chars().count() + 1).sum();
        }
        let whole = words.join(" ");
        if whole.chars().count() <= most {
            return whole;
        }
        let cut: String = whole.chars().take(most).collect();
        let cut = cut.rsplit_once(' ').map_or(cut.as_str(), |(before, _)| before);
        format!("{}…", cut.trim_end_matches(['.', ',', ';', ':']))
    }

    /// The form for mail clients that show no HTML.
    fn text(&self) -> String {
        let mut blocks: Vec<String> = self.greeting.iter().cloned().collect();
        blocks.extend(self.parts.iter().filter(|part| !matches!(part, Part::Bare(_))).map(Part::text));
        blocks.push(match &self.look.address {
            Some(address) => format!("{}\n{address}", self.look.brand),
            None => self.look.brand.clone(),
        });
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
            Self::List(lines) => lines.iter().map(|line| format!("- {line}")).collect::<Vec<_>>().join("\n"),
            Self::Link(label, url) | Self::Button(label, url) => format!("{label}:\n{url}"),
            Self::Bare(url) => url.clone(),
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
    fn only_an_email_to_an_affiliate_is_from_their_brand() {
        let look = Branding { reply_to: Some("hello@acme.test".to_owned()), ..Branding::new("Acme", None) };
        let sender = |kind| content(look.clone()).to("nina@creators.test", kind).unwrap().sender;
        let theirs = sender(EmailKind::FirstClick).unwrap();
        assert_eq!((theirs.name.as_deref(), theirs.reply_to.as_deref()), (Some("Acme"), Some("hello@acme.test")));
        assert!(sender(EmailKind::ApplicationNew).is_none());
    }

    #[test]
    fn only_a_sign_in_button_has_its_url_below_it() {
        let bare = "If the button doesn’t work";
        let html = |content: EmailContent| content.to("nina@creators.test", EmailKind::FirstClick).unwrap().html;
        assert!(!html(content(Branding::rekomi())).contains(bare));
        let signs_in = content(Branding::rekomi()).sign_in("Sign in", "https://rekomi.test/a/enter");
        let email = signs_in.to("nina@creators.test", EmailKind::FirstClick).unwrap();
        assert!(email.html.contains(bare));
        assert_eq!(email.text.matches("https://rekomi.test/a/enter").count(), 1, "{}", email.text);
    }

    #[test]
    fn a_brand_shows_its_logo_and_where_it_is() {
        let look = Branding {
            logo: Some("https://acme.test/logo.png?a=1&b=\"2\"".to_owned()),
            address: Some("1 Main <Street>".to_owned()),
            ..Branding::new("Acme", None)
        };
        let email = content(look).to("nina@creators.test", EmailKind::FirstClick).unwrap();
        assert!(email.html.contains("alt=\"Acme\"") && !email.html.contains("\"2\""), "{}", email.html);
        assert!(!email.html.contains("<Street>") && email.text.contains("Acme\n1 Main <Street>\n"), "{}", email.text);
        let nameless = content(Branding::new("Acme", None)).to("nina@creators.test", EmailKind::FirstClick).unwrap();
        assert!(!nameless.html.contains("<img"), "{}", nameless.html);
    }

    #[test]
    fn a_preheader_is_the_first_sentences() {
        let of = |words: &[&str]| {
            let content = EmailContent::new(Branding::rekomi(), "Hello", "Why.").greeting("Nina");
            words.iter().fold(content, |content, text| content.paragraph(text)).preheader()
        };
        assert_eq!(of(&[]), "");
        assert_eq!(of(&["First.", "Second\nline."]), "First. Second line.");
        let long = of(&["First.", &"word, ".repeat(40)]);
        assert!(long.ends_with(" word…") && PREHEADER.contains(&long.chars().count()), "{long}");
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
