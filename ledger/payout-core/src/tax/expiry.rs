//! How long a W-8 is valid.

use time::{Date, Month};

/// The last day on which a W-8 is valid: the end of the third calendar year after the year of the signature, unless
/// circumstances change before (Treas. Reg. 1.1441-1(e)(4)(ii); instructions for Form W-8BEN, "Expiration of Form
/// W-8BEN"). A W-9 doesn't expire.
pub fn of_w8(signed: Date) -> Date {
    Date::from_calendar_date(signed.year().saturating_add(3), Month::December, 31).unwrap_or(Date::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    #[test]
    fn as_the_instructions_say() {
        assert_eq!(of_w8(date!(2026 - 03 - 01)), date!(2029 - 12 - 31));
        assert_eq!(of_w8(date!(2026 - 01 - 01)), date!(2029 - 12 - 31));
        assert_eq!(of_w8(date!(2026 - 12 - 31)), date!(2029 - 12 - 31));
    }

    proptest! {
        #[test]
        fn it_is_the_end_of_a_year_three_to_four_years_away(year in 1990i32..2190, day in 1u16..=366) {
            let Ok(signed) = Date::from_ordinal_date(year, day) else { return Ok(()) };
            let last = of_w8(signed);
            prop_assert_eq!(last.next_day().map(Date::ordinal), Some(1));
            prop_assert_eq!(last.year(), year + 3);
            prop_assert!((last - signed).whole_days() >= 3 * 365 && (last - signed).whole_days() < 4 * 366);
            // Signing later never shortens the validity.
            prop_assert!(signed.next_day().is_none_or(|later| of_w8(later) >= last));
        }
    }
}
