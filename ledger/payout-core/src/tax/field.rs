//! Reads a form's fields and collects all errors.

use time::{Date, macros::format_description};

/// No one who signs a form was born earlier. The database's dates begin in 4713 BC.
const YEAR_MIN: i32 = 1900;

/// An error in a field, and how to fix it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// The field's name on the page and in the API.
    pub field: &'static str,
    pub message: String,
}

/// A submitted form, by field name.
pub trait Given {
    /// The value as typed; `None` or empty if nothing was.
    fn value(&self, field: &str) -> Option<&str>;
}

/// Names with their values, as a browser sends them.
impl Given for &[(String, String)] {
    fn value(&self, field: &str) -> Option<&str> {
        self.iter().find(|(name, _)| name == field).map(|(_, value)| value.as_str())
    }
}

impl Given for std::collections::BTreeMap<String, String> {
    fn value(&self, field: &str) -> Option<&str> {
        self.get(field).map(String::as_str)
    }
}

/// Reads the fields. An invalid one is recorded and counts as empty; [`Reader::end`] returns the errors.
#[expect(missing_debug_implementations, reason = "it holds what people typed")]
pub struct Reader<'a> {
    given: &'a dyn Given,
    mistakes: Vec<Mistake>,
}

impl<'a> Reader<'a> {
    pub fn new(given: &'a dyn Given) -> Self {
        Self { given, mistakes: Vec::new() }
    }

    pub fn wrong(&mut self, field: &'static str, message: impl Into<String>) {
        if !self.mistakes.iter().any(|known| known.field == field) {
            self.mistakes.push(Mistake { field, message: message.into() });
        }
    }

    /// The value as typed, trimmed.
    pub fn raw(&self, field: &str) -> &'a str {
        self.given.value(field).unwrap_or_default().trim()
    }

    /// Reads an optional text of at most `max` characters.
    pub fn optional(&mut self, field: &'static str, max: usize) -> Option<String> {
        let text: Vec<&str> = self.raw(field).split_whitespace().collect();
        let text = text.join(" ");
        if text.chars().count() > max {
            self.wrong(field, format!("Enter at most {max} characters."));
        } else if text.chars().any(char::is_control) {
            self.wrong(field, "Remove any invisible characters.");
        }
        (!text.is_empty()).then_some(text)
    }

    /// Reads a required text; `else_say` is the error if it is missing.
    pub fn text(&mut self, field: &'static str, max: usize, else_say: &str) -> String {
        let text = self.optional(field, max);
        if text.is_none() {
            self.wrong(field, else_say);
        }
        text.unwrap_or_default()
    }

    /// Returns whether a checkbox is checked.
    pub fn flag(&self, field: &str) -> bool {
        matches!(self.raw(field), "yes" | "true" | "on")
    }

    /// Requires a checkbox to be checked.
    pub fn ticked(&mut self, field: &'static str, else_say: &str) {
        if !self.flag(field) {
            self.wrong(field, else_say);
        }
    }

    /// Reads a day such as `2026-11-20`, of a person's life.
    pub fn day(&mut self, field: &'static str, else_say: &str) -> Date {
        let read = read_day(self.raw(field)).filter(|day| day.year() >= YEAR_MIN);
        if read.is_none() {
            self.wrong(field, else_say);
        }
        read.unwrap_or(Date::MIN)
    }

    /// Reads one of several options, by name.
    pub fn one_of<T>(&mut self, field: &'static str, parse: impl Fn(&str) -> Option<T>, else_say: &str) -> Option<T> {
        let found = parse(self.raw(field));
        if found.is_none() {
            self.wrong(field, else_say);
        }
        found
    }

    /// # Errors
    /// All recorded errors.
    pub fn end<T>(self, value: T) -> Result<T, Vec<Mistake>> {
        if self.mistakes.is_empty() { Ok(value) } else { Err(self.mistakes) }
    }

    /// Like [`Reader::end`], for a value that couldn't be built completely.
    ///
    /// # Errors
    /// All recorded errors.
    pub fn end_with<T>(self, value: Option<T>) -> Result<T, Vec<Mistake>> {
        match value {
            Some(value) => self.end(value),
            None => Err(self.mistakes),
        }
    }
}

/// Parses `2026-11-20`.
pub fn read_day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// Formats as `2026-11-20`.
pub fn written_day(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

/// Formats as `11-20-2026`, as on the forms.
pub fn form_day(day: Date) -> String {
    format!("{:02}-{:02}-{:04}", u8::from(day.month()), day.day(), day.year())
}

/// (De)serializes a day as text in JSON.
pub mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use time::Date;

    /// # Errors
    /// Errors of the serializer.
    pub fn serialize<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::written_day(*day))
    }

    /// # Errors
    /// If the text isn't a day.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
        let text = String::deserialize(from)?;
        super::read_day(&text).ok_or_else(|| D::Error::custom("not a day"))
    }
}
