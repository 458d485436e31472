//! A program's limits on pay per click: visitors per affiliate and day, a daily budget, and a review of sudden growth.

use shared::{money::Money, timestamp::Timestamp};

/// A day with fewer visitors of an affiliate is never held for review, whatever the usual number is.
pub const GROWTH_FROM: i64 = 100;
/// The number of preceding days that define the usual number of visitors.
pub const USUAL_DAYS: i64 = 7;

/// The rules that apply on a day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ClickRules {
    /// The maximum number of visitors of one affiliate that are paid for on a UTC day.
    pub visitors_per_affiliate: i32,
    /// The most that all affiliates together may earn on one UTC day; amounts in other currencies have no limit.
    pub daily_budget: Option<Money>,
    /// A day on which an affiliate has more than this many times the usual visitors waits for a review; `None` switches
    /// that off.
    pub review_growth: Option<i32>,
}

impl Default for ClickRules {
    fn default() -> Self {
        Self { visitors_per_affiliate: 1_000, daily_budget: None, review_growth: Some(5) }
    }
}

impl ClickRules {
    /// Returns the rules of the day that ends at `end`: the last ones that were set before it.
    pub fn of_day(set: &[(Timestamp, Self)], end: Timestamp) -> Self {
        let by_then = set.iter().filter(|(effective_at, _)| *effective_at < end);
        by_then.max_by_key(|(effective_at, _)| *effective_at).map(|(_, rules)| *rules).unwrap_or_default()
    }

    /// Whether this many visitors on a day are a growth that needs a review, given `before` visitors on the preceding
    /// days.
    pub fn is_sudden(&self, visitors: i64, before: i64) -> bool {
        let growth = self.review_growth.map(i64::from);
        growth.is_some_and(|growth| {
            visitors > GROWTH_FROM && visitors.saturating_mul(USUAL_DAYS) > before.saturating_mul(growth)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_counts_for_its_whole_day_and_never_for_an_earlier_one() {
        let day = |day: i64| Timestamp::EPOCH.plus_days(20_000 + day);
        let few = ClickRules { visitors_per_affiliate: 10, ..ClickRules::default() };
        let set = [(day(2).plus_millis(5_000), few)];
        assert_eq!(ClickRules::of_day(&set, day(2)), ClickRules::default(), "the day before");
        assert_eq!(ClickRules::of_day(&set, day(3)), few, "its own day");
        assert_eq!(ClickRules::of_day(&set, day(9)), few);
    }

    #[test]
    fn growth_is_sudden_above_a_floor_and_a_multiple_of_the_usual() {
        let rules = ClickRules::default();
        assert!(!rules.is_sudden(100, 0) && rules.is_sudden(101, 0), "an affiliate without a past");
        assert!(!rules.is_sudden(500, 700) && rules.is_sudden(501, 700), "100 a day are usual");
        assert!(!ClickRules { review_growth: None, ..rules }.is_sudden(1_000_000, 0));
    }
}
