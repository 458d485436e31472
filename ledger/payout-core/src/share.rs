//! Computes how much of each commission a payout takes, and how much it returns if the payment comes back. Amounts are
//! whole minor units of one currency. The outstanding amount of a commission is negative if more was paid than it is
//! worth now.

use shared::money::MoneyError;

/// Computes what a payout of at most `limit` takes from each commission: first everything that is owed back, then what
/// is owed, in the given order, up to the limit. The parts sum to the limit, or to the outstanding total if that is
/// less.
///
/// # Errors
/// [`MoneyError::Overflow`]. `Ok(None)` if nothing is left to pay.
pub fn take(outstanding: &[i64], limit: i64) -> Result<Option<Vec<i64>>, MoneyError> {
    let sum = outstanding.iter().try_fold(0_i64, |sum, part| sum.checked_add(*part)).ok_or(MoneyError::Overflow)?;
    if sum <= 0 || limit <= 0 {
        return Ok(None);
    }
    let owed_back = outstanding.iter().filter(|part| **part < 0).try_fold(0_i64, |sum, part| sum.checked_add(*part));
    let mut left = sum.min(limit).checked_sub(owed_back.ok_or(MoneyError::Overflow)?).ok_or(MoneyError::Overflow)?;
    let parts = outstanding.iter().map(|part| {
        if *part <= 0 {
            return *part;
        }
        let taken = left.min(*part);
        left -= taken;
        taken
    });
    Ok(Some(parts.collect()))
}

/// A commission's part in a payout, and how much of it has been returned so far.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub amount: i64,
    pub returned: i64,
}

/// Computes how much more of each part comes back, so that `returned` of the payout's total is back in the end. If all
/// of it comes back, every part is restored. If less, the parts are returned from the last to the first.
///
/// # Errors
/// [`MoneyError::Overflow`], also if more comes back than was paid.
pub fn give_back(parts: &[Part], returned: i64) -> Result<Vec<i64>, MoneyError> {
    let whole = parts.iter().try_fold(0_i64, |sum, part| sum.checked_add(part.amount)).ok_or(MoneyError::Overflow)?;
    if !(0..=whole).contains(&returned) {
        return Err(MoneyError::Overflow);
    }
    if returned == whole {
        return Ok(parts.iter().map(|part| part.amount - part.returned).collect());
    }
    let mut left = returned;
    let mut back: Vec<i64> = parts
        .iter()
        .rev()
        .map(|part| {
            let share = left.min(part.amount.max(0));
            left -= share;
            share - part.returned
        })
        .collect();
    back.reverse();
    Ok(back)
}

/// For a payment of which `net` reached the affiliate and `withheld` was tax: computes how much of the total, and how
/// much of the tax, is back once `back` of `net` came back. Proportional, rounded down; everything if everything came
/// back.
///
/// # Errors
/// [`MoneyError::Overflow`], also if more came back than was sent.
pub fn gross_of(back: i64, net: i64, withheld: i64) -> Result<(i64, i64), MoneyError> {
    if !(0..=net).contains(&back) || withheld < 0 {
        return Err(MoneyError::Overflow);
    }
    let tax = if back == net {
        withheld
    } else {
        let tax = i128::from(withheld) * i128::from(back) / i128::from(net);
        i64::try_from(tax).map_err(|_| MoneyError::Overflow)?
    };
    Ok((back.checked_add(tax).ok_or(MoneyError::Overflow)?, tax))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_was_paid_too_much_comes_off_first() {
        // 30.00 and 20.00 are owed, and 15.00 was overpaid: 35.00 remains.
        assert_eq!(take(&[3_000, -1_500, 2_000], 10_000).unwrap(), Some(vec![3_000, -1_500, 2_000]));
        // A refund came after 25.00 were approved: no more than that is paid, and the rest waits.
        assert_eq!(take(&[3_000, -1_500, 2_000], 2_500).unwrap(), Some(vec![3_000, -1_500, 1_000]));
        assert_eq!(take(&[1_000, -1_500], 2_500).unwrap(), None);
        assert_eq!(take(&[], 2_500).unwrap(), None);
        assert!(take(&[i64::MAX, 1], 1).is_err());
    }

    #[test]
    fn what_comes_back() {
        let parts = [
            Part { amount: 3_000, returned: 0 },
            Part { amount: -1_500, returned: 0 },
            Part { amount: 2_000, returned: 0 },
        ];
        assert_eq!(give_back(&parts, 2_500).unwrap(), [500, 0, 2_000]);
        assert_eq!(give_back(&parts, 3_500).unwrap(), [3_000, -1_500, 2_000]);
        assert!(give_back(&parts, 3_501).is_err());
        // 76.00 of 100.00 were sent and 24.00 withheld: half of it back is 38.00 and 12.00.
        assert_eq!(gross_of(3_800, 7_600, 2_400).unwrap(), (5_000, 1_200));
        assert_eq!(gross_of(7_600, 7_600, 2_400).unwrap(), (10_000, 2_400));
        assert_eq!(gross_of(1, 7_600, 2_400).unwrap(), (1, 0));
    }

    proptest! {
        #[test]
        fn nothing_is_taken_that_is_not_owed(outstanding in prop::collection::vec(-5_000i64..5_000, 0..12), limit in 1i64..20_000) {
            let sum: i64 = outstanding.iter().sum();
            match take(&outstanding, limit).unwrap() {
                None => prop_assert!(sum <= 0),
                Some(parts) => {
                    prop_assert_eq!(parts.iter().sum::<i64>(), sum.min(limit));
                    for (part, owed) in parts.iter().zip(&outstanding) {
                        prop_assert!((0..=owed.abs()).contains(&(part * owed.signum())));
                        prop_assert!(*owed > 0 || part == owed);
                    }
                }
            }
        }

        #[test]
        fn however_it_comes_back_it_ends_as_it_began(
            amounts in prop::collection::vec(-5_000i64..5_000, 1..8), mut returns in prop::collection::vec(0.0f64..1.0, 0..4)) {
            let whole: i64 = amounts.iter().sum();
            prop_assume!(whole > 0);
            returns.sort_by(f64::total_cmp);
            let mut parts: Vec<Part> = amounts.iter().map(|amount| Part { amount: *amount, returned: 0 }).collect();
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let steps = returns.iter().map(|share| (share * whole as f64) as i64).chain([whole]);
            for step in steps {
                let back = give_back(&parts, step).unwrap();
                parts.iter_mut().zip(back).for_each(|(part, back)| part.returned += back);
                prop_assert_eq!(parts.iter().map(|part| part.returned).sum::<i64>(), step);
            }
            prop_assert!(parts.iter().all(|part| part.returned == part.amount));
        }

        #[test]
        fn the_tax_comes_back_with_the_payment(net in 1i64..1_000_000, withheld in 0i64..1_000_000, share in 0.0f64..=1.0) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let back = (share * net as f64) as i64;
            let (gross, tax) = gross_of(back, net, withheld).unwrap();
            prop_assert_eq!(gross - tax, back);
            prop_assert!(tax <= withheld && (back < net || tax == withheld));
        }
    }
}
