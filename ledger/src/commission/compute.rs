//! The arithmetic of commissions. Whole minor units; each result is rounded once, and the rounding is named.

use shared::money::{Money, MoneyError, Rounding};

use super::plan::{Component, RATE_PPM_MAX};

/// What one component earns on one sale, with its arithmetic in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earned {
    pub amount: Money,
    pub reason: String,
}

/// A sale of nothing (a 100 % coupon) earns nothing, flat components included.
///
/// # Errors
/// [`MoneyError::Overflow`] where the result exceeds 64 bits.
pub fn earn(component: &Component, sale: Money) -> Result<Option<Earned>, MoneyError> {
    if sale.minor <= 0 {
        return Ok(None);
    }
    let (amount, reason) = match component {
        Component::Percentage { rate_ppm } => {
            let amount = sale.fraction(i64::from(*rate_ppm), i64::from(RATE_PPM_MAX), Rounding::HalfUp)?;
            (amount, format!("{} % of {sale} = {amount} (rounded half up)", percent(*rate_ppm)))
        }
        Component::Flat { amount_cents, currency } => {
            let amount = Money::new(*amount_cents, *currency);
            (amount, format!("{amount} for a sale"))
        }
    };
    Ok((amount.minor > 0).then_some(Earned { amount, reason }))
}

/// What is left of a commission after refunds of its sale, in proportion. Nothing refunded leaves it whole, all
/// refunded leaves exactly zero, however many parts the refund came in; refunds beyond the sale count as all of it.
///
/// # Errors
/// [`MoneyError`] only for a sale of zero.
pub fn after_refunds(earned: Money, sale_minor: i64, refunded_minor: i64) -> Result<Money, MoneyError> {
    let kept = sale_minor.saturating_sub(refunded_minor).clamp(0, sale_minor);
    earned.fraction(kept, sale_minor, Rounding::HalfUp)
}

/// `200000` as `20`, `12345` as `1.2345`.
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
    fn a_quarter_of_a_sale() {
        // 25 % of 9.99 = 2.4975, rounded half up to 2.50.
        let earned = earn(&Component::Percentage { rate_ppm: 250_000 }, usd(999)).unwrap().unwrap();
        assert_eq!(earned.amount, usd(250));
        assert_eq!(earned.reason, "25 % of USD 9.99 = USD 2.50 (rounded half up)");
    }

    #[test]
    fn edges_of_rate_and_currency() {
        let at = |rate_ppm, money| earn(&Component::Percentage { rate_ppm }, money).unwrap().map(|e| e.amount.minor);
        assert_eq!(at(0, usd(999)), None);
        assert_eq!(at(1_000_000, usd(999)), Some(999));
        assert_eq!(at(1_000_000, usd(i64::MAX)), Some(i64::MAX));
        assert_eq!(at(200_000, usd(0)), None);
        assert_eq!(at(200_000, usd(2)), None); // 0.4 of a cent
        assert_eq!(at(200_000, Money::new(1_000, "JPY".parse().unwrap())), Some(200));
        assert_eq!(at(125_000, Money::new(1_234, "KWD".parse().unwrap())), Some(154)); // 154.25 fils
        assert_eq!(earn(&Component::Flat { amount_cents: 500, currency: Currency::USD }, usd(0)), Ok(None));
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
