//! The network's vocabulary as people read it. Languages have their own names, as their speakers look for them. Pure.

use kit::text::Texts;
use rules::network::{AudienceBand, ChannelKind, Earning, Format, Topic};

/// Languages of content, by their two letters.
pub const LANGUAGES: [(&str, &str); 24] = [
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

/// Returns a language's own name, or the two letters of one that the list lacks.
pub fn language(code: &str) -> &str {
    LANGUAGES.iter().find(|(known, _)| *known == code).map_or(code, |(_, name)| name)
}

pub fn topic(t: Texts, topic: Topic) -> String {
    t.say("creator-topic").with("topic", topic.as_str()).to_string()
}

pub fn channel(t: Texts, kind: ChannelKind) -> String {
    t.say("creator-channel").with("kind", kind.as_str()).to_string()
}

pub fn format(t: Texts, format: Format) -> String {
    t.say("creator-format").with("format", format.as_str()).to_string()
}

pub fn earning(t: Texts, earning: Earning) -> String {
    t.say("creator-earning").with("earning", earning.as_str()).to_string()
}

pub fn audience(t: Texts, band: AudienceBand) -> String {
    t.say("creator-audience").with("band", band.as_str()).to_string()
}
