//! The figures that pages, files and charts show, each defined once.
//!
//! - **Revenue** is the amount of sales and renewals without tax, after refunds, by currency.
//! - The **conversion rate** is first sales divided by clicks. A renewal needs no new click, and a lead isn't a sale.
//! - **EPC** (earnings per click) is the commissions in a currency divided by all clicks.
//! - The **forecast** is what is outstanding of commissions on hold, by the week in which their hold ends. Commissions
//!   under review or disputed have no such week.
//! - A **cohort** is the customers whose first attributed sale was in one month. Month 0 of their life is that month. The
//!   cohort belongs to the program and the affiliate of that first sale, even if others are credited with later ones; all
//!   their attributed sales count. What came back is the customers who bought in a month divided by all of the cohort.
//!
//! A figure that isn't zero is never shown as zero.

use std::fmt;

use crate::format;

/// How many weeks a forecast covers, this one included.
pub const FORECAST_WEEKS: usize = 8;

/// How many months are shown by cohort, this one included.
pub const COHORT_MONTHS: usize = 12;

/// A share in tenths of a percent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    tenths: i128,
    /// Whether the share is more than zero, even if its tenths aren't.
    positive: bool,
}

/// First sales divided by clicks. `None` without clicks.
pub fn conversion_rate(first_sales: i64, clicks: i64) -> Option<Rate> {
    share(first_sales, clicks)
}

/// The share of a whole. `None` if the whole is zero.
pub fn share(part: i64, whole: i64) -> Option<Rate> {
    let (part, whole) = (i128::from(part.max(0)), i128::from(whole));
    (whole > 0).then(|| Rate { tenths: (part * 1_000 + whole / 2) / whole, positive: part > 0 })
}

impl Rate {
    /// `66.7`, `<0.1`: for a language that writes the decimal point and the percent sign in its own way.
    pub fn number(self) -> String {
        if self.positive && self.tenths == 0 {
            return "<0.1".to_owned();
        }
        format!("{}.{}", self.tenths / 10, self.tenths % 10)
    }
}

/// `66.7%`.
impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}%", self.number())
    }
}

/// Commissions divided by clicks, in minor units, for files; [`average_amount`] is for people. `None` without clicks.
pub fn epc(commissions: i64, clicks: i64) -> Option<i64> {
    each(commissions, clicks)
}

/// Divides an amount, rounded to the nearest minor unit.
pub fn each(amount: i64, count: i64) -> Option<i64> {
    (count > 0).then(|| {
        let half = if amount < 0 { -count / 2 } else { count / 2 };
        amount.saturating_add(half) / count
    })
}

/// The average of an amount, such as EPC: `$13.20`, or `<$0.01` for what would be shown as zero. `None` if there is
/// nothing to divide by.
pub fn average_amount(sum: i64, count: i64, currency: &str) -> Option<String> {
    let usual = each(sum, count)?;
    if usual == 0 && sum > 0 {
        return Some(format!("<{}", format::money(1, currency)));
    }
    Some(format::money(usual, currency))
}

/// From this average on, a decimal says nothing.
const WHOLE_FROM_TENTHS: i128 = 100;

/// The average of a count: `0.3`, `13`, `<0.1`. `None` if there is nothing to divide by.
pub fn average(sum: i64, count: i64) -> Option<String> {
    if count <= 0 {
        return None;
    }
    let (sum, count) = (i128::from(sum.max(0)), i128::from(count));
    let tenths = (sum * 10 + count / 2) / count;
    Some(match tenths {
        0 if sum > 0 => "<0.1".to_owned(),
        tenths if tenths % 10 == 0 || tenths >= WHOLE_FROM_TENTHS => {
            let whole = (sum + count / 2) / count;
            format::count(u64::try_from(whole).unwrap_or(u64::MAX))
        }
        tenths => format!("{}.{}", tenths / 10, tenths % 10),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_has_one_decimal() {
        let rate = |sales, clicks| conversion_rate(sales, clicks).map(|rate| rate.to_string());
        assert_eq!(rate(2, 3).as_deref(), Some("66.7%"));
        assert_eq!(rate(3, 5).as_deref(), Some("60.0%"));
        assert_eq!(rate(0, 5).as_deref(), Some("0.0%"));
        assert_eq!(rate(1, 100_000).as_deref(), Some("<0.1%"), "it isn't nothing");
        assert_eq!(rate(7, 5).as_deref(), Some("140.0%"), "a click may lead to several sales");
        assert_eq!(rate(i64::MAX, i64::MAX).as_deref(), Some("100.0%"));
        assert_eq!((rate(1, 0), rate(-1, 5).as_deref()), (None, Some("0.0%")));
    }

    #[test]
    fn amounts_are_rounded() {
        assert_eq!((epc(199, 100), epc(150, 100), epc(-150, 100), epc(5, 0)), (Some(2), Some(2), Some(-2), None));
    }

    #[test]
    fn an_average_that_isnt_zero_is_never_shown_as_zero() {
        let shown = |sum, count| average(sum, count).unwrap();
        assert_eq!([shown(5, 30), shown(1, 365), shown(0, 30)], ["0.2", "<0.1", "0"]);
        assert_eq!([shown(30, 30), shown(299, 30), shown(396, 30)], ["1", "10", "13"]);
        assert_eq!([shown(99, 10), shown(45, 10), shown(12_345_678, 10)], ["9.9", "4.5", "1,234,568"]);
        assert_eq!(average(5, 0), None);
        let amount = |sum, count, currency| average_amount(sum, count, currency).unwrap();
        assert_eq!([amount(26_000, 10_000, "USD"), amount(4_000, 10_000, "USD")], ["$0.03", "<$0.01"]);
        assert_eq!(
            [amount(2, 5, "JPY"), amount(0, 5, "USD"), amount(-150, 100, "USD")],
            ["<\u{a5}1", "$0.00", "\u{2212}$0.02"]
        );
        assert_eq!(average_amount(5, 0, "USD"), None);
    }
}
