//! Formats amounts, counts and times for people.

/// `1,234,567`.
pub use shared::money::grouped as count;
use shared::{
    money::{Currency, Money},
    timestamp::Timestamp,
};
use time::{OffsetDateTime, macros::format_description};

/// `$1,234.50`, `€99.00`, `¥5,000`, `CHF 12.00`, `−$5.00`.
pub fn money(minor: i64, currency: &str) -> String {
    let Ok(currency) = currency.parse::<Currency>() else {
        return format!("{minor} {currency}");
    };
    let sign = if minor < 0 { "\u{2212}" } else { "" };
    let (whole, decimals) = Money::new(minor, currency).unsigned();
    // A non-breaking space after a code.
    let symbol = symbol(currency.code()).map_or_else(|| format!("{}\u{a0}", currency.code()), str::to_owned);
    format!("{sign}{symbol}{}{decimals}", count(whole))
}

/// Drops decimals that are all zero: `$50`, `49.50`.
pub fn without_zeros(amount: String) -> String {
    match amount.split_once('.') {
        Some((whole, decimals)) if decimals.bytes().all(|byte| byte == b'0') => whole.to_owned(),
        _ => amount,
    }
}

/// `$`, `€`; of the currencies whose symbol is well known.
pub fn symbol(code: &str) -> Option<&'static str> {
    match code {
        "USD" => Some("$"),
        "EUR" => Some("\u{20ac}"),
        "GBP" => Some("\u{a3}"),
        "JPY" => Some("\u{a5}"),
        "INR" => Some("\u{20b9}"),
        "KRW" => Some("\u{20a9}"),
        _ => None,
    }
}

/// `20 Nov, 08:30`; UTC.
pub fn moment(at: Timestamp) -> String {
    date_time(at)
        .format(format_description!("[day padding:none] [month repr:short], [hour]:[minute]"))
        .unwrap_or_default()
}

/// `20 Nov`.
pub fn day(at: Timestamp) -> String {
    date_time(at).format(format_description!("[day padding:none] [month repr:short]")).unwrap_or_default()
}

/// `20 Nov 2026`.
pub fn date(at: Timestamp) -> String {
    date_time(at).format(format_description!("[day padding:none] [month repr:short] [year]")).unwrap_or_default()
}

fn date_time(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(at.seconds()).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_read_as_people_write_them() {
        for (minor, currency, text) in [
            (123_450, "USD", "$1,234.50"),
            (5, "EUR", "\u{20ac}0.05"),
            (5_000, "JPY", "\u{a5}5,000"),
            (-500, "USD", "\u{2212}$5.00"),
            (1_005, "KWD", "KWD\u{a0}1.005"),
            (1_200, "CHF", "CHF\u{a0}12.00"),
            (i64::MIN, "USD", "\u{2212}$92,233,720,368,547,758.08"),
        ] {
            assert_eq!(money(minor, currency), text);
        }
    }

    #[test]
    fn moments_are_short() {
        let at = Timestamp::parse_rfc3339("2026-11-05T08:03:59Z").unwrap();
        assert_eq!((moment(at).as_str(), day(at).as_str()), ("5 Nov, 08:03", "5 Nov"));
    }
}
