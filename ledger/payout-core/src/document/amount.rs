//! Formats amounts for documents, unambiguously for readers in any country.

use shared::{
    money::{Currency, Money, grouped},
    timestamp::Timestamp,
};
use time::OffsetDateTime;

/// `1,234.50`, `−5.00`, `5,000` for yen, `1.005` for dinars: for a column whose header names the currency.
pub fn plain(minor: i64, currency: Currency) -> String {
    let sign = if minor < 0 { "\u{2212}" } else { "" };
    let (whole, decimals) = Money::new(minor, currency).unsigned();
    format!("{sign}{}{decimals}", grouped(whole))
}

/// `USD 1,234.50`, with a non-breaking space.
pub fn named(minor: i64, currency: Currency) -> String {
    format!("{currency}\u{a0}{}", plain(minor, currency))
}

pub(super) fn moment(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}
