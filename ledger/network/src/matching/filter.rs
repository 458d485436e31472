//! What a search for creators is narrowed to, from the query of the page or of the API.

use kit::{api::query::Query, error::Result};
use rules::network::AudienceBand;

/// Filters of a search for creators. Nothing set: everyone who is listed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CreatorFilter {
    pub text: String,
    pub topic: Option<&'static str>,
    pub country: Option<String>,
    pub language: Option<String>,
    pub kind: Option<&'static str>,
    pub audience: Option<&'static str>,
    pub verified: bool,
    pub starred: bool,
    pub unseen: bool,
    /// Only those whom the brand ignores, or else everyone but them.
    pub ignored: bool,
}

const TEXT_MAX: usize = 100;
const TOPICS: [&str; 24] = [
    "Ai",
    "Beauty",
    "Books",
    "Business",
    "Careers",
    "Cooking",
    "Crypto",
    "Design",
    "Developers",
    "Ecommerce",
    "Education",
    "Family",
    "Fashion",
    "Finance",
    "Fitness",
    "Gaming",
    "Health",
    "Home",
    "Marketing",
    "Music",
    "Pets",
    "Productivity",
    "Sustainability",
    "Travel",
];
const KINDS: [&str; 10] =
    ["Website", "Newsletter", "Podcast", "YouTube", "Instagram", "TikTok", "X", "LinkedIn", "Twitch", "Other"];
const BANDS: [&str; 5] = ["Under1k", "From1k", "From10k", "From50k", "From100k"];

impl CreatorFilter {
    /// # Errors
    /// 400 for a word that isn't in the vocabulary.
    pub fn read(query: &mut Query) -> Result<Self> {
        let code = |text: Option<String>, upper: bool| {
            let text = text.filter(|text| !text.is_empty() && text.len() <= 8)?;
            Some(if upper { text.to_uppercase() } else { text.to_lowercase() })
        };
        let mut is_on = |name: &str| query.text(name).is_some_and(|value| value == "yes" || value == "true");
        let (verified, starred) = (is_on("verified"), is_on("starred"));
        let (unseen, ignored) = (is_on("unseen"), is_on("ignored"));
        Ok(Self {
            text: search(query.text("search")),
            topic: one_of(query, "topic", &TOPICS)?,
            country: code(query.text("country"), true),
            language: code(query.text("language"), false),
            kind: one_of(query, "channel", &KINDS)?,
            audience: one_of(query, "audience", &BANDS)?,
            verified,
            starred,
            unseen,
            ignored,
        })
    }

    /// Whether anything is set.
    pub fn is_on(&self) -> bool {
        *self != Self::default()
    }

    /// The bands that are large enough.
    pub fn bands(&self) -> Vec<String> {
        let least = self.audience.and_then(AudienceBand::parse).map_or(0, AudienceBand::rank);
        let large = AudienceBand::ALL.into_iter().filter(|band| band.rank() >= least);
        large.map(|band| band.as_str().to_owned()).collect()
    }

    pub fn topics() -> &'static [&'static str] {
        &TOPICS
    }

    pub fn kinds() -> &'static [&'static str] {
        &KINDS
    }

    pub fn all_bands() -> &'static [&'static str] {
        &BANDS
    }
}

/// An empty choice of a form is no choice.
pub(super) fn one_of(query: &mut Query, name: &str, choices: &[&'static str]) -> Result<Option<&'static str>> {
    if query.peek(name).is_some_and(str::is_empty) {
        query.text(name);
        return Ok(None);
    }
    query.one_of(name, choices)
}

pub(super) fn search(text: Option<String>) -> String {
    text.unwrap_or_default().trim().chars().take(TEXT_MAX).collect()
}

#[cfg(test)]
mod tests {
    use rules::network::{ChannelKind, Topic};

    use super::*;

    #[test]
    fn the_choices_are_the_vocabulary() {
        assert!(TOPICS.iter().all(|word| Topic::parse(word).is_some()));
        assert!(KINDS.iter().all(|word| ChannelKind::parse(word).is_some()));
        assert!(BANDS.iter().all(|word| AudienceBand::parse(word).is_some()));
    }

    #[test]
    fn a_least_audience_includes_the_larger_ones() {
        let filter = CreatorFilter { audience: Some("From50k"), ..CreatorFilter::default() };
        assert_eq!(filter.bands(), ["From50k", "From100k"]);
    }
}
