//! Parses amounts as files write them: `1,234.50`, `$1.234,50`, `99`, or minor units. Pure.

use shared::money::Currency;

/// Far more than any sale, and small enough that no sum over a file exceeds 64 bits.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// Returns minor units; `None` if the text isn't an amount, or one that could mean two. `in_cents`: the text is a
/// number of minor units.
pub fn read(text: &str, currency: Currency, in_cents: bool) -> Option<i64> {
    let text = text.replace(currency.code(), "");
    let text = text.trim_matches(|character: char| character.is_whitespace() || is_symbol(character));
    let minor = if in_cents { text.parse().ok()? } else { major(text, currency.exponent())? };
    (0..=AMOUNT_MAX).contains(&minor).then_some(minor)
}

const fn is_symbol(character: char) -> bool {
    matches!(character, '$' | '€' | '£' | '¥')
}

/// The last separator begins the decimals if at most two digits follow it, or as many as the currency has. A single
/// point before three digits could be either; a comma, or one of several separators, separates thousands. Then one to
/// three digits precede the first one and begin with no zero: `1234,567` and `0,500` have three decimals.
fn major(text: &str, exponent: u32) -> Option<i64> {
    let exponent = usize::try_from(exponent).ok()?;
    let last = text.rfind(['.', ',']);
    let decimals = last.map_or("", |at| &text[at + 1..]);
    let starts_decimals = last.is_some() && decimals.len() <= exponent.max(2);
    let single_point = last.is_some_and(|at| text[at..].starts_with('.') && !text[..at].contains(['.', ',']));
    if last.is_some() && !starts_decimals && single_point {
        return None;
    }
    let (whole, decimals) = if starts_decimals { (&text[..last?], decimals) } else { (text, "") };
    let groups: Vec<&str> = whole.split(['.', ',', ' ', '\u{a0}', '\'']).collect();
    let in_thousands = match groups.as_slice() {
        [first, rest @ ..] if !rest.is_empty() => {
            (1..=3).contains(&first.len()) && !first.starts_with('0') && rest.iter().all(|group| group.len() == 3)
        }
        _ => true,
    };
    let digits = groups.concat();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !in_thousands || digits.is_empty() || !is_number(&digits) || !is_number(decimals) {
        return None;
    }
    // Decimals that the currency doesn't have must be zeros: 100.00 JPY is 100 yen.
    let (kept, beyond) = decimals.split_at(decimals.len().min(exponent));
    if beyond.bytes().any(|byte| byte != b'0') {
        return None;
    }
    format!("{digits}{kept:0<exponent$}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(code: &str, text: &str) -> Option<i64> {
        read(text, code.parse().unwrap(), false)
    }

    #[test]
    fn amounts_are_read_as_people_write_them() {
        for (text, cents) in [
            ("99", 9_900),
            ("99.5", 9_950),
            ("$1,234.50", 123_450),
            ("1.234,50 €", 123_450),
            ("1,234", 123_400),
            ("1,234,567.89", 123_456_789),
            ("USD 0.07", 7),
            ("1 234,5", 123_450),
            ("0", 0),
        ] {
            assert_eq!(of("USD", text), Some(cents), "{text}");
        }
        assert_eq!(
            (of("JPY", "100.00"), of("JPY", "1,000"), of("KWD", "1.234")),
            (Some(100), Some(1_000), Some(1_234))
        );
    }

    #[test]
    fn what_could_mean_two_amounts_is_refused() {
        for text in ["1.234", "", "abc", "-5", "1,23,456", "12e3", "1.2.3", "99.999", "$", "10000000000000"] {
            assert_eq!(of("USD", text), None, "{text}");
        }
        for text in ["1234,567", "0,500", "0.1,234", "0,123.50", "1234 567", ",234"] {
            assert_eq!(of("USD", text), None, "{text}");
        }
        assert_eq!((of("JPY", "100.50"), of("JPY", "0,500"), of("KWD", "0,500")), (None, None, Some(500)));
    }

    #[test]
    fn minor_units_are_whole_numbers() {
        assert_eq!(read("2500", Currency::USD, true), Some(2_500));
        assert_eq!(read("25.00", Currency::USD, true), None);
    }
}
