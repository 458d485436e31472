//! Which hours and days of roll-ups a period has.
//!
//! Figures are added up by UTC hour and UTC day. The days of an organization begin whenever its clocks say so: mostly on
//! an hour of UTC, sometimes at a quarter past or half past one.

use shared::timestamp::Timestamp;

use super::Span;

const HOUR_MS: i64 = 3_600_000;
const HALF_AN_HOUR_MS: i64 = HOUR_MS / 2;
const DAY_MS: i64 = 24 * HOUR_MS;

/// The time between the start of a day and the next full hour, in time zones where days don't begin on the hour. Roll-ups
/// by hour count it to the day before, so it's counted one by one. Days are numbered from the period's first one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Part {
    pub from: Timestamp,
    pub to: Timestamp,
    /// The day that it belongs to, if the period has it.
    pub own: Option<i32>,
    /// The day before, to which roll-ups count it, if the period has it.
    pub counted: Option<i32>,
}

/// The first full hour from then on.
pub fn full_hour(at: Timestamp) -> Timestamp {
    let over = at.millis().rem_euclid(HOUR_MS);
    at.plus_millis((HOUR_MS - over) % HOUR_MS)
}

impl Span {
    /// The start and end of each of its days, oldest first.
    pub fn bounds(&self) -> Vec<(Timestamp, Timestamp)> {
        let starts: Vec<Timestamp> = self.each_day().map(|day| self.zone.start_of(day)).collect();
        let ends = starts.iter().skip(1).copied().chain([self.to()]);
        starts.iter().copied().zip(ends).collect()
    }

    /// The hours of its hourly roll-ups: an hour belongs to the day in which it begins. What this leaves out, or has too
    /// much, is in [`Self::parts`].
    pub fn hours(&self) -> (Timestamp, Timestamp) {
        (full_hour(self.from()), full_hour(self.to()))
    }

    /// The parts of hours that roll-ups by hour count to another day. Empty if days begin on the hour.
    pub fn parts(&self) -> Vec<Part> {
        let bounds = self.bounds();
        let last = bounds.len();
        let starts = bounds.iter().map(|(from, _)| *from).chain([self.to()]).enumerate();
        let part = |(at, from): (usize, Timestamp)| {
            let number = |at: usize| i32::try_from(at).ok();
            let own = if at < last { number(at) } else { None };
            let counted = at.checked_sub(1).and_then(number);
            let to = full_hour(from);
            (from < to).then_some(Part { from, to, own, counted })
        };
        starts.filter_map(part).collect()
    }

    /// The same hours for the earlier period, as far as it is comparable: if this one includes today, only up to the same
    /// time of its last day, to the nearest hour.
    pub fn earlier_hours(&self) -> Option<(Timestamp, Timestamp)> {
        let earlier = self.earlier()?;
        if !self.is_unfinished() {
            return Some(earlier.hours());
        }
        let gone = self.now.millis() - self.zone.start_of(self.last).millis();
        let until = self.zone.start_of(earlier.last).plus_millis(gone - HALF_AN_HOUR_MS);
        Some((earlier.hours().0, full_hour(until)))
    }

    /// The first hour of the roll-ups of each of its days, oldest first.
    pub fn hours_of_days(&self) -> Vec<Timestamp> {
        self.each_day().map(|day| full_hour(self.zone.start_of(day))).collect()
    }

    /// Whether its days are UTC days, as those of roll-ups by day are.
    pub fn is_of_utc_days(&self) -> bool {
        self.bounds().iter().all(|(from, to)| [from, to].iter().all(|at| at.millis() % DAY_MS == 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{api::query::Query, page::zone::Zone};

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn span(query: &str, zone: &str, now: &str) -> Span {
        let span = Span::read(&mut Query::parse(query).unwrap(), &Zone::named(zone), at(now)).unwrap();
        span.comparing(&mut Query::parse(query).unwrap()).unwrap()
    }

    #[test]
    fn days_on_the_hour_have_whole_hours() {
        let days = span("from=2026-10-31&to=2026-11-01", "America/Los_Angeles", "2026-11-25T12:00:00Z");
        assert_eq!(days.hours(), (at("2026-10-31T07:00:00Z"), at("2026-11-02T08:00:00Z")));
        assert_eq!(days.bounds()[1], (at("2026-11-01T07:00:00Z"), at("2026-11-02T08:00:00Z")), "clocks went back");
        assert!(days.parts().is_empty() && !days.is_of_utc_days());
        assert!(span("span=7d", "UTC", "2026-11-25T12:00:00Z").is_of_utc_days());
    }

    #[test]
    fn days_at_half_past_leave_parts_of_hours() {
        let days = span("from=2026-11-01&to=2026-11-02", "Asia/Kolkata", "2026-11-25T12:00:00Z");
        assert_eq!(days.hours(), (at("2026-10-31T19:00:00Z"), at("2026-11-02T19:00:00Z")));
        assert_eq!(days.hours_of_days(), [at("2026-10-31T19:00:00Z"), at("2026-11-01T19:00:00Z")]);
        let part = |day: &str, own, counted| Part {
            from: at(&format!("2026-{day}T18:30:00Z")),
            to: at(&format!("2026-{day}T19:00:00Z")),
            own,
            counted,
        };
        let all = [part("10-31", Some(0), None), part("11-01", Some(1), Some(0)), part("11-02", None, Some(1))];
        assert_eq!(days.parts(), all);
    }

    #[test]
    fn an_unfinished_day_stands_beside_the_same_hours() {
        let hours = |span: &Span| span.earlier_hours().map(|(from, to)| format!("{from} {to}")).unwrap();
        let berlin = |query: &str| span(query, "Europe/Berlin", "2026-11-20T23:50:00Z");
        let week = berlin("span=7d");
        // Fifty minutes of the 21st are over.
        assert_eq!(hours(&week), "2026-11-07T23:00:00Z 2026-11-14T00:00:00Z");
        assert_eq!(hours(&berlin("span=7d&compare=year")), "2025-11-14T23:00:00Z 2025-11-21T00:00:00Z");
        let past = berlin("from=2026-11-10&to=2026-11-12");
        assert_eq!(past.earlier_hours(), Some(past.previous().hours()));
        assert!(week.is_unfinished() && !past.is_unfinished());
    }

    #[test]
    fn the_last_days_end_today() {
        let days = Span::last(30, &Zone::named("Asia/Kolkata"), at("2026-11-20T18:30:00Z"));
        assert_eq!((days.first.to_string(), days.last.to_string()), ("2026-10-23".to_owned(), "2026-11-21".to_owned()));
        assert_eq!(days.days(), 30);
    }
}
