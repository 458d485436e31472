//! Computes when runs are due, in the organization's own calendar.
//!
//! Everything here is local time. The database knows the time zones: it converts to local time and back. So a run is at
//! 09:00 both before and after a daylight saving change.

use time::{Date, Duration, Month, PrimitiveDateTime, Time, Weekday};

/// Nine in the morning: people are at work, and no zone changes its clocks then.
pub const HOUR: u8 = 9;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Schedule {
    Weekly(Weekday),
    /// 1 to 31; in shorter months the last day.
    Monthly(u8),
}

/// Converts a weekday number; 1 is Monday, as in ISO 8601.
pub fn weekday(number: i16) -> Option<Weekday> {
    let monday_first = u8::try_from(number).ok().filter(|number| (1..=7).contains(number))?;
    Some(Weekday::Monday.nth_next(monday_first - 1))
}

impl Schedule {
    /// Returns the first run after a local time; `None` beyond the end of the calendar.
    pub fn next(self, after: PrimitiveDateTime) -> Option<PrimitiveDateTime> {
        let nine = Time::from_hms(HOUR, 0, 0).ok()?;
        let mut date = self.on_or_after(after.date())?;
        if PrimitiveDateTime::new(date, nine) <= after {
            date = self.on_or_after(date.next_day()?)?;
        }
        Some(PrimitiveDateTime::new(date, nine))
    }

    /// Returns the last run at or before a local time; `None` at the beginning of the calendar.
    pub fn last(self, at: PrimitiveDateTime) -> Option<PrimitiveDateTime> {
        // Two runs are 31 days apart at most.
        let mut last = self.next(at.checked_sub(Duration::days(32))?)?;
        while let Some(later) = self.next(last).filter(|later| *later <= at) {
            last = later;
        }
        Some(last)
    }

    fn on_or_after(self, date: Date) -> Option<Date> {
        match self {
            Self::Weekly(weekday) => {
                let days =
                    i64::from(weekday.number_days_from_monday()) - i64::from(date.weekday().number_days_from_monday());
                date.checked_add(Duration::days(days.rem_euclid(7)))
            }
            Self::Monthly(day) => {
                let due = day_of(date.year(), date.month(), day)?;
                if due >= date {
                    return Some(due);
                }
                let (year, month) = match date.month() {
                    Month::December => (date.year().checked_add(1)?, Month::January),
                    month => (date.year(), month.next()),
                };
                day_of(year, month, day)
            }
        }
    }

    /// The unique name of the run on a local date: `2026-12`, or `2026-W49` by ISO 8601 weeks.
    pub fn period(self, date: Date) -> String {
        match self {
            Self::Weekly(_) => {
                let (year, week, _) = date.to_iso_week_date();
                format!("{year}-W{week:02}")
            }
            Self::Monthly(_) => format!("{}-{:02}", date.year(), u8::from(date.month())),
        }
    }
}

fn day_of(year: i32, month: Month, day: u8) -> Option<Date> {
    Date::from_calendar_date(year, month, day.clamp(1, month.length(year))).ok()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn the_last_day_of_a_short_month_counts() {
        let monthly = Schedule::Monthly(31);
        let mut at = datetime!(2027-12-31 08:59:59);
        let mut seen = Vec::new();
        for _ in 0..5 {
            at = monthly.next(at).unwrap();
            seen.push(at);
        }
        let expected = [
            datetime!(2027-12-31 09:00),
            datetime!(2028-01-31 09:00),
            datetime!(2028-02-29 09:00),
            datetime!(2028-03-31 09:00),
            datetime!(2028-04-30 09:00),
        ];
        assert_eq!(seen, expected);
        // At exactly the due time, the next run is a month later.
        assert_eq!(Schedule::Monthly(1).next(datetime!(2026-12-01 09:00)), Some(datetime!(2027-01-01 09:00)));
    }

    #[test]
    fn the_last_run_is_the_one_that_a_time_belongs_to() {
        let monthly = Schedule::Monthly(31);
        assert_eq!(monthly.last(datetime!(2026-12-31 09:00)), Some(datetime!(2026-12-31 09:00)));
        // The run of New York's December 31 is due in Sydney's January, and still that of December.
        assert_eq!(monthly.last(datetime!(2027-01-01 01:00)), Some(datetime!(2026-12-31 09:00)));
        assert_eq!(monthly.last(datetime!(2026-12-31 08:59:59)), Some(datetime!(2026-11-30 09:00)));
        assert_eq!(monthly.last(datetime!(2027-03-30 12:00)), Some(datetime!(2027-02-28 09:00)));
        let sunday = Schedule::Weekly(weekday(7).unwrap());
        assert_eq!(sunday.last(datetime!(2026-11-23 01:00)), Some(datetime!(2026-11-22 09:00)));
    }

    #[test]
    fn weeks_are_iso_weeks() {
        let friday = Schedule::Weekly(weekday(5).unwrap());
        assert_eq!(friday.next(datetime!(2026-11-20 08:00)), Some(datetime!(2026-11-20 09:00)));
        assert_eq!(friday.next(datetime!(2026-11-20 09:00)), Some(datetime!(2026-11-27 09:00)));
        // The first of January 2027 is a Friday in 2026's last week.
        assert_eq!(friday.period(datetime!(2027-01-01 09:00).date()), "2026-W53");
        assert_eq!(Schedule::Monthly(3).period(datetime!(2027-01-03 09:00).date()), "2027-01");
        assert_eq!((weekday(1), weekday(7)), (Some(Weekday::Monday), Some(Weekday::Sunday)));
        assert_eq!((weekday(0), weekday(8)), (None, None));
    }

    proptest! {
        #[test]
        fn there_is_one_run_a_period_and_none_is_left_out(start in 0i64..40_000, seconds in 0i64..86_400, day in 1u8..=31, weekly: bool) {
            let schedule = if weekly { Schedule::Weekly(weekday(i16::from((day - 1) % 7 + 1)).unwrap()) } else { Schedule::Monthly(day) };
            let from = datetime!(1971-01-01 00:00) + time::Duration::days(start) + time::Duration::seconds(seconds);
            let first = schedule.next(from).unwrap();
            let longest = if weekly { 7 } else { 31 };
            prop_assert!(first > from && (first - from).whole_days() <= longest);
            let second = schedule.next(first).unwrap();
            prop_assert_eq!(schedule.last(first), Some(first));
            prop_assert_eq!(schedule.last(second - time::Duration::SECOND), Some(first));
            prop_assert_ne!(schedule.period(first.date()), schedule.period(second.date()));
            prop_assert_eq!(second.hour(), HOUR);
            if weekly {
                prop_assert_eq!((second - first).whole_days(), 7);
            } else {
                let months = |at: PrimitiveDateTime| at.year() * 12 + i32::from(u8::from(at.month()));
                prop_assert_eq!(months(second), months(first) + 1);
                prop_assert!(second.day() == day || second.date().next_day().unwrap().day() == 1);
            }
        }
    }
}
