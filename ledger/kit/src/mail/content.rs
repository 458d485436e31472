//! What an email says: paragraphs, perhaps a table and a button, in the look of its sender and the language of its
//! recipient. Its text and its HTML form show the same parts, made of the same messages of the catalogue.

use std::{fmt::Display, ops::RangeInclusive};

use askama::Template;

use super::{
    email::{Email, Sender, one_line},
    kind::EmailKind,
    wording::{self, Wording},
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
    /// The URL of the brand's logo, or the path of one that we serve; without one its name is shown.
    pub logo: Option<String>,
    /// The brand's postal address, on one line.
    pub address: Option<String>,
    /// Where replies go, if not to us.
    pub reply_to: Option<String>,
    /// The brand's own words, in the recipient's language.
    pub wordings: Vec<Wording>,
    /// The messages in the recipient's language.
    pub t: Texts,
}

impl Branding {
    /// `color` is the brand's own; without one ours is used. The language is English.
    pub fn new(brand: impl Into<String>, color: Option<&str>) -> Self {
        let (light, dark) = (color::on_light(color), color::on_dark(color));
        let (brand, t) = (brand.into(), Texts::default());
        Self { brand, light, dark, logo: None, address: None, reply_to: None, wordings: Vec::new(), t }
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

/// A sample of a kind of email.
pub type Sample = (EmailKind, EmailContent);

/// An email before it is addressed. Each part is a message of the catalogue, or made by people.
#[derive(Debug, Clone)]
pub struct EmailContent {
    pub look: Branding,
    pub subject: String,
    /// The recipient's name.
    name: String,
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
        Self { look, subject, name: String::new(), greeting: None, parts: Vec::new(), why, choice: None }
    }

    /// Greets the recipient, without a name if it is empty.
    pub fn greeting(mut self, name: &str) -> Self {
        let t = self.look.t;
        let greeting = match name {
            "" => t.say("email-greeting-nameless"),
            _ => t.say("email-greeting").with("name", name),
        };
        self.greeting = Some(greeting.to_string());
        name.clone_into(&mut self.name);
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

    /// The first paragraph, and the text of the button.
    pub fn opening_and_button(&self) -> (Option<&str>, Option<&str>) {
        let opening = self.parts.iter().find_map(|part| match part {
            Part::Paragraph(text) => Some(text.as_str()),
            _ => None,
        });
        (opening, self.main_button().map(|(label, _)| label))
    }

    /// The names of the variables that have a value in this email.
    pub fn variables(&self) -> Vec<&'static str> {
        ["name", "brand", wording::LINK, "offer"].into_iter().filter(|name| self.value(name).is_some()).collect()
    }

    fn value(&self, variable: &str) -> Option<String> {
        match variable {
            "name" => Some(self.name.clone()),
            "brand" => Some(self.look.brand.clone()),
            wording::LINK => self.main_button().map(|(_, url)| url.to_owned()),
            "offer" => self.parts.iter().find_map(|part| match part {
                Part::List(lines) => Some(lines.join("; ")),
                _ => None,
            }),
            _ => None,
        }
    }

    /// Label and URL of the button.
    fn main_button(&self) -> Option<(&str, &str)> {
        self.parts.iter().find_map(|part| match part {
            Part::Button(label, url) => Some((label.as_str(), url.as_str())),
            _ => None,
        })
    }

    /// The email in the brand's own words, as far as it has some for this kind.
    #[must_use]
    pub fn worded(&self, kind: EmailKind) -> Self {
        let mut email = self.clone();
        let Some(own) = self.look.wordings.iter().find(|own| own.kind == kind) else { return email };
        email.subject = self.filled(own.subject.as_deref(), false).unwrap_or(email.subject);
        let mut opening = self.filled(own.opening.as_deref(), true);
        let mut button = self.filled(own.button.as_deref(), false);
        for part in &mut email.parts {
            let own = match part {
                Part::Paragraph(_) => opening.take().map(Part::Paragraph),
                Part::Button(_, url) => button.take().map(|label| Part::Button(label, url.clone())),
                _ => None,
            };
            if let Some(own) = own {
                *part = own;
            }
        }
        email
    }

    /// A text of the brand's with the values of its variables; `None` if nothing is left of it. The link is only filled
    /// in where it may be and stands alone: texts that were saved before this was a rule may have it elsewhere.
    fn filled(&self, text: Option<&str>, may_link: bool) -> Option<String> {
        let value = |name: &str, stands_alone: bool| match name {
            wording::LINK if !(may_link && stands_alone) => None,
            _ => self.value(name),
        };
        let filled = wording::filled(text?, value);
        Some(filled.trim()).filter(|text| !text.is_empty()).map(str::to_owned)
    }

    /// Addresses the email. One to an affiliate is from their brand, and in its words.
    ///
    /// # Errors
    /// An internal error if the template fails.
    pub fn to(&self, address: &str, kind: EmailKind) -> Result<Email> {
        let email = self.worded(kind);
        let html = email.html().map_err(|error| Error::internal(error))?;
        let subject = one_line(&email.subject);
        let sender = kind.is_to_affiliates().then(|| Sender::of(&self.look.brand, self.look.reply_to.as_deref()));
        Ok(Email { to: address.to_owned(), kind, sender, subject, text: email.text(), html, unsubscribe: None })
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
mod tests;
