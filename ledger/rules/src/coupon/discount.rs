//! The terms of a discount: what customers save, and for how long.

use shared::{money::Money, timestamp::Timestamp};

use crate::commission::compute::percent;

/// The longest duration in months.
pub const MONTHS_MAX: i64 = 36;
/// The whole price, in hundredths of a percent.
pub const BASIS_POINTS_MAX: u32 = 10_000;
/// The most uses that a limit can allow.
pub const USES_MAX: i64 = 1_000_000;

/// What is deducted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// A share of the price, in hundredths of a percent: 1 to [`BASIS_POINTS_MAX`].
    Share(u32),
    /// A positive amount, from prices in its currency.
    Amount(Money),
}

/// The payments from which it is deducted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Duration {
    /// The first payment.
    Once,
    /// Payments in this number of months, 1 to [`MONTHS_MAX`].
    Months(i32),
    Forever,
}

/// The terms of a discount, which never change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    pub off: Off,
    pub duration: Duration,
    pub limits: Limits,
}

/// How long and how often customers can use the codes of a discount.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Limits {
    /// The most uses of each code, 1 to [`USES_MAX`].
    pub per_code: Option<i32>,
    /// When the codes end, in whole seconds.
    pub ends_at: Option<Timestamp>,
}

impl Limits {
    /// Whether the codes have ended by their date.
    pub fn are_over(self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }
}

impl Off {
    /// The percentage as a decimal text, such as `12.5`; `None` for an amount.
    pub fn percent(self) -> Option<String> {
        match self {
            Self::Share(basis_points) => Some(percent(basis_points.saturating_mul(100))),
            Self::Amount(_) => None,
        }
    }
}

impl Duration {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Once => "once",
            Self::Months(_) => "repeating",
            Self::Forever => "forever",
        }
    }

    pub const fn months(self) -> Option<i32> {
        match self {
            Self::Months(months) => Some(months),
            Self::Once | Self::Forever => None,
        }
    }
}

/// Reads a percentage with at most two decimals, such as `12.5`, as hundredths of a percent: 1 to
/// [`BASIS_POINTS_MAX`].
pub fn read_percent(text: &str) -> Option<u32> {
    let (whole, decimals) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let is_number = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 3 || decimals.len() > 2 || !is_number(whole) || !is_number(decimals) {
        return None;
    }
    let basis_points = format!("{whole}{decimals:0<2}").parse().ok()?;
    (1..=BASIS_POINTS_MAX).contains(&basis_points).then_some(basis_points)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_end_at_their_time() {
        let end = Timestamp::EPOCH.plus_days(1);
        let limits = Limits { per_code: None, ends_at: Some(end) };
        assert!(limits.are_over(end) && !limits.are_over(end.plus_millis(-1)));
        assert!(!Limits::default().are_over(end));
    }

    #[test]
    fn a_percentage_is_exact() {
        for (text, basis_points, shown) in [
            ("20", 2_000, "20"),
            ("12.5", 1_250, "12.5"),
            (" 0.01 ", 1, "0.01"),
            ("100", 10_000, "100"),
            ("5.", 500, "5"),
        ] {
            assert_eq!(read_percent(text), Some(basis_points), "{text}");
            assert_eq!(Off::Share(basis_points).percent().as_deref(), Some(shown), "{text}");
        }
        for bad in ["", "0", "0.00", "100.01", "101", "-5", "1.234", "five", "1e2", "20%", "999", "1000"] {
            assert_eq!(read_percent(bad), None, "{bad}");
        }
    }
}
