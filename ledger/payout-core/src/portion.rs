//! Computes how much of an amount a rail can send, and how much of that is tax. Services send some currencies without
//! decimals; the remainder waits for the next payment.

use shared::money::Money;

use crate::{rail::Rail, stripe::unit, withhold};

/// Amounts in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Portion {
    /// What leaves the affiliate's balance.
    pub amount: i64,
    /// The part of it that is tax; less than `amount`.
    pub withheld: i64,
}

/// Returns the largest part of a payable amount that the rail can send, with or without tax. `None` if the affiliate
/// would receive nothing.
pub fn of(payable: Money, rail: Rail, is_taxed: bool) -> Option<Portion> {
    let amount = payable.minor - payable.minor % rail.unit(payable.currency, is_taxed);
    let sendable = |minor| if rail == Rail::Stripe { unit::sendable(Money { minor, ..payable }).minor } else { minor };
    let amount = sendable(amount);
    let tax = if is_taxed { withhold::of(amount) } else { 0 };
    // The unsendable part of the rest is withheld together with the tax.
    let net = sendable(amount.checked_sub(tax)?);
    (net > 0).then(|| Portion { amount, withheld: amount - net })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn of(minor: i64, code: &str, rail: Rail, is_taxed: bool) -> Option<(i64, i64)> {
        let portion = super::of(Money::new(minor, code.parse().unwrap()), rail, is_taxed)?;
        Some((portion.amount, portion.withheld))
    }

    #[test]
    fn what_a_rail_cannot_carry_waits() {
        // After a refund of 12.50 forints: PayPal pays whole forints only, and a multiple of 25 forints leaves a whole
        // number after tax.
        assert_eq!(of(11_050, "HUF", Rail::PayPal, false), Some((11_000, 0)));
        assert_eq!(of(11_050, "HUF", Rail::PayPal, true), Some((10_000, 2_400)));
        assert_eq!(of(11_050, "HUF", Rail::Wise, false), Some((11_050, 0)));
        assert_eq!(of(12_345, "TWD", Rail::PayPal, false), Some((12_300, 0)));
        assert_eq!(of(1_234, "JPY", Rail::PayPal, false), Some((1_234, 0)));
        assert_eq!(of(1_234, "JPY", Rail::PayPal, true), Some((1_225, 294)));
        assert_eq!(of(2_503, "USD", Rail::Stripe, true), Some((2_503, 601)));
        // Stripe sends dinars in steps of ten thousandths.
        assert_eq!(of(1_019, "KWD", Rail::Stripe, false), Some((1_010, 0)));
        assert_eq!(of(1_019, "KWD", Rail::Stripe, true), Some((1_010, 250)));
        assert_eq!(of(1_019, "KWD", Rail::Wise, true), Some((1_019, 245)));
    }

    #[test]
    fn nothing_is_sent_of_too_little() {
        for (minor, code, rail, is_taxed) in [
            (99, "HUF", Rail::PayPal, false),
            (2_499, "HUF", Rail::PayPal, true),
            (24, "JPY", Rail::PayPal, true),
            (9, "KWD", Rail::Stripe, false),
            (10, "KWD", Rail::Stripe, true),
            (0, "USD", Rail::Wise, false),
            (-500, "USD", Rail::Stripe, true),
        ] {
            assert_eq!(of(minor, code, rail, is_taxed), None, "{minor} {code}");
        }
    }

    proptest! {
        #[test]
        fn a_portion_can_be_sent_and_the_next_one_could_not(
            minor in -1_000i64..10_000_000, is_taxed: bool, rail in prop::sample::select(Rail::ALL.to_vec()),
            code in prop::sample::select(vec!["USD", "HUF", "JPY", "TWD", "KWD"])) {
            let currency = code.parse().unwrap();
            let unit = rail.unit(currency, is_taxed);
            match super::of(Money::new(minor, currency), rail, is_taxed) {
                None => prop_assert!(minor < unit.max(20)),
                Some(portion) => {
                    prop_assert!((0..portion.amount).contains(&portion.withheld));
                    prop_assert_eq!(portion.amount % unit, 0);
                    prop_assert!((0..unit.max(10)).contains(&(minor - portion.amount)));
                    prop_assert_eq!(is_taxed || portion.withheld == 0, true);
                    let net = Money::new(portion.amount - portion.withheld, currency);
                    prop_assert!(rail != Rail::Stripe || unit::sendable(net) == net);
                    prop_assert!(rail != Rail::PayPal || net.minor % rail.unit(currency, false) == 0);
                }
            }
        }
    }
}
