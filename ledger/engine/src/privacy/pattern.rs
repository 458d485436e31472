//! Builds Postgres regular expressions that find names in stored texts. No side effects.

/// Matches a text as it is, but not as part of a longer word.
pub fn exactly(text: &str) -> String {
    format!(r"(?<![[:alnum:]_.%+-]){}(?![[:alnum:]_-])", escaped(text))
}

/// Matches every spelling of the mailbox with this compared form: any case, any `+tag`, and Gmail's dots.
pub fn mailbox(key: &str) -> String {
    let Some((name, domain)) = spelled(key) else { return exactly(key) };
    format!(r#"(?<![[:alnum:]_.%+-]){name}(\+[^@[:space:]"<>]*)?@{domain}(?![[:alnum:]-]|\.[[:alnum:]])"#)
}

/// Like [`mailbox`], but also inside other words: finds the places to check.
pub fn mailbox_anywhere(key: &str) -> String {
    let Some((name, domain)) = spelled(key) else { return escaped(key) };
    format!(r#"{name}(\+[^@[:space:]"<>]*)?@{domain}"#)
}

fn spelled(key: &str) -> Option<(String, String)> {
    let (name, domain) = key.rsplit_once('@')?;
    if domain == "gmail.com" {
        let characters: Vec<String> = name.chars().map(|character| escaped(&character.to_string())).collect();
        return Some((characters.join(r"\.*"), r"(gmail|googlemail)\.com".to_owned()));
    }
    Some((escaped(name), escaped(domain)))
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
        assert!(mailbox("ab@gmail.com").contains(r"a\.*b(\+"));
        assert_eq!(any(&["a".into(), "b".into()]), "a|b");
        assert!(pair("name", "a.b").ends_with(r#""a\.b""#));
    }
}
