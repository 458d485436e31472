//! Reads the vocabulary of `rules::network` from columns. A word of a later version is left out. Pure.

use rules::network::{AudienceBand, ChannelKind, Earning, Format, Topic};

pub fn topics(words: &[String]) -> Vec<Topic> {
    words.iter().filter_map(|word| Topic::parse(word)).collect()
}

pub fn formats(words: &[String]) -> Vec<Format> {
    words.iter().filter_map(|word| Format::parse(word)).collect()
}

pub fn earnings(words: &[String]) -> Vec<Earning> {
    words.iter().filter_map(|word| Earning::parse(word)).collect()
}

pub fn kinds(words: &[String]) -> Vec<ChannelKind> {
    words.iter().filter_map(|word| ChannelKind::parse(word)).collect()
}

pub fn band(word: Option<&str>) -> Option<AudienceBand> {
    word.and_then(AudienceBand::parse)
}

/// A count that could tell brands of each other is only shown if it is larger than this.
const FEW: i64 = 5;

/// A count of people, in words while it is small.
pub fn count(number: i64) -> String {
    match number {
        0 => "no".to_owned(),
        1..=FEW => "few".to_owned(),
        more => more.to_string(),
    }
}

/// The initials of a name, such as "M. S."
pub fn initials(name: &str) -> String {
    let initials = name.split_whitespace().filter_map(|word| word.chars().find(|first| first.is_alphabetic()));
    initials.take(3).map(|first| format!("{}.", first.to_uppercase())).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_counts_are_few() {
        assert_eq!([0, 1, 5, 6].map(count), ["no", "few", "few", "6"]);
    }

    #[test]
    fn initials_hide_the_name() {
        assert_eq!(initials("Mia Sato"), "M. S.");
        assert_eq!(initials("özlem"), "Ö.");
        assert_eq!(initials("123"), "");
    }
}
