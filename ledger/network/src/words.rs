//! The words of the network as people read them. Topics, channels and formats are named in the catalogue of texts; content
//! languages have their own names, as their speakers look for them. Pure.

use kit::text::{Language, Texts};
use rules::network::{AudienceBand, ChannelKind, Earning, Format, Topic};

/// Languages of content, by their two letters, with their own names.
pub(crate) const LANGUAGES: [(&str, &str); 24] = [
    ("ar", "العربية"),
    ("cs", "Čeština"),
    ("da", "Dansk"),
    ("de", "Deutsch"),
    ("el", "Ελληνικά"),
    ("en", "English"),
    ("es", "Español"),
    ("fi", "Suomi"),
    ("fr", "Français"),
    ("he", "עברית"),
    ("hi", "हिन्दी"),
    ("hu", "Magyar"),
    ("id", "Bahasa Indonesia"),
    ("it", "Italiano"),
    ("ja", "日本語"),
    ("ko", "한국어"),
    ("nl", "Nederlands"),
    ("no", "Norsk"),
    ("pl", "Polski"),
    ("pt", "Português"),
    ("sv", "Svenska"),
    ("tr", "Türkçe"),
    ("uk", "Українська"),
    ("zh", "中文"),
];

/// Returns the two letters as the list has them, if it has them.
pub(crate) fn language(code: &str) -> Option<&'static str> {
    LANGUAGES.iter().map(|(known, _)| *known).find(|known| *known == code)
}

pub(crate) fn language_name(code: &str) -> &str {
    LANGUAGES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

pub(crate) fn topic(t: Texts, topic: Topic) -> String {
    t.say("network-topic").with("topic", topic.as_str()).to_string()
}

pub(crate) fn channel(t: Texts, kind: ChannelKind) -> String {
    t.say("network-channel").with("kind", kind.as_str()).to_string()
}

pub(crate) fn format(t: Texts, format: Format) -> String {
    t.say("network-format").with("format", format.as_str()).to_string()
}

pub(crate) fn earning(t: Texts, earning: Earning) -> String {
    t.say("network-earning").with("earning", earning.as_str()).to_string()
}

pub(crate) fn audience(t: Texts, band: AudienceBand) -> String {
    t.say("network-audience").with("band", band.as_str()).to_string()
}

/// The names of topics in all languages, so that a search finds them in each.
pub(crate) fn topic_words(topics: &[String]) -> String {
    let known = topics.iter().filter_map(|name| Topic::parse(name));
    let names = known.flat_map(|one| Language::ALL.iter().map(move |language| topic(Texts::new(*language), one)));
    names.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_found_in_each_language() {
        let words = topic_words(&["Cooking".to_owned(), "Nonsense".to_owned()]);
        for word in ["Cooking", "Kochen", "Cocina"] {
            assert!(words.contains(word), "{words}");
        }
    }

    #[test]
    fn languages_are_sorted_and_known() {
        assert!(LANGUAGES.is_sorted());
        assert_eq!((language("de"), language("DE"), language("tlh")), (Some("de"), None, None));
        assert_eq!(language_name("pt"), "Português");
    }
}
