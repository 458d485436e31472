//! Reads a form's fields and collects what is wrong with them, all at once.

use time::{Date, macros::format_description};

/// What is wrong with a field, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mistake {
    /// As the page and the API call the field.
    pub field: &'static str,
    pub message: String,
}

/// A filled-in form, by the names of its fields.
pub trait Given {
    /// As it was typed; `None` or empty where nothing was.
    fn value(&self, field: &str) -> Option<&str>;
}

impl Given for std::collections::HashMap<String, String> {
    fn value(&self, field: &str) -> Option<&str> {
        self.get(field).map(String::as_str)
    }
}

impl Given for std::collections::BTreeMap<String, String> {
    fn value(&self, field: &str) -> Option<&str> {
        self.get(field).map(String::as_str)
    }
}

/// Goes through the fields. A wrong one is noted and stands as empty; [`Reader::end`] tells.
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

    /// As typed, without the blanks around it.
    pub fn raw(&self, field: &str) -> &'a str {
        self.given.value(field).unwrap_or_default().trim()
    }

    /// Some text or nothing. `max` in characters.
    pub fn optional(&mut self, field: &'static str, max: usize) -> Option<String> {
        let text: Vec<&str> = self.raw(field).split_whitespace().collect();
        let text = text.join(" ");
        if text.chars().count() > max {
            self.wrong(field, format!("Shorten it to {max} characters."));
        } else if text.chars().any(char::is_control) {
            self.wrong(field, "Remove the invisible characters.");
        }
        (!text.is_empty()).then_some(text)
    }

    /// Some text; `else_say` where there is none.
    pub fn text(&mut self, field: &'static str, max: usize, else_say: &str) -> String {
        let text = self.optional(field, max);
        if text.is_none() {
            self.wrong(field, else_say);
        }
        text.unwrap_or_default()
    }

    /// Whether a box is ticked.
    pub fn flag(&self, field: &str) -> bool {
        matches!(self.raw(field), "yes" | "true" | "on")
    }

    /// A box without which it isn't complete.
    pub fn ticked(&mut self, field: &'static str, else_say: &str) {
        if !self.flag(field) {
            self.wrong(field, else_say);
        }
    }

    /// A day, as `2026-11-20`.
    pub fn day(&mut self, field: &'static str, else_say: &str) -> Date {
        let read = read_day(self.raw(field));
        if read.is_none() {
            self.wrong(field, else_say);
        }
        read.unwrap_or(Date::MIN)
    }

    /// One of several, by its name.
    pub fn one_of<T>(&mut self, field: &'static str, parse: impl Fn(&str) -> Option<T>, else_say: &str) -> Option<T> {
        let found = parse(self.raw(field));
        if found.is_none() {
            self.wrong(field, else_say);
        }
        found
    }

    /// # Errors
    /// All that was noted.
    pub fn end<T>(self, value: T) -> Result<T, Vec<Mistake>> {
        if self.mistakes.is_empty() { Ok(value) } else { Err(self.mistakes) }
    }

    /// As [`Reader::end`], where a part of the value couldn't be read.
    ///
    /// # Errors
    /// All that was noted.
    pub fn end_with<T>(self, value: Option<T>) -> Result<T, Vec<Mistake>> {
        match value {
            Some(value) => self.end(value),
            None => Err(self.mistakes),
        }
    }
}

/// `2026-11-20`.
pub fn read_day(text: &str) -> Option<Date> {
    Date::parse(text, format_description!("[year]-[month]-[day]")).ok()
}

/// `2026-11-20`.
pub fn written_day(day: Date) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), u8::from(day.month()), day.day())
}

/// `11-20-2026`, as the forms have it.
pub fn form_day(day: Date) -> String {
    format!("{:02}-{:02}-{:04}", u8::from(day.month()), day.day(), day.year())
}

/// A day in JSON.
pub mod as_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};
    use time::Date;

    /// # Errors
    /// Of the serializer.
    pub fn serialize<S: Serializer>(day: &Date, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&super::written_day(*day))
    }

    /// # Errors
    /// Where it is no day.
    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Date, D::Error> {
        let text = String::deserialize(from)?;
        super::read_day(&text).ok_or_else(|| D::Error::custom("not a day"))
    }
}
