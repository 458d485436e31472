//! The amount from which a payee's 1099-NEC is due.

use std::collections::BTreeMap;

/// The last year with the old threshold.
const LAST_OLD: i32 = 2025;
const OLD: i64 = 60_000;
/// For payments made after 2025 (Public Law 119-21, section 70433; IRC 6041(a) and 6041A). From 2027 on it follows
/// inflation, in steps of $100. A year's amount is known once the IRS announces it, and has to be set then.
const NEW: i64 = 200_000;

/// Returns the threshold in US cents for payments made in that calendar year: the amount set for the year, else the one
/// set for the last earlier year, else the statutory one.
pub fn of_year(year: i32, set: &BTreeMap<i32, i64>) -> i64 {
    if let Some(own) = set.get(&year) {
        return *own;
    }
    if year <= LAST_OLD {
        return OLD;
    }
    set.range(LAST_OLD + 1..year).next_back().map_or(NEW, |(_, cents)| *cents)
}

/// The amount from which an affiliate is asked for a form: two thirds of the threshold, rounded up.
pub const fn ask_from(threshold: i64) -> i64 {
    threshold / 3 * 2 + (threshold % 3 * 2 + 2) / 3
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_year() {
        let none = BTreeMap::new();
        assert_eq!([2019, 2025, 2026, 2027].map(|year| of_year(year, &none)), [60_000, 60_000, 200_000, 200_000]);
        let set = BTreeMap::from([(2024, 50_000), (2027, 210_000)]);
        assert_eq!(
            [2023, 2024, 2025, 2026, 2027, 2028].map(|year| of_year(year, &set)),
            [60_000, 50_000, 60_000, 200_000, 210_000, 210_000]
        );
    }

    #[test]
    fn two_thirds() {
        assert_eq!(ask_from(60_000), 40_000);
        assert_eq!(ask_from(200_000), 133_334);
        assert_eq!([0, 1, 2, 3].map(ask_from), [0, 1, 2, 2]);
    }
}
