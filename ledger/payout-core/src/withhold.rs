//! Backup withholding: the part of a payment that goes to the IRS instead.

/// 24%: the fourth lowest rate of IRC 1(c), as in IRC 3406(a)(1) (IRS Publication 15, section 1, "backup withholding
/// rate").
const PERCENT: i128 = 24;

/// The tax withheld from a payment, in its minor units, rounded half up. Zero if the amount isn't positive.
pub fn of(amount: i64) -> i64 {
    let withheld = (i128::from(amount.max(0)) * PERCENT + 50) / 100;
    i64::try_from(withheld).unwrap_or(amount)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn half_a_cent_counts_as_one() {
        // 0.24 × 150 = 36; × 2 = 0.48; × 3 = 0.72; × 6.25 dollars = 150.
        for (amount, withheld) in [(10_000, 2_400), (150, 36), (1, 0), (2, 0), (3, 1), (625, 150), (0, 0), (-100, 0)] {
            assert_eq!(of(amount), withheld, "{amount}");
        }
    }

    proptest! {
        #[test]
        fn something_is_left(amount in 1i64..=i64::MAX) {
            let withheld = of(amount);
            prop_assert!((0..amount).contains(&withheld));
            let exact = i128::from(amount) * 24;
            prop_assert!((i128::from(withheld) * 100 - exact).abs() <= 50);
        }
    }
}
