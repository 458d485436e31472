//! What brands write into their emails to affiliates in place of our words: a subject, an opening paragraph and a button's
//! text, with variables such as `{name}`. Pure.

use super::kind::EmailKind;
use crate::{
    api::text,
    error::{Checks, Error, Result},
};

const SUBJECT_MAX: usize = 100;
const OPENING_MAX: usize = 1_000;
const BUTTON_MAX: usize = 40;
/// How much of an unknown variable is repeated.
const NAME_MAX: usize = 40;

/// A brand's own words in a kind of email; `None` keeps ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wording {
    pub kind: EmailKind,
    pub subject: Option<String>,
    pub opening: Option<String>,
    pub button: Option<String>,
}

impl Wording {
    /// Validates what someone wrote: subject, opening and button, each of which may be blank. `known` are the variables of
    /// this email.
    ///
    /// # Errors
    /// 400 naming each field, and the first unknown variable in it.
    pub fn checked(
        kind: EmailKind,
        (subject, opening, button): (&str, &str, &str),
        known: &[&'static str],
    ) -> Result<Self> {
        let mut checks = Checks::default();
        let subject = checks.value(words("subject", subject, SUBJECT_MAX, known));
        let opening = checks.value(words("opening", opening, OPENING_MAX, known));
        let button = checks.value(words("button", button, BUTTON_MAX, known));
        checks.end().map(|()| Self { kind, subject, opening, button })
    }

    /// Whether it keeps all of our words.
    pub const fn is_empty(&self) -> bool {
        self.subject.is_none() && self.opening.is_none() && self.button.is_none()
    }
}

fn words(field: &str, given: &str, most: usize, known: &[&'static str]) -> Result<Option<String>> {
    let line = given.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.is_empty() {
        return Ok(None);
    }
    let line = text::checked(field, &line, most)?;
    let mut rest = line.as_str();
    while let Some((_, name, after)) = next_variable(rest) {
        if !known.contains(&name) {
            let name: String = name.chars().take(NAME_MAX).collect();
            let list = known.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ");
            return Err(Error::field(field, format!("There is no variable {{{name}}} here. You can use {list}.")));
        }
        rest = after;
    }
    Ok(Some(line))
}

/// Puts values in the place of variables, in one pass: a value that looks like a variable stays as it is. An unknown
/// variable is left out.
pub(super) fn filled(text: &str, value: impl Fn(&str) -> Option<String>) -> String {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some((before, name, after)) = next_variable(rest) {
        whole.push_str(before);
        whole.push_str(&value(name).unwrap_or_default());
        rest = after;
    }
    whole.push_str(rest);
    whole
}

/// Splits a text at its first variable: what stands before it, its name, and what follows.
fn next_variable(text: &str) -> Option<(&str, &str, &str)> {
    let (before, rest) = text.split_once('{')?;
    let (name, after) = rest.split_once('}')?;
    Some((before, name, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    const KNOWN: [&str; 2] = ["name", "brand"];

    fn checked(subject: &str, opening: &str, button: &str) -> Result<Wording> {
        Wording::checked(EmailKind::FirstClick, (subject, opening, button), &KNOWN)
    }

    #[test]
    fn blank_fields_keep_our_words() {
        let wording = checked(" Hello\n{name} ", "", " \t").unwrap();
        assert_eq!(wording.subject.as_deref(), Some("Hello {name}"));
        assert!(wording.opening.is_none() && wording.button.is_none() && !wording.is_empty());
        assert!(checked("", "", "").unwrap().is_empty());
    }

    #[test]
    fn an_unknown_variable_is_named() {
        let error = checked("Hi {name}", "You earn {offer}", "{link").unwrap_err();
        assert_eq!(error.body().field.as_deref(), Some("opening"));
        assert_eq!(error.body().message, "There is no variable {offer} here. You can use {name}, {brand}.");
        for bad in ["{}", "{ name}", "{first_name}", "{{name}}"] {
            assert!(checked(bad, "", "").is_err(), "{bad}");
        }
        let all = checked(&"x".repeat(101), &"x".repeat(1_001), "a\u{202e}b").unwrap_err();
        assert_eq!(all.each().count(), 3);
    }

    #[test]
    fn a_value_is_no_variable() {
        let value = |name: &str| (name == "name").then(|| "{brand} & <b>".to_owned());
        assert_eq!(filled("Hi {name}, {brand}! {", value), "Hi {brand} & <b>, ! {");
        assert_eq!(filled("", value), "");
    }
}
