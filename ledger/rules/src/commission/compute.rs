//! The arithmetic of commissions. Whole minor units; each result is rounded once, and the rounding is named.

use shared::money::{Money, MoneyError, Rounding};

/// Returns `numerator / denominator` of non-negative numbers, rounded once, an exact half up.
///
/// # Errors
/// [`MoneyError::ZeroDenominator`], or [`MoneyError::Overflow`] if the result exceeds 64 bits.
pub fn half_up(numerator: i128, denominator: i128) -> Result<i64, MoneyError> {
    let quotient = numerator.checked_div(denominator).ok_or(MoneyError::ZeroDenominator)?;
    let remainder = numerator - quotient * denominator;
    let up = i128::from(remainder >= denominator - remainder);
    i64::try_from(quotient + up).map_err(|_| MoneyError::Overflow)
}

/// Returns the remainder of a commission after refunds of its sale, in proportion. With no refund it is whole, with a
/// full refund exactly zero, however many parts the refund came in; refunds beyond the sale count as a full refund.
///
/// # Errors
/// [`MoneyError`] only for a sale of zero.
pub fn after_refunds(earned: Money, sale_minor: i64, refunded_minor: i64) -> Result<Money, MoneyError> {
    let kept = sale_minor.saturating_sub(refunded_minor).clamp(0, sale_minor);
    earned.fraction(kept, sale_minor, Rounding::HalfUp)
}

/// Formats `200000` as `20`, `12345` as `1.2345`.
pub fn percent(rate_ppm: u32) -> String {
    let text = format!("{}.{:04}", rate_ppm / 10_000, rate_ppm % 10_000);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::money::Currency;

    use super::*;

    fn usd(minor: i64) -> Money {
        Money::new(minor, Currency::USD)
    }

    #[test]
    fn halves_go_up() {
        assert_eq!(half_up(5, 10), Ok(1));
        assert_eq!(half_up(4, 10), Ok(0));
        assert_eq!(half_up(2_497_500, 1_000_000), Ok(2));
        assert_eq!(half_up(i128::from(i64::MAX), 1), Ok(i64::MAX));
        assert_eq!(half_up(i128::from(i64::MAX) + 1, 1), Err(MoneyError::Overflow));
        assert_eq!(half_up(1, 0), Err(MoneyError::ZeroDenominator));
    }

    #[test]
    fn percent_in_words() {
        assert_eq!(
            [percent(200_000), percent(12_345), percent(1_000_000), percent(5_000)],
            ["20", "1.2345", "100", "0.5"]
        );
    }

    #[test]
    fn a_third_refunded() {
        // Earned 2.00 on 9.99; 3.33 refunded: 2.00 x 6.66 / 9.99 = 1.3333…
        assert_eq!(after_refunds(usd(200), 999, 333), Ok(usd(133)));
        assert_eq!(after_refunds(usd(200), 999, 5_000), Ok(usd(0)));
    }

    proptest! {
        /// Never negative, never more than earned, less with each refund, exactly zero at the end.
        #[test]
        fn refunds_only_take(earned in 1i64..10_000_000, sale in 1i64..10_000_000, parts in prop::collection::vec(1i64..1_000_000, 1..6)) {
            let mut refunded = 0;
            let mut left = usd(earned);
            for part in parts {
                refunded += part;
                let now = after_refunds(usd(earned), sale, refunded).unwrap();
                prop_assert!(now.minor >= 0 && now.minor <= left.minor);
                left = now;
            }
            prop_assert_eq!(after_refunds(usd(earned), sale, sale).unwrap().minor, 0);
            prop_assert_eq!(after_refunds(usd(earned), sale, 0).unwrap().minor, earned);
        }
    }
}
