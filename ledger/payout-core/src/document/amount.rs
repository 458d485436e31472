//! Formats amounts and days for documents, unambiguously for readers in any country.

use shared::{money::Currency, timestamp::Timestamp};
use time::{OffsetDateTime, macros::format_description};

/// `1,234.50`, `−5.00`, `5,000` for yen, `1.005` for dinars: for a column whose header names the currency.
pub fn plain(minor: i64, currency: Currency) -> String {
    let exponent = currency.exponent();
    let unit = 10_u64.pow(exponent);
    let magnitude = minor.unsigned_abs();
    let digits = (magnitude / unit).to_string();
    let mut text = String::with_capacity(digits.len() * 2 + 4);
    if minor < 0 {
        text.push('\u{2212}');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if exponent > 0 {
        text.push_str(&format!(".{:0width$}", magnitude % unit, width = exponent as usize));
    }
    text
}

/// `USD 1,234.50`, with a non-breaking space.
pub fn named(minor: i64, currency: Currency) -> String {
    format!("{currency}\u{a0}{}", plain(minor, currency))
}

/// `20 Nov 2026`, UTC.
pub fn day(at: Timestamp) -> String {
    moment(at).format(format_description!("[day padding:none] [month repr:short] [year]")).unwrap_or_default()
}

pub(super) fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
