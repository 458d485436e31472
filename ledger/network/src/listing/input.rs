//! What a brand writes in a listing, checked by the same rules for the form and the API. Pure.

use std::collections::BTreeSet;

use kit::error::{Checks, Error};
use recruiting::program_page::country;
use rules::network::{AudienceBand, ChannelKind, Format, Topic};

use super::store::Row;
use crate::words;

pub const TITLE_MAX: usize = 200;
pub const SUMMARY_MAX: usize = 300;
pub const DESCRIPTION_MAX: usize = 4_000;
pub const NOTE_MAX: usize = 1_000;
pub const TOPICS_MAX: usize = 5;
pub const WORDS_MAX: usize = 10;
pub const COUNTRIES_MAX: usize = 60;
pub const LANGUAGES_MAX: usize = 8;

/// A listing as it was sent. Lists are in any order; the stored ones are sorted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sent {
    pub title: String,
    pub summary: String,
    pub description: String,
    pub who_for: String,
    pub forbidden: String,
    pub topics: Vec<String>,
    pub formats: Vec<String>,
    pub countries: Vec<String>,
    pub languages: Vec<String>,
    pub channel_kinds: Vec<String>,
    pub audience_min: String,
    pub shares_figures: bool,
    pub searches_creators: bool,
}

impl Sent {
    /// What a stored listing has.
    pub fn of(row: &Row) -> Self {
        Self {
            title: row.title.clone(),
            summary: row.summary.clone(),
            description: row.description.clone(),
            who_for: row.who_for.clone(),
            forbidden: row.forbidden.clone(),
            topics: row.topics.clone(),
            formats: row.formats.clone(),
            countries: row.countries.clone(),
            languages: row.languages.clone(),
            channel_kinds: row.channel_kinds.clone(),
            audience_min: row.audience_min.clone(),
            shares_figures: row.shares_figures,
            searches_creators: row.searches_creators,
        }
    }

    /// Returns it as it is stored.
    ///
    /// # Errors
    /// 400 naming every wrong field.
    pub fn checked(self) -> Result<Self, Error> {
        let mut checks = Checks::default();
        let title = line(&mut checks, "title", &self.title, TITLE_MAX);
        if title.is_empty() {
            checks.add(Error::field("title", format!("title must be 1 to {TITLE_MAX} characters")));
        }
        let checked = Self {
            title,
            summary: line(&mut checks, "summary", &self.summary, SUMMARY_MAX),
            description: text(&mut checks, "description", &self.description, DESCRIPTION_MAX),
            who_for: text(&mut checks, "whoFor", &self.who_for, NOTE_MAX),
            forbidden: text(&mut checks, "forbidden", &self.forbidden, NOTE_MAX),
            topics: among(&mut checks, ("topics", &self.topics, TOPICS_MAX), |one| Topic::parse(one).is_some()),
            formats: among(&mut checks, ("formats", &self.formats, WORDS_MAX), |one| Format::parse(one).is_some()),
            countries: among(&mut checks, ("countries", &self.countries, COUNTRIES_MAX), |one| {
                country::named(one).is_some()
            }),
            languages: among(&mut checks, ("languages", &self.languages, LANGUAGES_MAX), |one| {
                words::language(one).is_some()
            }),
            channel_kinds: among(&mut checks, ("channelKinds", &self.channel_kinds, WORDS_MAX), |one| {
                ChannelKind::parse(one).is_some()
            }),
            ..self
        };
        if AudienceBand::parse(&checked.audience_min).is_none() {
            let choices = AudienceBand::ALL.map(AudienceBand::as_str).join(", ");
            checks.add(Error::field("audienceMin", format!("audienceMin must be one of {choices}")));
        }
        checks.end().map(|()| checked)
    }

    /// Whether it says something else to people than another one: that is what the operator approves.
    pub fn reads_differently(&self, other: &Self) -> bool {
        let texts = |one: &Self| {
            (
                one.title.clone(),
                one.summary.clone(),
                one.description.clone(),
                one.who_for.clone(),
                one.forbidden.clone(),
                one.topics.clone(),
            )
        };
        texts(self) != texts(other)
    }

    pub(super) fn write_to(self, row: &mut Row) {
        row.title = self.title;
        row.summary = self.summary;
        row.description = self.description;
        row.who_for = self.who_for;
        row.forbidden = self.forbidden;
        row.topics = self.topics;
        row.formats = self.formats;
        row.countries = self.countries;
        row.languages = self.languages;
        row.channel_kinds = self.channel_kinds;
        row.audience_min = self.audience_min;
        row.shares_figures = self.shares_figures;
        row.searches_creators = self.searches_creators;
    }
}

