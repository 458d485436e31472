//! Months, as archives count them: in UTC. Pure.

use std::{fmt, str::FromStr};

use shared::timestamp::Timestamp;
use time::{Date, Month as Calendar};

/// Clicks of months that ended at least so long ago may be archived. The intake looks for archives only for clicks that
/// are older than this (`engine::intake::archived_store`), and the database refuses to remove later ones.
const SETTLED_DAYS: i64 = 31;

/// A month, by its first day.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Month(Date);

#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a month such as 2026-01")]
pub struct MonthError;

impl Month {
    /// The month of a day.
    pub fn of(day: Date) -> Self {
        Self(day.replace_day(1).unwrap_or(day))
    }

    /// The first day.
    pub const fn date(self) -> Date {
        self.0
    }

    /// When it begins.
    pub fn start(self) -> Timestamp {
        Timestamp::from_date_time(self.0.midnight().assume_utc())
    }

    /// When the next one begins.
    pub fn end(self) -> Timestamp {
        self.next().start()
    }

    #[must_use]
    pub fn next(self) -> Self {
        let year = self.0.year() + i32::from(self.0.month() == Calendar::December);
        Self(Date::from_calendar_date(year, self.0.month().next(), 1).unwrap_or(Date::MAX))
    }

    /// So many months before.
    #[must_use]
    pub fn back(self, months: u32) -> Self {
        (0..months).fold(self, |month, _| {
            let year = month.0.year() - i32::from(month.0.month() == Calendar::January);
            Self(Date::from_calendar_date(year, month.0.month().previous(), 1).unwrap_or(Date::MIN))
        })
    }

    /// The first month whose clicks stay in the table in any case.
    pub fn first_unsettled(wall: Timestamp) -> Self {
        Self::of(wall.plus_days(-SETTLED_DAYS).date())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "{:04}-{:02}", self.0.year(), u8::from(self.0.month()))
    }
}

impl FromStr for Month {
    type Err = MonthError;

    fn from_str(text: &str) -> Result<Self, MonthError> {
        let (year, month) =
            text.split_once('-').filter(|(year, month)| (year.len(), month.len()) == (4, 2)).ok_or(MonthError)?;
        let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
        if !digits(year) || !digits(month) {
            return Err(MonthError);
        }
        let month = month.parse::<u8>().ok().and_then(|month| Calendar::try_from(month).ok()).ok_or(MonthError)?;
        let year = year.parse().map_err(|_| MonthError)?;
        Date::from_calendar_date(year, month, 1).map(Self).map_err(|_| MonthError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn months_are_counted_across_years() {
        assert_eq!(month("2025-12").next(), month("2026-01"));
        assert_eq!(month("2026-02").back(14), month("2024-12"));
        assert_eq!(month("2026-02").back(0).to_string(), "2026-02");
        let (start, end) = (month("2026-02").start(), month("2026-02").end());
        assert_eq!(
            (start.to_string(), end.to_string()),
            ("2026-02-01T00:00:00Z".into(), "2026-03-01T00:00:00Z".into())
        );
        for wrong in ["", "2026", "2026-13", "2026-00", "2026-1", "26-01", "2026-01-01", "+026-01"] {
            assert_eq!(wrong.parse::<Month>(), Err(MonthError), "{wrong}");
        }
    }

    #[test]
    fn the_last_weeks_stay() {
        let at = |text| Timestamp::parse_rfc3339(text).unwrap();
        assert_eq!(Month::first_unsettled(at("2026-03-31T12:00:00Z")), month("2026-02"));
        assert_eq!(Month::first_unsettled(at("2026-04-01T00:00:00Z")), month("2026-03"));
        assert!(month("2026-02").end() <= at("2026-04-01T00:00:00Z").plus_days(-SETTLED_DAYS));
    }
}
