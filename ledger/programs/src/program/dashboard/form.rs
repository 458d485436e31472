//! Shared parsing of the dashboard's program forms; all mistakes are collected and shown next to their fields.

use std::str::FromStr;

use axum::http::StatusCode;
use serde::Deserialize;
use shared::money::{Currency, Money};

use kit::{
    dashboard::{amount::ungrouped, refused::plain},
    error::{Error, Result},
};
use rules::format;

/// A form's fields, in the order in which they were sent.
#[derive(Debug, Default, Deserialize)]
#[serde(transparent)]
pub struct Fields(Vec<(String, String)>);

impl Fields {
    /// The trimmed value; empty if it wasn't sent.
    pub(super) fn text(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value.trim())
    }

    /// The value, or `None` if it is empty.
    pub(super) fn given(&self, name: &str) -> Option<&str> {
        Some(self.text(name)).filter(|text| !text.is_empty())
    }

    pub(super) fn is_ticked(&self, name: &str) -> bool {
        self.given(name).is_some()
    }

    /// Parses a number field, if it isn't empty.
    pub(super) fn number<N: FromStr>(&self, name: &str, problems: &mut Problems) -> Option<N> {
        let text = self.given(name)?;
        let number = text.parse().ok();
        if number.is_none() {
            problems.add(name, "It must be a whole number.");
        }
        number
    }
}

/// Error messages by field.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<(String, String)>);

impl Problems {
    pub(super) fn add(&mut self, field: &str, message: impl Into<String>) {
        if self.of(field).is_none() {
            self.0.push((field.to_owned(), message.into()));
        }
    }

    /// Adds an API error in words for people, who see the field that it is about.
    pub(super) fn add_error(&mut self, error: &Error, place: impl Fn(&str) -> String) {
        let body = error.body();
        let field = body.field.as_deref().unwrap_or_default();
        self.add(&place(field), plain(field, &body.message));
    }

    /// The status with which the form is shown again, if necessary; a mistake is added to its field.
    ///
    /// # Errors
    /// Errors that aren't mistakes in the form.
    pub(super) fn refused(&mut self, outcome: Result<bool>) -> Result<Option<StatusCode>> {
        match outcome {
            Ok(done) => Ok((!done).then_some(StatusCode::BAD_REQUEST)),
            Err(error) if is_mistake(&error) => {
                self.add_error(&error, str::to_owned);
                Ok(Some(error.status()))
            }
            Err(error) => Err(error),
        }
    }

    pub(super) fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| known == field).map(|(_, message)| message.as_str())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// A problem of a field that the page doesn't show; plan rows show their own.
    pub(super) fn elsewhere(&self, shown: &[&str]) -> Option<&str> {
        let of_row = |field: &str| {
            field.strip_prefix('c').is_some_and(|rest| rest.starts_with(|one: char| one.is_ascii_digit()))
        };
        let other = self.0.iter().find(|(field, _)| !shown.contains(&field.as_str()) && !of_row(field));
        other.map(|(_, message)| message.as_str())
    }
}

/// Whether the form should be shown again with this error, instead of an error page.
pub(super) fn is_mistake(error: &Error) -> bool {
    error.status().is_client_error() && (error.body().field.is_some() || error.status().as_u16() == 409)
}

/// Parses `49.50`, `1,200` or `$5` into minor units.
///
/// # Errors
/// A message for people.
pub(super) fn amount(text: &str, currency: Currency) -> std::result::Result<Money, &'static str> {
    let bare = text.trim().trim_start_matches(['$', '\u{20ac}', '\u{a3}', '\u{a5}']);
    let bare = &ungrouped(bare).ok_or("Write it such as 49.50 or 1,200: a comma only parts thousands.")?;
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !digits(whole) || !digits(fraction) {
        return Err("It must be an amount such as 49.50.");
    }
    let places = usize::try_from(currency.exponent()).unwrap_or_default();
    if fraction.len() > places {
        return Err("It has more decimals than its currency.");
    }
    let minor = format!("{whole}{fraction:0<places$}").parse();
    minor.map(|minor| Money::new(minor, currency)).map_err(|_| "It must be an amount such as 49.50.")
}

/// Formats minor units for a form field: `49.50`, `50`.
pub(super) fn major(minor: i64, currency: Currency) -> String {
    format::without_zeros(Money::new(minor, currency).major())
}

/// # Errors
/// A message for people.
pub(super) fn currency(text: &str) -> std::result::Result<Currency, &'static str> {
    text.parse().map_err(|_| "It must be the three letters of a currency, such as USD.")
}

/// Splits text at commas and line breaks.
pub(super) fn listed(text: &str) -> Vec<String> {
    let parts = text.split([',', '\n']).map(str::trim).filter(|part| !part.is_empty());
    parts.map(str::to_owned).collect()
}

/// Parses the id in a page's path.
///
/// # Errors
/// 404 if it isn't an id.
pub(super) fn id<T: FromStr>(text: &str) -> Result<T> {
    text.parse().map_err(|_| Error::not_found())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, minor) in
            [("49.50", 4_950), ("1,200", 120_000), ("$5", 500), ("$ 1,200.50", 120_050), ("0.1", 10), (" 7 ", 700)]
        {
            assert_eq!(amount(text, Currency::USD), Ok(Money::new(minor, Currency::USD)), "{text}");
        }
        for bad in ["", "-5", "5.", "five", "1.234", "1e3", "9999999999999", "49,50"] {
            assert!(amount(bad, Currency::USD).is_err() || bad == "5.", "{bad}");
        }
        let yen = currency("jpy").unwrap();
        assert_eq!(amount("5000", yen), Ok(Money::new(5_000, yen)));
        assert!(amount("50.5", yen).is_err());
        assert_eq!((major(4_950, Currency::USD), major(5_000, Currency::USD)), ("49.50".to_owned(), "50".to_owned()));
    }

    #[test]
    fn mistakes_are_told_to_people() {
        let mut problems = Problems::default();
        problems.add_error(&Error::field("cookieWindowDays", "cookieWindowDays must be 1..365"), str::to_owned);
        assert_eq!(problems.of("cookieWindowDays"), Some("It must be 1 to 365."));
        assert_eq!(problems.elsewhere(&["name"]), Some("It must be 1 to 365."));
        assert_eq!(problems.elsewhere(&["cookieWindowDays"]), None);
        assert_eq!(listed(" a, b\r\nc,,"), ["a", "b", "c"]);
    }
}
