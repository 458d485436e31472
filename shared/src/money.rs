//! Money as whole minor units of a currency; never a float.
//!
//! Every operation is checked: an overflow or a mix of currencies is an error, never a wrong amount. The only way to
//! multiply is [`Money::fraction`], which names its rounding.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

/// A supported currency, by its ISO 4217 code in upper case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// Why a text isn't a supported currency; each reason has its own public error code.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CurrencyError {
    #[error("must be a three-letter currency code, such as USD")]
    Malformed,
    #[error("must be a supported currency, not {0}")]
    Unsupported(String),
}

impl CurrencyError {
    /// The stable code of the public API.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Malformed => "currency_must_be_3_letters",
            Self::Unsupported(_) => "unsupported_currency",
        }
    }
}

/// Currencies with two decimals (ISO 4217 "E" column): the 31 that brands may settle in, and others that gateways send.
const TWO_DECIMALS: &str = "USD EUR GBP CAD AUD CHF SEK NOK DKK NZD SGD HKD MXN BRL INR ZAR PLN CZK HUF RON ILS TRY PHP THB \
     MYR IDR AED SAR CNY ARS BDT BGN COP EGP GEL GHS KES KZT LKR MAD NGN PEN PKR QAR TWD UAH UYU DOP CRC";
/// Currencies without decimals, as gateways treat them (ISO 4217; Stripe "zero-decimal currencies", with MGA).
const ZERO_DECIMALS: &str = "JPY KRW BIF CLP DJF GNF ISK KMF MGA PYG RWF UGX VND VUV XAF XOF XPF";
const THREE_DECIMALS: &str = "BHD JOD KWD OMR TND";

impl Currency {
    pub const USD: Self = Self(*b"USD");

    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or("USD")
    }

    /// Decimal places of the major unit: 2 for USD, 0 for JPY, 3 for KWD.
    pub fn exponent(self) -> u32 {
        let listed = |list: &str| list.split_ascii_whitespace().any(|code| code == self.code());
        if listed(ZERO_DECIMALS) {
            0
        } else if listed(THREE_DECIMALS) {
            3
        } else {
            2
        }
    }
}

impl FromStr for Currency {
    type Err = CurrencyError;

    /// Accepts either case and surrounding whitespace, as the public API promises.
    fn from_str(text: &str) -> Result<Self, CurrencyError> {
        let text = text.trim();
        let code: [u8; 3] = text.as_bytes().try_into().map_err(|_| CurrencyError::Malformed)?;
        if !code.iter().all(u8::is_ascii_alphabetic) {
            return Err(CurrencyError::Malformed);
        }
        let currency = Self(code.map(|byte| byte.to_ascii_uppercase()));
        [TWO_DECIMALS, ZERO_DECIMALS, THREE_DECIMALS]
            .iter()
            .any(|list| list.split_ascii_whitespace().any(|code| code == currency.code()))
            .then_some(currency)
            .ok_or_else(|| CurrencyError::Unsupported(currency.code().to_owned()))
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.code())
    }
}

impl Serialize for Currency {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Currency {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        std::borrow::Cow::<'de, str>::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

/// An amount in minor units (cents for USD, yen for JPY, fils for KWD). May be negative: a balance can be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Money {
    pub minor: i64,
    pub currency: Currency,
}

/// How a fraction of a minor unit is rounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rounding {
    /// To the nearest; an exact half away from zero. Commissions are rounded this way.
    HalfUp,
    /// Toward zero: never more than the exact share.
    Down,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MoneyError {
    #[error("amount out of range")]
    Overflow,
    #[error("can't combine {0} and {1}")]
    CurrencyMismatch(Currency, Currency),
    #[error("division by zero")]
    ZeroDenominator,
}

impl Money {
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    pub const fn zero(currency: Currency) -> Self {
        Self::new(0, currency)
    }

