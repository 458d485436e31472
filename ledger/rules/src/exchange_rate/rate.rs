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

    /// The rate between two currencies, from what one euro is worth in each (`None` is the euro itself): rounded to 12
    /// decimals, an exact half up. `None` if that is zero, or 10⁹ and more.
    pub fn through_euro(from: Option<&Self>, to: Option<&Self>) -> Option<Self> {
        let (from, to) = (from.map_or(ONE, Self::parts), to.map_or(ONE, Self::parts));
        let numerator = to.checked_mul(ONE)?;
        let (quotient, rest) = (numerator / from, numerator % from);
        let parts = quotient + i128::from(rest * 2 >= from);
        let text = format!("{}.{:012}", parts / ONE, parts % ONE);
        Self::parse(text.trim_end_matches('0').trim_end_matches('.'))
    }

    pub fn text(&self) -> &str {
        &self.text
    }

    /// The rate in multiples of 10⁻¹²; more than 0, and less than 10²¹.
    pub const fn parts(&self) -> i128 {
        self.parts
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

    #[test]
    fn rates_through_the_euro() {
        let rate = |text: &str| Rate::parse(text).unwrap();
        let cross = |from: Option<&str>, to: Option<&str>| {
            let (from, to) = (from.map(rate), to.map(rate));
            Rate::through_euro(from.as_ref(), to.as_ref()).unwrap().text().to_owned()
        };
        // One euro is USD 1.0834, JPY 169.28 or GBP 0.8364.
        assert_eq!(cross(None, Some("1.0834")), "1.0834");
        assert_eq!(cross(Some("1.0834"), None), "0.923020121839");
        assert_eq!(cross(Some("169.28"), Some("1.0834")), "0.006400047259");
        assert_eq!(cross(Some("0.8364"), Some("0.8364")), "1");
        assert_eq!(cross(Some("2"), Some("1000")), "500", "zeros of whole numbers stay");
        assert_eq!(Rate::through_euro(Some(&rate("999999999")), Some(&rate("0.000000000001"))), None);
        assert_eq!(Rate::through_euro(Some(&rate("0.000000000001")), Some(&rate("999999999"))), None);
    }

    proptest! {
        /// There and back again is one, as exactly as 12 decimals allow.
        #[test]
        fn a_cross_rate_is_the_nearest(from in 1_000_u64..100_000_000, to in 1_000_u64..100_000_000) {
            let rate = |tenthousandths: u64| Rate::parse(&format!("{}.{:04}", tenthousandths / 10_000, tenthousandths % 10_000)).unwrap();
            let (from, to) = (rate(from), rate(to));
            let cross = Rate::through_euro(Some(&from), Some(&to)).unwrap();
            prop_assert!((cross.parts * from.parts - to.parts * ONE).abs() * 2 <= from.parts);
            prop_assert_eq!(Rate::parse(cross.text()).unwrap(), cross);
        }

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
