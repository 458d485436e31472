//! Calendar periods in UTC: for tiers and caps, and for when "12 months" are over.

use serde::{Deserialize, Serialize};
use shared::timestamp::Timestamp;
use time::{Date, Month, OffsetDateTime, Time};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Period {
    Month,
    Quarter,
    Year,
    /// One period for all time.
    Ever,
}

/// Later than any real time.
fn end_of_time() -> Timestamp {
    Timestamp::EPOCH.plus_millis(i64::MAX)
}

impl Period {
    /// Returns the period that contains a time: its start, and its exclusive end.
    pub fn around(self, at: Timestamp) -> (Timestamp, Timestamp) {
        let day = utc(at).date();
        let month = u8::from(day.month());
        let (first, months) = match self {
            Self::Month => (month, 1),
            Self::Quarter => (month - (month - 1) % 3, 3),
            Self::Year => (1, 12),
            Self::Ever => return (Timestamp::EPOCH, end_of_time()),
        };
        let from = start_of_month(day.year(), first);
        (from, plus_months(from, months))
    }

    /// The word for a sentence such as "in the month".
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Month => "month",
            Self::Quarter => "quarter",
            Self::Year => "year",
            Self::Ever => "ever",
        }
    }
}

/// Returns the same day of the month and time of day a number of months later; if that month is shorter, its last day.
/// Ends with the year 9999.
pub fn plus_months(at: Timestamp, months: u32) -> Timestamp {
    let start = utc(at);
    let (day, time) = (start.date(), start.time());
    let count = i64::from(day.year()) * 12 + i64::from(u8::from(day.month())) - 1 + i64::from(months);
    let (Ok(year), Some(month)) = (i32::try_from(count / 12), month(count % 12 + 1)) else { return end_of_time() };
    Date::from_calendar_date(year, month, day.day().min(month.length(year)))
        .ok()
        .and_then(|date| timestamp(date, time))
        .unwrap_or_else(end_of_time)
}

fn start_of_month(year: i32, number: u8) -> Timestamp {
    month(i64::from(number))
        .and_then(|month| Date::from_calendar_date(year, month, 1).ok())
        .and_then(|date| timestamp(date, Time::MIDNIGHT))
        .unwrap_or(Timestamp::EPOCH)
}

fn month(number: i64) -> Option<Month> {
    u8::try_from(number).ok().and_then(|number| Month::try_from(number).ok())
}

fn timestamp(date: Date, time: Time) -> Option<Timestamp> {
    let moment = date.with_time(time).assume_utc();
    let millis = moment.unix_timestamp().checked_mul(1_000)?.checked_add(i64::from(moment.millisecond()))?;
    Timestamp::from_millis(millis).ok()
}

/// A [`Timestamp`] is between 1970 and 9999, which `time` supports.
fn utc(at: Timestamp) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp_nanos(i128::from(at.millis()) * 1_000_000).unwrap_or(OffsetDateTime::UNIX_EPOCH)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn periods_begin_with_their_first_day() {
        let around = |period: Period, text: &str| {
            let (from, to) = period.around(at(text));
            format!("{from} {to}")
        };
        assert_eq!(around(Period::Month, "2026-02-28T23:59:59.999Z"), "2026-02-01T00:00:00Z 2026-03-01T00:00:00Z");
        assert_eq!(around(Period::Quarter, "2026-03-01T00:00:00Z"), "2026-01-01T00:00:00Z 2026-04-01T00:00:00Z");
        assert_eq!(around(Period::Quarter, "2026-12-31T12:00:00Z"), "2026-10-01T00:00:00Z 2027-01-01T00:00:00Z");
        assert_eq!(around(Period::Year, "2026-12-31T12:00:00Z"), "2026-01-01T00:00:00Z 2027-01-01T00:00:00Z");
        assert_eq!(Period::Ever.around(at("2026-12-31T12:00:00Z")).0, Timestamp::EPOCH);
        // Late evening in New York is the next month in UTC.
        assert_eq!(around(Period::Month, "2026-01-31T22:00:00-05:00"), "2026-02-01T00:00:00Z 2026-03-01T00:00:00Z");
    }

    #[test]
    fn months_end_where_the_month_ends() {
        let plus = |text: &str, months| plus_months(at(text), months).to_string();
        assert_eq!(plus("2026-01-15T08:30:00.25Z", 12), "2027-01-15T08:30:00.25Z");
        assert_eq!(plus("2026-01-31T08:30:00Z", 1), "2026-02-28T08:30:00Z");
        assert_eq!(plus("2028-01-31T08:30:00Z", 1), "2028-02-29T08:30:00Z");
        assert_eq!(plus("2028-02-29T00:00:00Z", 12), "2029-02-28T00:00:00Z");
        assert_eq!(plus("2026-11-30T00:00:00Z", 3), "2027-02-28T00:00:00Z");
        assert_eq!(plus("9999-12-01T00:00:00Z", 1_200), "9999-12-31T23:59:59.999Z");
    }

    proptest! {
        #[test]
        fn a_moment_lies_in_its_period(millis in 0i64..253_402_300_799_999, months in 0u32..=1_200) {
            let moment = Timestamp::from_millis(millis).unwrap();
            for period in [Period::Month, Period::Quarter, Period::Year, Period::Ever] {
                let (from, to) = period.around(moment);
                prop_assert!(from <= moment && moment < to);
                prop_assert_eq!(period.around(from), (from, to));
            }
            prop_assert!(plus_months(moment, months) >= moment);
            prop_assert!(plus_months(moment, months + 1) > plus_months(moment, months) || months > 1_100 || millis > 200_000_000_000_000);
        }
    }
}
