//! The periods in which a reward can be earned, as days of the brand's calendar. Pure.

use shared::text_enum;
use time::{Date, Duration, Month, Weekday};

text_enum! {
    /// How often a reward can be earned.
    Repeats { Once, Week, Month, Quarter }
}

/// A period of the calendar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Period {
    /// `once`, `2026-W13`, `2026-03` or `2026-Q1`.
    pub key: String,
    /// The first day, and the first day after it; `None` for the only period of a reward that doesn't repeat.
    pub days: Option<(Date, Date)>,
}

/// The key of the only period of a reward that doesn't repeat.
pub const ONCE: &str = "once";

impl Repeats {
    /// The period that contains a day.
    pub fn around(self, day: Date) -> Period {
        let (year, month) = (day.year(), u8::from(day.month()));
        match self {
            Self::Once => Period { key: ONCE.to_owned(), days: None },
            Self::Week => {
                let past = i64::from(day.weekday().number_days_from_monday());
                let first = day.saturating_sub(Duration::days(past));
                let (year, week, _) = day.to_iso_week_date();
                Period { key: format!("{year:04}-W{week:02}"), days: Some((first, first + Duration::days(7))) }
            }
            Self::Month => Period { key: format!("{year:04}-{month:02}"), days: months(year, month, 1) },
            Self::Quarter => {
                let quarter = (month - 1) / 3;
                Period { key: format!("{year:04}-Q{}", quarter + 1), days: months(year, quarter * 3 + 1, 3) }
            }
        }
    }

    /// The periods from the one that contains `last` back to the one that contains `first`, newest first, at most `most`.
    pub fn back(self, last: Date, first: Date, most: usize) -> Vec<Period> {
        let mut periods = Vec::new();
        let mut day = last;
        while periods.len() < most {
            let period = self.around(day);
            let begins = period.days.map(|(begins, _)| begins);
            periods.push(period);
            match begins.and_then(Date::previous_day) {
                Some(before) if before >= first => day = before,
                _ => break,
            }
        }
        periods
    }

    /// The period with this key.
    pub fn named(self, key: &str) -> Option<Period> {
        let (year, part) = key.split_once('-').unwrap_or((key, ""));
        let day = match self {
            Self::Once => return (key == ONCE).then(|| Period { key: ONCE.to_owned(), days: None }),
            Self::Week => {
                let week = part.strip_prefix('W')?.parse().ok()?;
                Date::from_iso_week_date(year.parse().ok()?, week, Weekday::Monday).ok()?
            }
            Self::Month => first_of(year.parse().ok()?, part.parse().ok()?)?,
            Self::Quarter => {
                let quarter: u8 = part.strip_prefix('Q')?.parse().ok().filter(|quarter| (1..=4).contains(quarter))?;
                first_of(year.parse().ok()?, quarter * 3 - 2)?
            }
        };
        Some(self.around(day)).filter(|period| period.key == key)
    }
}

fn first_of(year: i32, month: u8) -> Option<Date> {
    Date::from_calendar_date(year, Month::try_from(month).ok()?, 1).ok()
}

/// The days of this many months, which don't go past the end of the year.
fn months(year: i32, first: u8, count: u8) -> Option<(Date, Date)> {
    let next = first + count;
    let after = if next > 12 { first_of(year.checked_add(1)?, next - 12) } else { first_of(year, next) };
    Some((first_of(year, first)?, after?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::date;

    use super::*;

    #[test]
    fn periods_have_the_calendars_names() {
        for (repeats, day, key, first, after) in [
            (Repeats::Week, date!(2026 - 03 - 29), "2026-W13", date!(2026 - 03 - 23), date!(2026 - 03 - 30)),
            (Repeats::Week, date!(2027 - 01 - 01), "2026-W53", date!(2026 - 12 - 28), date!(2027 - 01 - 04)),
            (Repeats::Month, date!(2026 - 12 - 31), "2026-12", date!(2026 - 12 - 01), date!(2027 - 01 - 01)),
            (Repeats::Month, date!(2028 - 02 - 29), "2028-02", date!(2028 - 02 - 01), date!(2028 - 03 - 01)),
            (Repeats::Quarter, date!(2026 - 11 - 24), "2026-Q4", date!(2026 - 10 - 01), date!(2027 - 01 - 01)),
        ] {
            assert_eq!(repeats.around(day), Period { key: key.to_owned(), days: Some((first, after)) });
        }
        assert_eq!(Repeats::Once.around(date!(2026 - 03 - 29)), Period { key: "once".to_owned(), days: None });
    }

    #[test]
    fn earlier_periods_end_where_the_reward_began() {
        let keys = |repeats: Repeats, most| -> Vec<String> {
            let periods = repeats.back(date!(2026 - 03 - 02), date!(2026 - 01 - 31), most);
            periods.into_iter().map(|period| period.key).collect()
        };
        assert_eq!(keys(Repeats::Month, 9), ["2026-03", "2026-02", "2026-01"]);
        assert_eq!(keys(Repeats::Month, 2), ["2026-03", "2026-02"]);
        assert_eq!(keys(Repeats::Once, 9), ["once"]);
        assert_eq!(keys(Repeats::Quarter, 9), ["2026-Q1"]);
    }

    #[test]
    fn only_names_of_periods_are_read() {
        for bad in ["", "2026", "2026-13", "2026-Q5", "2026-W54", "2026-1", "x-01", "once", "2026-Q0"] {
            for repeats in [Repeats::Week, Repeats::Month, Repeats::Quarter] {
                assert_eq!(repeats.named(bad), None, "{bad}");
            }
        }
        assert!(Repeats::Once.named("once").is_some());
    }

    proptest! {
        #[test]
        fn every_day_is_in_one_period(days in 0..40_000i64, which in 0..3usize) {
            let day = date!(1990 - 01 - 01) + Duration::days(days);
            let repeats = [Repeats::Week, Repeats::Month, Repeats::Quarter][which];
            let period = repeats.around(day);
            let (first, after) = period.days.unwrap();
            prop_assert!(first <= day && day < after);
            prop_assert_eq!(repeats.around(first), period.clone());
            prop_assert_eq!(repeats.named(&period.key), Some(period.clone()));
            prop_assert_eq!(repeats.around(after).days.unwrap().0, after, "without a gap");
        }
    }
}
