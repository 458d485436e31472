//! Reads what someone types into the search: whole words, and the beginning of the last one, which they may still be
//! typing. Pure.

pub(super) const TEXT_MAX: usize = 100;

/// A search in the parts that the database takes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Search {
    /// As it was typed.
    pub text: String,
    /// For `websearch_to_tsquery`, which understands quotes, `or` and `-`.
    pub words: String,
    /// For `to_tsquery`: the beginning of a word, or empty.
    pub beginning: String,
}

impl Search {
    /// Ignores what is beyond [`TEXT_MAX`] characters.
    pub(super) fn of(text: &str) -> Self {
        let text: String = text.trim().chars().filter(|character| !character.is_control()).take(TEXT_MAX).collect();
        let text = text.trim_end().to_owned();
        let (before, last) = text.rsplit_once(char::is_whitespace).unwrap_or(("", &text));
        // Only a plain word can be continued: an operator or a quote belongs to what stands before it.
        let is_plain = !last.is_empty() && last.chars().all(char::is_alphanumeric);
        let is_of_an_operator = before.matches('"').count() % 2 == 1
            || before.rsplit(char::is_whitespace).next().is_some_and(|word| word.eq_ignore_ascii_case("or"));
        if is_plain && !is_of_an_operator {
            let (words, beginning) = (before.trim_end().to_owned(), format!("{}:*", last.to_lowercase()));
            return Self { words, beginning, text };
        }
        Self { words: text.clone(), beginning: String::new(), text }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> (String, String) {
        let Search { words, beginning, .. } = Search::of(text);
        (words, beginning)
    }

    #[test]
    fn the_last_word_may_be_unfinished() {
        for (text, words, beginning) in [
            ("", "", ""),
            ("  mar ", "", "mar:*"),
            ("email Mark", "email", "mark:*"),
            ("über Bücher", "über", "bücher:*"),
            ("\"email marketing\"", "\"email marketing\"", ""),
            ("\"email marketing", "\"email marketing", ""),
            ("cats or dogs", "cats or dogs", ""),
            ("email -spam", "email -spam", ""),
            ("a & b | !c:*", "a & b | !c:*", ""),
            ("it's", "it's", ""),
        ] {
            assert_eq!(parts(text), (words.to_owned(), beginning.to_owned()), "{text}");
        }
    }

    #[test]
    fn a_long_text_is_cut() {
        assert_eq!(Search::of(&"a".repeat(500)).text.len(), TEXT_MAX);
        assert_eq!(Search::of("a\u{0}b").text, "ab");
    }
}
