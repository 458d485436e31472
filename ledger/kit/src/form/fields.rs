//! The fields of a posted form.

use std::str::FromStr;

use serde::Deserialize;

use super::Problems;
use crate::{api::text, email_address};

/// Before the name of a field, for what its page showed.
const WAS: &str = "was.";

/// A form's fields, in the order in which they were sent. Checkboxes with one name come once for each selected one.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(transparent)]
pub struct Fields(pub(super) Vec<(String, String)>);

impl Fields {
    /// The value exactly as it was sent.
    pub fn sent(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }

    /// The value exactly as it was sent, such as a password, or a text to show again; empty if it wasn't sent.
    pub fn raw(&self, name: &str) -> &str {
        self.sent(name).unwrap_or_default()
    }

    /// The trimmed value; empty if it wasn't sent.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// The trimmed value, or `None` if it is empty.
    pub fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    /// Every value that was sent under this name.
    pub fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(known, _)| known == name).map(|(_, value)| value.clone()).collect()
    }

    /// Whether a checkbox is selected: all of them have the value `yes`.
    pub fn is_ticked(&self, name: &str) -> bool {
        self.text(name) == "yes"
    }

    /// Parses a whole number, if the field isn't empty; adds the problem if it isn't one.
    pub fn number<N: FromStr>(&self, name: &str, problems: &mut Problems) -> Option<N> {
        let number = self.given(name)?.parse().ok();
        if number.is_none() {
            problems.add(name, "Must be a whole number.");
        }
        number
    }

    /// Checks a short text on one line; `what` names it in the message.
    ///
    /// # Errors
    /// The problem, at its field.
    pub fn line(&self, name: &str, what: &str, most: usize) -> Result<String, Problems> {
        text::checked(name, self.raw(name), most)
            .map_err(|_| Problems::at(name, format!("Enter {what} (1 to {most} characters).")))
    }

    /// Returns an email address as it is stored, in lower case.
    ///
    /// # Errors
    /// The problem, at its field.
    pub fn email(&self, name: &str) -> Result<String, Problems> {
        email_address::parse(self.raw(name))
            .ok_or_else(|| Problems::at(name, "Enter a valid email address, such as name@brand.com."))
    }

    /// Takes a value out, so that no page shows it again.
    pub fn take(&mut self, name: &str) -> String {
        let at = self.0.iter().position(|(known, _)| known == name);
        let taken = at.map(|at| self.0.remove(at).1).unwrap_or_default();
        self.0.retain(|(known, _)| known != name);
        taken
    }

    /// Replaces a value.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.retain(|(known, _)| known != name);
        self.0.push((name.to_owned(), value.into()));
    }

    /// Whether the field has what its page showed, which the form sends along as `was.NAME`. To save it would only take
    /// back what someone else changed meanwhile.
    pub fn is_untouched(&self, name: &str) -> bool {
        let text = |value: &str| value.replace("\r\n", "\n").trim().to_owned();
        self.sent(&format!("{WAS}{name}")).is_some_and(|was| text(was) == text(self.raw(name)))
    }

    /// Replaces what is untouched by its current value.
    pub fn refresh(&mut self, now: &[(&str, String)]) {
        for (name, value) in now {
            if self.is_untouched(name) {
                self.set(name, value.as_str());
            }
        }
    }

    /// What the page showed, as the form sent it along.
    pub fn shown(&self) -> Vec<(String, String)> {
        let of = |(name, value): &(String, String)| Some((name.strip_prefix(WAS)?.to_owned(), value.clone()));
        self.0.iter().filter_map(of).collect()
    }

    /// All names with their values.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.0
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Fields {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(pairs: I) -> Self {
        Self(pairs.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_read_as_it_is_needed() {
        let mut fields = Fields::from_iter([
            ("name", " Ann "),
            ("events", "a"),
            ("events", "b"),
            ("none", " "),
            ("notify", "yes"),
            ("days", "x"),
        ]);
        assert_eq!((fields.raw("name"), fields.text("name"), fields.given("name")), (" Ann ", "Ann", Some("Ann")));
        assert_eq!((fields.sent("none"), fields.given("none"), fields.sent("other")), (Some(" "), None, None));
        assert_eq!((fields.all("events"), fields.raw("events")), (vec!["a".to_owned(), "b".to_owned()], "a"));
        assert!(fields.is_ticked("notify") && !fields.is_ticked("name"));
        assert_eq!((fields.take("events"), fields.sent("events")), ("a".to_owned(), None));
        fields.set("name", "Ben");
        assert_eq!(fields.all("name"), ["Ben"]);
        let mut problems = Problems::default();
        assert_eq!(
            (fields.number::<u8>("days", &mut problems), fields.number::<u8>("none", &mut problems)),
            (None, None)
        );
        assert_eq!((problems.of("days"), problems.of("none")), (Some("Must be a whole number."), None));
        let now = [("name", "Cid".to_owned()), ("notify", String::new()), ("days", "7".to_owned())];
        let pairs = [("name", "Ann "), ("was.name", "Ann"), ("notify", "yes"), ("was.notify", ""), ("days", "x")];
        let mut sent = Fields::from_iter(pairs);
        assert_eq!(sent.shown(), [("name", "Ann"), ("notify", "")].map(|(a, b)| (a.to_owned(), b.to_owned())));
        sent.refresh(&now);
        assert_eq!((sent.raw("name"), sent.raw("notify"), sent.raw("days")), ("Cid", "yes", "x"));
        assert!(fields.line("name", "a name", 2).is_err_and(|problems| problems.of("name").is_some()));
        assert!(fields.email("name").is_err_and(|problems| problems.of("name").is_some()));
    }
}
