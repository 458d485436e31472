//! Stripe's currency units, which differ from ISO 4217: ISK and UGX no longer have decimals, but are still sent with
//! two, which must be 00; in currencies with three decimals the last digit must be 0.
//!
//! Source: <https://docs.stripe.com/currencies>, "Zero-decimal currencies", "Three-decimal currencies", "Special
//! cases".

use shared::money::{Currency, Money};

const ZERO_DECIMALS: &str = "BIF CLP DJF GNF JPY KMF KRW MGA PYG RWF VND VUV XAF XOF XPF";
const THREE_DECIMALS: &str = "BHD JOD KWD OMR TND";

/// Number of decimals in Stripe's units.
pub fn exponent(currency: Currency) -> u32 {
    let listed = |list: &str| list.split_ascii_whitespace().any(|code| code == currency.code());
    if listed(ZERO_DECIMALS) {
        0
    } else if listed(THREE_DECIMALS) {
        3
    } else {
        2
    }
}

/// Stripe's units per one of ours, and ours per one of Stripe's; one of the two is 1.
fn rates(currency: Currency) -> (i64, i64) {
    let (theirs, ours) = (exponent(currency), currency.exponent());
    let rate = 10_i64.pow(theirs.abs_diff(ours));
    if theirs >= ours { (rate, 1) } else { (1, rate) }
}

/// Converts to Stripe's units. Saturates at 64 bits, which Stripe refuses as too large.
pub fn to_stripe(amount: Money) -> i64 {
    let (theirs, ours) = rates(amount.currency);
    amount.minor.saturating_mul(theirs) / ours
}

/// Converts from Stripe's units, rounding towards zero, so that neither balance nor debt is overstated. Exact for
/// amounts that we sent.
pub fn from_stripe(currency: Currency, sent: i64) -> Money {
    let (theirs, ours) = rates(currency);
    Money::new(sent.saturating_mul(ours) / theirs, currency)
}

/// The part of an amount that Stripe can send: all of it, except that currencies with three decimals are rounded down
/// to a multiple of ten.
pub fn sendable(amount: Money) -> Money {
    let step = if exponent(amount.currency) == 3 { 10 } else { 1 };
    Money::new(amount.minor - amount.minor % step, amount.currency)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test that can't go on stops where it is")]

    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stripe_counts_in_its_own_units() {
        for (code, ours, theirs) in [
            ("USD", 4_999, 4_999),
            ("JPY", 4_999, 4_999),
            ("KWD", 4_990, 4_990),
            ("ISK", 5_000, 500_000),
            ("UGX", 1, 100),
            ("MGA", 7, 7),
            ("ISK", -3, -300),
        ] {
            let currency: Currency = code.parse().unwrap();
            assert_eq!(to_stripe(Money::new(ours, currency)), theirs, "{code}");
            assert_eq!(from_stripe(currency, theirs), Money::new(ours, currency), "{code}");
        }
        let isk: Currency = "ISK".parse().unwrap();
        assert_eq!((from_stripe(isk, 199).minor, from_stripe(isk, -199).minor), (1, -1));
        let kwd: Currency = "KWD".parse().unwrap();
        assert_eq!(sendable(Money::new(1_005, kwd)).minor, 1_000);
        assert_eq!(sendable(Money::new(1_005, Currency::USD)).minor, 1_005);
    }

    proptest! {
        #[test]
        fn there_and_back(minor in -1_000_000_000_000_i64..1_000_000_000_000, at in 0_usize..6) {
            let currency: Currency = ["USD", "EUR", "ISK", "UGX", "KWD", "JPY"][at].parse().unwrap();
            let money = Money::new(minor, currency);
            prop_assert_eq!(from_stripe(currency, to_stripe(money)), money);
        }

        #[test]
        fn no_amount_panics(minor: i64, at in 0_usize..4) {
            let currency: Currency = ["USD", "ISK", "KWD", "JPY"][at].parse().unwrap();
            let _ = (to_stripe(Money::new(minor, currency)), from_stripe(currency, minor));
            prop_assert!(sendable(Money::new(minor, currency)).minor.unsigned_abs() <= minor.unsigned_abs());
        }
    }
}
