//! A creator in the words of the dashboard. Pure.

use super::creators::MatchedCreator;
use crate::words;
use kit::text::Texts;
use recruiting::program_page::country;
use rules::network::{AudienceBand, ChannelKind, Topic};

/// A value that can be selected: as it is sent, as people read it, and whether it is selected.
pub type Choice = (String, String, bool);

impl MatchedCreator {
    /// What a card says below the headline, with labels; what is unknown is left out.
    pub fn facts(&self) -> Vec<(&'static str, String)> {
        let country = self.country.as_deref().map(country_name).unwrap_or_default();
        let languages: Vec<&str> = self.languages.iter().map(|code| words::language_name(code)).collect();
        let channels = self.channel_kinds.iter().map(|kind| kind_name(kind)).collect::<Vec<_>>().join(", ");
        let verified = if self.verified && !channels.is_empty() { " (verified)" } else { "" };
        [
            ("Topics", self.topics.iter().map(|topic| topic_name(topic)).collect::<Vec<_>>().join(", ")),
            ("Channels", format!("{channels}{verified}")),
            ("Largest audience", self.audience.as_deref().map(band_name).unwrap_or_default()),
            ("Country", country),
            ("Languages", languages.join(", ")),
        ]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .collect()
    }
}

pub fn topic_name(word: &str) -> String {
    Topic::parse(word).map_or_else(|| word.to_owned(), |topic| words::topic(Texts::default(), topic))
}

pub fn kind_name(word: &str) -> String {
    ChannelKind::parse(word).map_or_else(|| word.to_owned(), |kind| words::channel(Texts::default(), kind))
}

pub fn band_name(word: &str) -> String {
    AudienceBand::parse(word).map_or_else(|| word.to_owned(), |band| words::audience(Texts::default(), band))
}

pub fn country_name(code: &str) -> String {
    country::named(code).map_or_else(|| code.to_owned(), |country| country.name(Texts::default()))
}

/// The choices of a filter: first the one for all, whose value is empty.
fn with_all(all: &str, rest: impl Iterator<Item = (String, String)>, chosen: Option<&str>) -> Vec<Choice> {
    let first = (String::new(), all.to_owned());
    let chosen = chosen.unwrap_or_default();
    std::iter::once(first)
        .chain(rest)
        .map(|(value, name)| {
            let is_chosen = value == chosen;
            (value, name, is_chosen)
        })
        .collect()
}

/// As [`with_all`], for words that a function names.
pub fn choices<'a>(
    (all, chosen): (&str, Option<&str>),
    words: impl Iterator<Item = &'a str>,
    name: impl Fn(&str) -> String,
) -> Vec<Choice> {
    with_all(all, words.map(|word| (word.to_owned(), name(word))), chosen)
}

pub fn countries(chosen: Option<&str>) -> Vec<Choice> {
    let all = country::listed(Texts::default()).iter();
    with_all("All countries", all.map(|one| (one.country.code.to_owned(), one.name.clone())), chosen)
}

pub fn languages(chosen: Option<&str>) -> Vec<Choice> {
    let codes = words::LANGUAGES.iter().map(|(code, _)| *code);
    choices(("All languages", chosen), codes, |code| words::language_name(code).to_owned())
}
