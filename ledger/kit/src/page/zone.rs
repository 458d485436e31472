//! An organization's time zone: where its days begin, and how times are shown to its people.

use jiff::{civil, tz::TimeZone};
use shared::timestamp::Timestamp;

use crate::{api::query, text::Texts};

/// A time for machines and for people, as a `<time>` element shows it.
pub type When = (String, String);

/// A time zone of the IANA database. Days begin by its clocks, which is not always at the same time of UTC.
#[derive(Debug, Clone)]
pub struct Zone(TimeZone);

impl Zone {
    /// The zone with this name; UTC if this build's copy of the database lacks it.
    pub fn named(name: &str) -> Self {
        Self(TimeZone::get(name).unwrap_or(TimeZone::UTC))
    }

    pub const fn utc() -> Self {
        Self(TimeZone::UTC)
    }

    /// `Europe/Berlin`, `UTC`.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The date in this zone.
    pub fn day_of(&self, at: Timestamp) -> civil::Date {
        self.local(at).date()
    }

    /// The start of a day; if clocks skip midnight, the first time that exists.
    pub fn start_of(&self, day: civil::Date) -> Timestamp {
        let start = day.to_zoned(self.0.clone()).map_or(i64::MAX, |zoned| zoned.timestamp().as_millisecond());
        Timestamp::from_millis(start.max(0)).unwrap_or(Timestamp::EPOCH)
    }

    /// `20 Nov, 08:30`.
    pub fn moment(&self, at: Timestamp) -> String {
        self.local(at).strftime("%-d %b, %H:%M").to_string()
    }

    /// The time itself, and how it is shown in this zone.
    pub fn when(&self, at: Timestamp) -> When {
        (at.to_string(), self.moment(at))
    }

    /// `20 Nov 2026, 08:30`.
    pub fn full(&self, at: Timestamp) -> String {
        self.local(at).strftime("%-d %b %Y, %H:%M").to_string()
    }

    /// `20 Nov 2026`.
    pub fn date(&self, at: Timestamp) -> String {
        self.local(at).strftime("%-d %b %Y").to_string()
    }

    /// [`Zone::full`] in a language: `20. Nov. 2026, 08:30`.
    pub fn full_in(&self, t: Texts, at: Timestamp) -> String {
        t.calendar_full(self.local(at))
    }

    /// [`Zone::date`] in a language: `20. Nov. 2026`.
    pub fn date_in(&self, t: Texts, at: Timestamp) -> String {
        t.calendar_date(self.day_of(at))
    }

    fn local(&self, at: Timestamp) -> civil::DateTime {
        let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
        self.0.to_datetime(at)
    }
}

/// Days of a query, in a time zone.
impl query::When {
    /// Like [`Self::start`], for days in a time zone.
    pub fn start_in(self, zone: &Zone) -> Timestamp {
        match self {
            Self::Moment(moment) => moment,
            Self::Day(day) => zone.start_of(Zone::utc().day_of(day)),
        }
    }

    /// Like [`Self::end`], for days in a time zone.
    pub fn end_in(self, zone: &Zone) -> Timestamp {
        match self {
            Self::Moment(moment) => moment,
            Self::Day(day) => zone.start_of(Zone::utc().day_of(day.plus_days(1))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn moments_read_as_on_the_clocks_there() {
        let berlin = Zone::named("Europe/Berlin");
        assert_eq!(berlin.moment(at("2026-07-01T22:30:00Z")), "2 Jul, 00:30");
        assert_eq!(berlin.date(at("2026-12-31T23:00:00Z")), "1 Jan 2027");
        assert_eq!(berlin.when(at("2026-07-01T22:30:00Z")), ("2026-07-01T22:30:00Z".into(), "2 Jul, 00:30".into()));
        assert_eq!(Zone::named("Nowhere/Land").moment(at("2026-07-01T22:30:00Z")), "1 Jul, 22:30");
    }

    #[test]
    fn a_day_of_a_query_is_the_zones() {
        let mut query = query::Query::parse("from=2026-02-28").unwrap();
        let (day, berlin) = (query.when("from").unwrap().unwrap(), Zone::named("Europe/Berlin"));
        assert_eq!(day.start_in(&berlin), at("2026-02-27T23:00:00Z"));
        assert_eq!(day.end_in(&berlin), at("2026-02-28T23:00:00Z"));
    }

    #[test]
    fn a_day_begins_when_its_clocks_say_so() {
        let (berlin, kolkata) = (Zone::named("Europe/Berlin"), Zone::named("Asia/Kolkata"));
        assert_eq!(berlin.start_of(civil::date(2026, 3, 29)), at("2026-03-28T23:00:00Z"));
        assert_eq!(berlin.start_of(civil::date(2026, 3, 30)), at("2026-03-29T22:00:00Z"));
        assert_eq!(kolkata.start_of(civil::date(2026, 3, 30)), at("2026-03-29T18:30:00Z"));
        // Beirut's clocks went from 0:00 to 1:00.
        let beirut = Zone::named("Asia/Beirut");
        assert_eq!(beirut.start_of(civil::date(2025, 3, 30)), at("2025-03-29T22:00:00Z"));
    }
}
