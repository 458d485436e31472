//! Builds Postgres regular expressions that find names in stored texts. No side effects.

use rules::customer::mailbox::{Spellings, spellings};

/// Matches a text as it is, but not as part of a longer word.
pub fn exactly(text: &str) -> String {
    format!(r"(?<![[:alnum:]_.%+-]){}(?![[:alnum:]_-])", escaped(text))
}

/// Characters of a `+tag`, and those of a name in running text.
const TAG: &str = r#"[^@[:space:]"<>]*"#;
const NAME: &str = "[[:alnum:]_.%+-]+";

/// Matches every spelling of the mailbox with this compared form: any case, any tag, and whatever else its provider
/// ignores.
pub fn mailbox(key: &str) -> String {
    let Some(spellings) = spellings(key) else { return exactly(key) };
    format!(r"(?<![[:alnum:]_.%+-]){}(?![[:alnum:]-]|\.[[:alnum:]])", spelled(&spellings, NAME))
}

/// Like [`mailbox`], but also inside other words: finds the places to check.
pub fn mailbox_anywhere(key: &str) -> String {
    spellings(key).map_or_else(|| escaped(key), |spellings| spelled(&spellings, ""))
}

/// `others` is what may be before a subdomain that is the owner's name.
fn spelled(spellings: &Spellings<'_>, others: &str) -> String {
    let each = |characters: &[char]| -> Vec<String> {
        characters.iter().map(|character| escaped(&character.to_string())).collect()
    };
    let ignored = match spellings.ignored {
        [] => String::new(),
        ignored => format!("(?:{})*", each(ignored).join("|")),
    };
    let name: Vec<char> = spellings.name.chars().collect();
    let name = format!("{ignored}{}{ignored}", each(&name).join(ignored.as_str()));
    let domains: Vec<String> = spellings.domains.iter().map(|domain| escaped(domain)).collect();
    let (tags, domains) = (each(&spellings.tags).join("|"), domains.join("|"));
    let usual = format!("{name}(?:(?:{tags}){TAG})?@(?:{domains})");
    if spellings.owns_subdomain { format!(r"(?:{usual}|{others}@{name}\.(?:{domains}))") } else { usual }
}

/// Matches a JSON pair with this key and this text as its value.
pub fn pair(key: &str, value: &str) -> String {
    format!(r#""{key}"[[:space:]]*:[[:space:]]*"{}""#, escaped(value))
}

/// Matches these digits as a word in a text, but neither as a number in JSON nor before a decimal point: those are amounts
/// and rates.
pub fn digits(digits: &str) -> String {
    let word = format!(r"(?!{digits}\.[0-9]){}", exactly(digits));
    format!(r"((?<!(:|\[|,)[[:space:]]*){word}|{word}(?![[:space:]]*(,|\}}|\])))")
}

/// Combines patterns into one that matches any of them; without patterns, one that never matches.
pub fn any(patterns: &[String]) -> String {
    if patterns.is_empty() { r"\Z\A.".to_owned() } else { patterns.join("|") }
}

fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len() * 2), |mut out, character| {
        if character.is_ascii() && !character.is_ascii_alphanumeric() {
            // White space is written as a class, because a pattern may be read with literal white space ignored.
            out.push_str(if character.is_ascii_whitespace() { "[[:space:]]" } else { "\\" });
        }
        if !character.is_ascii_whitespace() {
            out.push(character);
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_stand_for_themselves() {
        assert_eq!(escaped("a.b+c d"), r"a\.b\+c[[:space:]]d");
        assert!(mailbox("ab@gmail.com").contains(r"a(?:\.)*b(?:\.)*(?:(?:\+)"));
        assert_eq!(any(&["a".into(), "b".into()]), "a|b");
        assert!(pair("name", "a.b").ends_with(r#""a\.b""#));
    }

    #[test]
    fn a_mailbox_has_the_spellings_of_its_provider() {
        let tag = r#"[^@[:space:]"<>]*"#;
        let plain = format!(r"a\.b(?:(?:\+){tag})?@(?:x\.test)");
        assert_eq!(mailbox_anywhere("a.b@x.test"), plain);
        let between = r"(?:\.|\-|\_)*";
        let domains = r"proton\.me|protonmail\.com|protonmail\.ch|pm\.me";
        let proton = format!(r"{between}a{between}b{between}(?:(?:\+){tag})?@(?:{domains})");
        assert_eq!(mailbox_anywhere("ab@proton.me"), proton);
        assert_eq!(mailbox_anywhere("ab@yahoo.de"), format!(r"ab(?:(?:\+|\-){tag})?@(?:yahoo\.de)"));
        let below = format!(r"(?:ab(?:(?:\+){tag})?@(?:fastmail\.com)|@ab\.(?:fastmail\.com))");
        assert_eq!(mailbox_anywhere("ab@fastmail.com"), below);
        assert!(mailbox("ab@fastmail.com").contains(r"|[[:alnum:]_.%+-]+@ab\."));
        assert_eq!((mailbox_anywhere("a b"), mailbox("ab")), (r"a[[:space:]]b".to_owned(), exactly("ab")));
    }
}
