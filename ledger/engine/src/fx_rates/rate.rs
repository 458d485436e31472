//! An exchange rate as an exact decimal number, and conversion of amounts with it. Integers only, no side effects.

use shared::money::Currency;

/// The maximum number of decimal places of a rate.
const PLACES: u32 = 12;
const ONE: i128 = 10_i128.pow(PLACES);
const WHOLE_DIGITS_MAX: usize = 9;

/// The value of one unit of a currency in another: `1.0834`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rate {
    /// The rate as it was entered.
    text: String,
    /// The rate in multiples of 1/[`ONE`].
    parts: i128,
}

impl Rate {
    pub fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) if !fraction.is_empty() => (whole, fraction),
            Some(_) => return None,
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let missing = PLACES.checked_sub(u32::try_from(fraction.len()).ok()?)?;
        if !(1..=WHOLE_DIGITS_MAX).contains(&whole.len()) || !digits(whole) || !digits(fraction) {
            return None;
        }
        let fraction: i128 = if fraction.is_empty() { 0 } else { fraction.parse().ok()? };
        let parts = whole.parse::<i128>().ok()? * ONE + fraction * 10_i128.pow(missing);
        (parts > 0).then(|| Self { text: text.to_owned(), parts })
    }

    /// The rate between a currency and itself.
    pub fn one() -> Self {
        Self { text: "1".to_owned(), parts: ONE }
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// Converts an amount of `from` to minor units of `to`, rounding to the nearest, with an exact half away from zero.
    /// `None` if the result exceeds 64 bits.
    pub fn convert(&self, minor: i64, from: Currency, to: Currency) -> Option<i64> {
        let unit = |currency: Currency| 10_i128.pow(currency.exponent());
        let numerator = i128::from(minor).checked_mul(self.parts)?.checked_mul(unit(to))?;
        let denominator = ONE * unit(from);
        let (quotient, rest) = (numerator / denominator, numerator % denominator);
        let away = if rest.abs() * 2 >= denominator { numerator.signum() } else { 0 };
        i64::try_from(quotient + away).ok()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn worth(minor: i64, from: &str, rate: &str, to: &str) -> i64 {
        Rate::parse(rate).unwrap().convert(minor, currency(from), currency(to)).unwrap()
    }

    #[test]
    fn amounts_are_rounded_half_up_once() {
        assert_eq!(worth(10_000, "EUR", "1.0834", "USD"), 10_834);
        assert_eq!(worth(50, "EUR", "1.01", "USD"), 51, "50.5");
        assert_eq!(worth(-50, "EUR", "1.01", "USD"), -51, "away from zero");
        assert_eq!(worth(49, "EUR", "1.01", "USD"), 49, "49.49");
        assert_eq!(worth(1, "EUR", "0.000000000001", "USD"), 0);
    }

    #[test]
    fn smallest_units_differ() {
        // JPY 1000 at 0.0064 is USD 6.40; USD 6.40 at 156.25 is JPY 1000; KWD 1.000 at 3.25 is USD 3.25.
        assert_eq!(worth(1_000, "JPY", "0.0064", "USD"), 640);
        assert_eq!(worth(640, "USD", "156.25", "JPY"), 1_000);
        assert_eq!(worth(1_000, "KWD", "3.25", "USD"), 325);
        assert_eq!(worth(325, "USD", "0.307692307692", "KWD"), 1_000);
    }

    #[test]
    fn only_plain_positive_decimals_are_rates() {
        for good in ["1", "1.5", "999999999.999999999999", "0.1"] {
            assert_eq!(Rate::parse(good).unwrap().text(), good);
        }
        for bad in ["", "0", "0.0", "-1", "+1", "1.", ".5", "1,5", "1e3", " 1", "1.0000000000001", "1000000000", "١"] {
            assert_eq!(Rate::parse(bad), None, "{bad}");
        }
        assert_eq!(Rate::parse("999999999").unwrap().convert(i64::MAX, currency("KWD"), currency("USD")), None);
    }

    proptest! {
        #[test]
        fn never_more_than_half_a_unit_off(minor in -1_000_000_000_000i64..1_000_000_000_000, whole in 0u32..100_000, part in 0u64..1_000_000_000_000) {
            let text = format!("{whole}.{part:012}");
            prop_assume!(Rate::parse(&text).is_some());
            let rate = Rate::parse(&text).unwrap();
            let worth = rate.convert(minor, Currency::USD, currency("EUR")).unwrap();
            prop_assert!((i128::from(worth) * ONE - i128::from(minor) * rate.parts).abs() * 2 <= ONE);
            prop_assert_eq!(rate.convert(-minor, Currency::USD, currency("EUR")).unwrap(), -worth);
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = Rate::parse(&text);
        }
    }
}