    fn same_currency(self, other: Self) -> Result<(), MoneyError> {
        if self.currency == other.currency {
            Ok(())
        } else {
            Err(MoneyError::CurrencyMismatch(self.currency, other.currency))
        }
    }

    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], or [`MoneyError::Overflow`] beyond 64 bits.
    pub fn plus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_add(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// # Errors
    /// [`MoneyError::CurrencyMismatch`], or [`MoneyError::Overflow`] beyond 64 bits.
    pub fn minus(self, other: Self) -> Result<Self, MoneyError> {
        self.same_currency(other)?;
        let minor = self.minor.checked_sub(other.minor).ok_or(MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Returns `self * numerator / denominator`, exact in 128 bits, then rounded once as specified.
    ///
    /// # Errors
    /// [`MoneyError::ZeroDenominator`], or [`MoneyError::Overflow`] if the result exceeds 64 bits.
    pub fn fraction(self, numerator: i64, denominator: i64, rounding: Rounding) -> Result<Self, MoneyError> {
        if denominator == 0 {
            return Err(MoneyError::ZeroDenominator);
        }
        let product = i128::from(self.minor) * i128::from(numerator);
        let denominator = i128::from(denominator);
        let (quotient, remainder) = (product / denominator, product % denominator);
        let away = match rounding {
            Rounding::Down => 0,
            Rounding::HalfUp if remainder.abs() * 2 >= denominator.abs() => {
                if (product < 0) == (denominator < 0) {
                    1
                } else {
                    -1
                }
            }
            Rounding::HalfUp => 0,
        };
        let minor = i64::try_from(quotient + away).map_err(|_| MoneyError::Overflow)?;
        Ok(Self { minor, ..self })
    }

    /// Formats 5940 cents as `59.40`: with a decimal point, no thousands separator, and the currency's number of
    /// decimals.
    pub fn major(self) -> String {
        let sign = if self.minor < 0 { "-" } else { "" };
        let (whole, decimals) = self.unsigned();
        format!("{sign}{whole}{decimals}")
    }

    /// Whole units, and `.40`; without decimals for a currency that has none.
    pub fn unsigned(self) -> (u64, String) {
        let exponent = self.currency.exponent();
        let (minor, unit) = (self.minor.unsigned_abs(), 10_u64.pow(exponent));
        let decimals = match exponent {
            0 => String::new(),
            _ => format!(".{:0width$}", minor % unit, width = exponent as usize),
        };
        (minor / unit, decimals)
    }

    /// Splits into parts in proportion to `weights`; the parts always sum to the whole. Leftover units go to the
    /// largest remainders, earlier parts first.
    ///
    /// # Errors
    /// [`MoneyError::ZeroDenominator`] if the weights sum to zero.
    pub fn split(self, weights: &[u32]) -> Result<Vec<Self>, MoneyError> {
        let total: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
        if total == 0 {
            return Err(MoneyError::ZeroDenominator);
        }
        let whole = i128::from(self.minor);
        let mut parts: Vec<(i128, i128)> = weights
            .iter()
            .map(|weight| {
                let product = whole * i128::from(*weight);
                (product / total, (product % total).abs())
            })
            .collect();
        let mut left = whole - parts.iter().map(|part| part.0).sum::<i128>();
        let mut order: Vec<usize> = (0..parts.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(parts[*index].1));
        for index in order {
            if left == 0 {
                break;
            }
            parts[index].0 += left.signum();
            left -= left.signum();
        }
        parts
            .into_iter()
            .map(|(minor, _)| Ok(Self { minor: i64::try_from(minor).map_err(|_| MoneyError::Overflow)?, ..self }))
            .collect()
    }
}

/// `1,234,567`.
pub fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

impl fmt::Display for Money {
    /// `USD 12.50`, `JPY 1250`, `KWD -0.005`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.currency, self.major())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    #[test]
    fn exponents() {
        for (code, shown) in [("usd", "USD 12.50"), ("JPY", "JPY 1250"), (" kwd ", "KWD 1.250"), ("ISK", "ISK 1250")] {
            assert_eq!(Money::new(1250, code.parse().unwrap()).to_string(), shown);
        }
        assert_eq!(Money::new(-5, "KWD".parse().unwrap()).to_string(), "KWD -0.005");
    }

    #[test]
    fn amounts_have_their_currencys_decimals() {
        for (minor, currency, text) in [
            (5_940, "USD", "59.40"),
            (5, "EUR", "0.05"),
            (5_000, "JPY", "5000"),
            (1_005, "KWD", "1.005"),
            (-5, "USD", "-0.05"),
        ] {
            assert_eq!(Money::new(minor, currency.parse().unwrap()).major(), text);
        }
    }

    #[test]
    fn thousands_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1_000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn currency_errors_have_the_public_codes() {
        let code = |text: &str| text.parse::<Currency>().unwrap_err().code();
        assert_eq!(code("XYZ"), "unsupported_currency");
        for malformed in ["", "  ", "US", "USDT", "12A", "ÜSD"] {
            assert_eq!(code(malformed), "currency_must_be_3_letters", "{malformed}");
        }
    }

    #[test]
    fn rounding_is_named() {
        // 25% of 9.99 = 2.4975; 10% of 1.05 = 0.105, an exact half.
        assert_eq!(usd(999).fraction(25, 100, Rounding::HalfUp), Ok(usd(250)));
        assert_eq!(usd(105).fraction(10, 100, Rounding::HalfUp), Ok(usd(11)));
        assert_eq!(usd(-105).fraction(10, 100, Rounding::HalfUp), Ok(usd(-11)));
        assert_eq!(usd(105).fraction(10, 100, Rounding::Down), Ok(usd(10)));
        assert_eq!(usd(i64::MAX).fraction(2, 1, Rounding::Down), Err(MoneyError::Overflow));
        assert_eq!(usd(1).fraction(1, 0, Rounding::Down), Err(MoneyError::ZeroDenominator));
    }

    #[test]
    fn currencies_do_not_mix() {
        let yen = Money::new(1, "JPY".parse().unwrap());
        assert!(matches!(usd(1).plus(yen), Err(MoneyError::CurrencyMismatch(..))));
        assert_eq!(usd(i64::MAX).plus(usd(1)), Err(MoneyError::Overflow));
    }

    #[test]
    fn one_cent_in_three_parts() {
        let parts = usd(1).split(&[1, 1, 1]).unwrap();
        assert_eq!(parts, [usd(1), usd(0), usd(0)]);
    }

    proptest! {
        #[test]
        fn parts_sum_to_the_whole(minor: i64, weights in prop::collection::vec(0u32..1000, 1..8)) {
            prop_assume!(weights.iter().any(|weight| *weight > 0));
            let parts = usd(minor).split(&weights).unwrap();
            prop_assert_eq!(parts.iter().map(|part| i128::from(part.minor)).sum::<i128>(), i128::from(minor));
        }

        #[test]
        fn half_up_is_within_half_a_unit(minor in -1_000_000_000i64..1_000_000_000, rate in 0i64..=1_000_000) {
            let exact = i128::from(minor) * i128::from(rate);
            let rounded = i128::from(usd(minor).fraction(rate, 1_000_000, Rounding::HalfUp).unwrap().minor);
            prop_assert!((rounded * 1_000_000 - exact).abs() * 2 <= 1_000_000);
        }

        #[test]
        fn no_text_panics(text in "\\PC*") {
            let _ = text.parse::<Currency>();
        }
    }
}
