//! A creator in the words of the dashboard. Pure.

use super::creators::MatchedCreator;
use crate::words;
use kit::text::Texts;
use recruiting::program_page::country;
use rules::network::{AudienceBand, ChannelKind, Topic};

/// A value of the vocabulary and its name.
pub type Choice = (String, String);

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
pub fn choices<'a>(
    all: &str,
    words: impl Iterator<Item = &'a str>,
    name: impl Fn(&str) -> String,
) -> Vec<Choice> {
    let first = (String::new(), all.to_owned());
    std::iter::once(first).chain(words.map(|word| (word.to_owned(), name(word)))).collect()
}

pub fn countries() -> Vec<Choice> {
    let all = country::listed(Texts::default()).iter();
    let first = (String::new(), "All countries".to_owned());
    std::iter::once(first).chain(all.map(|one| (one.country.code.to_owned(), one.name.clone()))).collect()
}

pub fn languages() -> Vec<Choice> {
    let codes = words::LANGUAGES.iter().map(|(code, _)| *code);
    choices("All languages", codes, |code| words::language_name(code).to_owned())
}
