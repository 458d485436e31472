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

/// The variable that is the URL of the button. It may sign its reader in, so a brand can neither make it a part of a
/// URL of its own nor put it into a subject, which isn't stored encrypted.
pub(super) const LINK: &str = "link";

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
    /// 400 naming each field, and the first variable in it that is unknown or can't be there.
    pub fn checked(
        kind: EmailKind,
        (subject, opening, button): (&str, &str, &str),
        known: &[&'static str],
    ) -> Result<Self> {
        let mut checks = Checks::default();
        let plain: Vec<&'static str> = known.iter().copied().filter(|name| *name != LINK).collect();
        let subject = checks.value(words("subject", subject, SUBJECT_MAX, &plain));
        let opening = checks.value(words("opening", opening, OPENING_MAX, known));
        let button = checks.value(words("button", button, BUTTON_MAX, &plain));
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
    let (mut seen, mut rest) = (String::new(), line.as_str());
    while let Some((before, name, after)) = next_variable(rest) {
        seen.push_str(before);
        if !known.contains(&name) {
            let name: String = name.chars().take(NAME_MAX).collect();
            let list = known.iter().map(|name| format!("{{{name}}}")).collect::<Vec<_>>().join(", ");
            return Err(Error::field(field, format!("There is no variable {{{name}}} here. You can use {list}.")));
        }
        if name == LINK && !stands_alone(&seen, after) {
            let rule = format!("Put a space before and after {{{LINK}}}, and don’t write it between < and >.");
            return Err(Error::field(field, rule));
        }
        seen.push_str(name);
        rest = after;
    }
    Ok(Some(line))
}

/// Whether mail programs take a URL between these texts for a link of its own. It isn't one if it touches what stands
/// before or after it, or between `<` and `>`, where some programs ignore spaces.
fn stands_alone(before: &str, after: &str) -> bool {
    let after = after.trim_start_matches(['.', ',', ';', ':', '!', '?', ')']);
    let is_apart = (before.is_empty() || before.ends_with(' ')) && (after.is_empty() || after.starts_with(' '));
    is_apart && before.rfind('<') <= before.rfind('>')
}

/// Puts values in the place of variables, in one pass: a value that looks like a variable stays as it is. A variable
/// without a value is left out. `value` gets a variable's name and whether it stands alone in the text.
pub(super) fn filled(text: &str, value: impl Fn(&str, bool) -> Option<String>) -> String {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some((before, name, after)) = next_variable(rest) {
        whole.push_str(before);
        let value = value(name, stands_alone(&whole, after));
        whole.push_str(&value.unwrap_or_default());
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
    fn a_link_stands_alone_in_an_opening() {
        let known = ["name", "brand", LINK];
        let checked = |subject, opening, button| {
            Wording::checked(EmailKind::AffiliateInvited, (subject, opening, button), &known)
        };
        for good in
            ["{link}", "Go: {link}.", "{name}, see {link}, now", "Open it ( {link})!", "<b>Go</b>: {link} {brand}"]
        {
            assert!(checked("", good, "").is_ok(), "{good}");
        }
        for bad in [
            "https://m.example/o?x={link}",
            "Go:{link}",
            "x{link}",
            "({link})",
            "{brand}{link}",
            "{link}.m.example",
            "{link}/x",
            "{link}{name}",
            "<https://m.example/o?x= {link} >",
        ] {
            let error = checked("", bad, "").unwrap_err();
            assert_eq!(error.body().field.as_deref(), Some("opening"), "{bad}");
            assert!(error.body().message.starts_with("Put a space before and after {link}"), "{bad}");
        }
        let elsewhere = checked("Go: {link}", "", "{link}").unwrap_err();
        let fields: Vec<_> = elsewhere.each().map(|one| one.body().field.as_deref().unwrap_or_default()).collect();
        assert_eq!(fields, ["subject", "button"]);
        assert_eq!(elsewhere.body().message, "There is no variable {link} here. You can use {name}, {brand}.");
    }

    #[test]
    fn a_value_is_no_variable() {
        let value = |name: &str, _| (name == "name").then(|| "{brand} & <b>".to_owned());
        assert_eq!(filled("Hi {name}, {brand}! {", value), "Hi {brand} & <b>, ! {");
        assert_eq!(filled("", value), "");
    }
}
