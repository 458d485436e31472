//! Shared parsing of the dashboard's program forms: amounts, currencies, lists and ids.

use std::str::FromStr;

use shared::money::{Currency, Money};

use kit::{
    dashboard::amount::ungrouped,
    error::{Error, Result},
};
use rules::format;

/// Parses `49.50`, `1,200` or `$5` into minor units.
///
/// # Errors
/// A message for people.
pub(super) fn amount(text: &str, currency: Currency) -> std::result::Result<Money, &'static str> {
    let bare = text.trim().trim_start_matches(['$', '\u{20ac}', '\u{a3}', '\u{a5}']);
    let bare = &ungrouped(bare).ok_or("Enter an amount such as 49.50 or 1,200. Use commas only between thousands.")?;
    let (whole, fraction) = bare.split_once('.').unwrap_or((bare, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || !digits(whole) || !digits(fraction) {
        return Err("Enter an amount such as 49.50.");
    }
    let places = usize::try_from(currency.exponent()).unwrap_or_default();
    if fraction.len() > places {
        return Err("Use fewer decimal places for this currency.");
    }
    let minor = format!("{whole}{fraction:0<places$}").parse();
    minor.map(|minor| Money::new(minor, currency)).map_err(|_| "Enter an amount such as 49.50.")
}

/// Formats minor units for a form field: `49.50`, `50`.
pub(super) fn major(minor: i64, currency: Currency) -> String {
    format::without_zeros(Money::new(minor, currency).major())
}

/// # Errors
/// A message for people.
pub(super) fn currency(text: &str) -> std::result::Result<Currency, &'static str> {
    text.parse().map_err(|_| "Enter a three-letter currency code such as USD.")
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
pub(crate) fn id<T: FromStr>(text: &str) -> Result<T> {
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
    fn a_list_is_parted_by_commas_and_lines() {
        assert_eq!(listed(" a, b\r\nc,,"), ["a", "b", "c"]);
    }
}