fn line(checks: &mut Checks, field: &str, value: &str, most: usize) -> String {
    let value = value.trim();
    if value.chars().count() > most || value.chars().any(char::is_control) {
        checks.add(Error::field(field, format!("{field} must be at most {most} characters on one line")));
    }
    value.to_owned()
}

fn text(checks: &mut Checks, field: &str, value: &str, most: usize) -> String {
    let value = value.replace("\r\n", "\n").trim().to_owned();
    let strange = |character: char| character.is_control() && !matches!(character, '\n' | '\t');
    if value.chars().count() > most || value.chars().any(strange) {
        let message = format!("{field} must be at most {most} characters, without control characters");
        checks.add(Error::field(field, message));
    }
    value
}

/// A list of known words, sorted and without repetitions.
fn among(
    checks: &mut Checks,
    (field, values, most): (&str, &[String], usize),
    is_known: impl Fn(&str) -> bool,
) -> Vec<String> {
    let set: BTreeSet<&str> = values.iter().map(|value| value.trim()).collect();
    if let Some(unknown) = set.iter().find(|value| !is_known(value)) {
        let shown: String = unknown.chars().take(40).collect();
        checks.add(Error::field(field, format!("{field} doesn't know {shown:?}")));
    } else if set.len() > most {
        checks.add(Error::field(field, format!("{field} must have at most {most} entries")));
    }
    set.into_iter().map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usual() -> Sent {
        let words = |list: &[&str]| list.iter().map(|word| (*word).to_owned()).collect();
        Sent {
            title: " Acme partners ".to_owned(),
            summary: "Email tools for shops.".to_owned(),
            description: "One\r\n\r\nTwo".to_owned(),
            who_for: String::new(),
            forbidden: String::new(),
            topics: words(&["Marketing", "Ecommerce", "Marketing"]),
            formats: words(&["Review"]),
            countries: words(&["US", "DE"]),
            languages: words(&["en"]),
            channel_kinds: words(&["Website"]),
            audience_min: "From1k".to_owned(),
            shares_figures: true,
            searches_creators: false,
        }
    }

    #[test]
    fn what_is_stored_is_tidy() {
        let stored = usual().checked().unwrap();
        assert_eq!((stored.title.as_str(), stored.description.as_str()), ("Acme partners", "One\n\nTwo"));
        assert_eq!((stored.topics.len(), stored.countries.join(" ")), (2, "DE US".to_owned()));
        assert!(!stored.reads_differently(&stored.clone()));
        assert!(stored.reads_differently(&Sent { forbidden: "Bidding on our name".to_owned(), ..stored.clone() }));
        assert!(!stored.reads_differently(&Sent { countries: Vec::new(), shares_figures: false, ..stored.clone() }));
    }

    #[test]
    fn every_mistake_names_its_field() {
        let word = |text: &str| vec![text.to_owned()];
        for (sent, field) in [
            (Sent { title: "  ".to_owned(), ..usual() }, "title"),
            (Sent { title: "a".repeat(201), ..usual() }, "title"),
            (Sent { summary: "a\nb".to_owned(), ..usual() }, "summary"),
            (Sent { description: "a\u{7}".to_owned(), ..usual() }, "description"),
            (Sent { who_for: "a".repeat(1_001), ..usual() }, "whoFor"),
            (Sent { forbidden: "\u{0}".to_owned(), ..usual() }, "forbidden"),
            (Sent { topics: word("Nonsense"), ..usual() }, "topics"),
            (Sent { topics: Topic::ALL.map(|topic| topic.as_str().to_owned()).to_vec(), ..usual() }, "topics"),
            (Sent { formats: word("Poem"), ..usual() }, "formats"),
            (Sent { countries: word("XX"), ..usual() }, "countries"),
            (Sent { languages: word("tlh"), ..usual() }, "languages"),
            (Sent { channel_kinds: word("Pigeon"), ..usual() }, "channelKinds"),
            (Sent { audience_min: "Many".to_owned(), ..usual() }, "audienceMin"),
        ] {
            let error = sent.checked().unwrap_err();
            assert_eq!(error.body().field.as_deref(), Some(field), "{error:?}");
        }
        let both = Sent { title: String::new(), topics: word("x"), ..usual() }.checked().unwrap_err();
        assert_eq!(both.each().count(), 2);
    }
}
