//! Splits a full name into the first and last name that CRMs ask for.

/// Words that begin a last name and stay with it, in lower case. From the usage of Dutch, German, French, Spanish,
/// Portuguese, Italian and Arabic names in Latin script.
const PARTICLES: [&str; 30] = [
    "van", "von", "zu", "zur", "zum", "vom", "de", "der", "den", "del", "della", "dei", "di", "da", "das", "do", "dos",
    "du", "des", "la", "le", "los", "las", "ter", "ten", "bin", "ibn", "al", "el", "af",
];
/// Titles before a name and suffixes after it, without dots, in lower case.
const TITLES: [&str; 9] = ["mr", "mrs", "ms", "mx", "miss", "dr", "prof", "sir", "dame"];
const ADDITIONS: [&str; 8] = ["jr", "sr", "ii", "iii", "iv", "phd", "md", "esq"];

/// Splits a name into first and last name. A single word is a first name. Otherwise the last word, with the particles
/// before it, is the last name; `Last, First` is swapped. Names in scripts that put the family name first without a
/// space (Han, Hangul, Kana) aren't split: a wrong split offends, an unsplit name doesn't.
pub fn split(full: &str) -> (Option<String>, Option<String>) {
    if let Some((last, first)) = full.split_once(',') {
        let (last, first) = (words(last), words(first));
        let is_addition =
            first.len() == 1 && first.first().is_some_and(|word| ADDITIONS.contains(&plain(word).as_str()));
        if !last.is_empty() && !first.is_empty() && !is_addition {
            return (Some(first.join(" ")), Some(last.join(" ")));
        }
    }
    let mut words = words(full);
    while words.len() > 1 && words.first().is_some_and(|word| TITLES.contains(&plain(word).as_str())) {
        words.remove(0);
    }
    while words.len() > 1 && words.last().is_some_and(|word| ADDITIONS.contains(&plain(word).as_str())) {
        words.pop();
    }
    match words.as_slice() {
        [] => (None, None),
        [only] => (Some((*only).to_owned()), None),
        all if all.iter().any(|word| is_whole(word)) => (Some(all.join(" ")), None),
        [first, rest @ ..] => {
            let particle = |word: &&str| PARTICLES.contains(word);
            // The first particle begins the last name if a word follows it.
            let at = rest.iter().position(|word| particle(&word.to_lowercase().as_str()) && is_lower(word));
            let at = at.filter(|at| at + 1 < rest.len()).unwrap_or(rest.len() - 1);
            let (middle, last) = rest.split_at(at);
            let first = [std::slice::from_ref(first), middle].concat().join(" ");
            (Some(first), Some(last.join(" ")))
        }
    }
}

/// The beginning of a name, for a field with a maximum length in characters.
pub(crate) fn beginning(name: &str, most: usize) -> String {
    name.chars().take(most).collect()
}

fn words(text: &str) -> Vec<&str> {
    text.split([' ', '\t', '\n', '\r', '\u{a0}', '\u{3000}', ',']).filter(|word| !word.is_empty()).collect()
}

fn plain(word: &str) -> String {
    word.replace('.', "").to_lowercase()
}

/// \u{201c}Van\u{201d} may be a first or middle name; \u{201c}van\u{201d} is a particle.
fn is_lower(word: &str) -> bool {
    word.chars().next().is_some_and(char::is_lowercase)
}

/// Whether the word contains Han, Hiragana, Katakana or Hangul and therefore isn't split.
fn is_whole(word: &str) -> bool {
    word.chars().any(|c| matches!(c, '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{9fff}' | '\u{ac00}'..='\u{d7af}' | '\u{f900}'..='\u{faff}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_as_their_owners_would() {
        for (full, first, last) in [
            ("", "", ""),
            ("   ", "", ""),
            ("Lauren", "Lauren", ""),
            ("Lauren Vale", "Lauren", "Vale"),
            ("  Lauren   Vale ", "Lauren", "Vale"),
            ("Mary Ann Smith", "Mary Ann", "Smith"),
            ("Ludwig van Beethoven", "Ludwig", "van Beethoven"),
            ("Otto von und zu Guttenberg", "Otto", "von und zu Guttenberg"),
            ("Charles de la Tour", "Charles", "de la Tour"),
            ("Van Morrison", "Van", "Morrison"),
            ("Jean-Luc Picard", "Jean-Luc", "Picard"),
            ("Vale, Lauren", "Lauren", "Vale"),
            ("de la Cruz, María José", "María José", "de la Cruz"),
            ("Martin Luther King Jr.", "Martin Luther", "King"),
            ("Martin Luther King, Jr.", "Martin Luther", "King"),
            ("Dr. Ada Lovelace", "Ada", "Lovelace"),
            ("Prof. Dr. Ada Lovelace", "Ada", "Lovelace"),
            ("Мария Иванова", "Мария", "Иванова"),
            ("محمد بن سلمان", "محمد بن", "سلمان"),
            ("王小明", "王小明", ""),
            ("山田 太郎", "山田 太郎", ""),
            ("김 민준", "김 민준", ""),
            ("Dr.", "Dr.", ""),
            ("Anna de", "Anna", "de"),
            (",", "", ""),
        ] {
            let (a, b) = split(full);
            assert_eq!((a.as_deref().unwrap_or(""), b.as_deref().unwrap_or("")), (first, last), "{full:?}");
        }
    }

    #[test]
    fn nothing_is_ever_empty() {
        for full in ["", " ", ",", " , ", "a,", ",a", "\u{3000}"] {
            let (first, last) = split(full);
            assert!(first.is_none_or(|text| !text.is_empty()) && last.is_none_or(|text| !text.is_empty()), "{full:?}");
        }
    }
}
