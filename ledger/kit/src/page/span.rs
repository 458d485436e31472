//! Which days a page is about: `span=7d|30d|90d|12m`, or `span=own` with `from` and `to`, both days in full, as the
//! organization's time zone counts them.

use jiff::{ToSpan, civil::Date};
use shared::timestamp::Timestamp;

use super::{address::Address, zone::Zone};
use crate::{api::query::Query, error::Error};

/// Longer spans are refused: what they would show is a file's matter.
const DAYS_MAX: i32 = 731;
const NAMED: [(&str, &str, i32); 4] =
    [("7d", "7 days", 7), ("30d", "30 days", 30), ("90d", "90 days", 90), ("12m", "12 months", 365)];
const OTHERWISE: &str = "30d";
/// Longer spans are drawn by weeks: a line of more points is no clearer, and costs its bytes.
const DAILY_MAX: i32 = 62;
const WEEK: usize = 7;
const HALF_AN_HOUR_MS: i64 = 1_800_000;
const HALF_A_DAY_MS: i64 = 43_200_000;

/// Whole days of a time zone, both included.
#[derive(Debug, Clone)]
pub struct Span {
    pub first: Date,
    pub last: Date,
    pub zone: Zone,
    chosen: &'static str,
    now: Timestamp,
}

/// A span to choose, for `ui/span.html`.
#[derive(Debug)]
pub struct Choice {
    pub title: &'static str,
    pub href: String,
    pub here: bool,
}

impl Span {
    /// The last 30 days where nothing is asked.
    ///
    /// # Errors
    /// 400 naming `span`, `from` or `to`.
    pub fn read(query: &mut Query, zone: &Zone, now: Timestamp) -> Result<Self, Error> {
        let today = zone.day_of(now);
        let (from, to) = (day(query, "from")?, day(query, "to")?);
        let named = query.text("span").filter(|text| !text.is_empty());
        if from.is_some() || to.is_some() || named.as_deref() == Some("own") {
            let last = to.unwrap_or(today);
            let first = from.unwrap_or_else(|| before(last, 29));
            // Two days are a span, in whichever order they were picked.
            let (first, last) = (first.min(last), first.max(last));
            return Self { first, last, zone: zone.clone(), chosen: "own", now }.checked();
        }
        let named = named.unwrap_or_else(|| OTHERWISE.to_owned());
        let (chosen, _, days) = NAMED
            .into_iter()
            .find(|(name, ..)| *name == named)
            .ok_or_else(|| Error::field("span", "span must be 7d, 30d, 90d, 12m or own"))?;
        Ok(Self { first: before(today, days - 1), last: today, zone: zone.clone(), chosen, now })
    }

    fn checked(self) -> Result<Self, Error> {
        if self.days() > DAYS_MAX {
            return Err(Error::field("from", format!("from must be at most {DAYS_MAX} days before to")));
        }
        Ok(self)
    }

    /// Its first moment.
    pub fn from(&self) -> Timestamp {
        self.zone.start_of(self.first)
    }

    /// The first moment after it.
    pub fn to(&self) -> Timestamp {
        self.zone.start_of(self.last.checked_add(1.day()).unwrap_or(Date::MAX))
    }

    /// Between which hours its roll-ups lie. An hour belongs to the day in which its middle lies: where days begin at half past,
    /// most of it does.
    pub fn hours(&self) -> (Timestamp, Timestamp) {
        (self.from().plus_millis(-HALF_AN_HOUR_MS), self.to().plus_millis(-HALF_AN_HOUR_MS))
    }

    /// The same of the days before, as far as they stand beside this span: where today is a part of it, only up to the same
    /// time of their last day.
    pub fn earlier_hours(&self) -> (Timestamp, Timestamp) {
        let earlier = self.earlier();
        if !self.is_unfinished() {
            return earlier.hours();
        }
        let gone = self.now.millis() - self.zone.start_of(self.last).millis();
        (earlier.hours().0, self.zone.start_of(earlier.last).plus_millis(gone - HALF_AN_HOUR_MS))
    }

    /// From which hour on the roll-ups of each of its days lie, oldest first.
    pub fn hours_of_days(&self) -> Vec<Timestamp> {
        self.each_day().map(|day| self.zone.start_of(day).plus_millis(-HALF_AN_HOUR_MS)).collect()
    }

    /// Whether its last day is today, or later.
    pub fn is_unfinished(&self) -> bool {
        self.to() > self.now
    }

    /// The days of UTC, both included, that stand for it where figures are kept by those: the ones of which most lies in it,
    /// and all that began of an unfinished one, so that today's sales count at once.
    pub fn utc_days(&self) -> (Date, Date) {
        let day = |at: Timestamp| Zone::utc().day_of(at);
        let last = if self.is_unfinished() { self.now } else { self.to().plus_millis(-HALF_A_DAY_MS - 1) };
        (day(self.from().plus_millis(HALF_A_DAY_MS)), day(last))
    }

    pub fn days(&self) -> i32 {
        self.first.until(self.last).map_or(0, |until| until.get_days()).saturating_add(1)
    }

    /// How many days a point of its chart, or a line of its table, stands for.
    pub fn step(&self) -> usize {
        if self.days() > DAILY_MAX { WEEK } else { 1 }
    }

    /// As many days, just before it: what it is compared with.
    #[must_use]
    pub fn earlier(&self) -> Self {
        let last = before(self.first, 1);
        Self { first: before(last, self.days() - 1), last, zone: self.zone.clone(), chosen: "own", now: self.now }
    }

    /// Each of its days, oldest first.
    pub fn each_day(&self) -> impl Iterator<Item = Date> {
        self.first.series(1.day()).take_while(move |day| *day <= self.last)
    }

    /// `22 Oct to 20 Nov 2026`.
    pub fn title(&self) -> String {
        let first = if self.first.year() == self.last.year() { "%-d %b" } else { "%-d %b %Y" };
        format!("{} to {}", self.first.strftime(first), self.last.strftime("%-d %b %Y"))
    }

    /// What can be chosen instead, on the page at `here`.
    pub fn choices(&self, here: &Address) -> Vec<Choice> {
        let here = here.clone().without("from").without("to").without("page").without("cursor");
        let choice = |(name, title, _): (&str, &'static str, i32)| Choice {
            title,
            href: here.clone().with("span", name).to_string(),
            here: self.chosen == name,
        };
        NAMED.into_iter().map(choice).collect()
    }

    /// The address with this span in it.
    #[must_use]
    pub fn on(&self, address: Address) -> Address {
        match self.chosen {
            OTHERWISE => address.without("span").without("from").without("to"),
            _ => self.stated_on(address),
        }
    }

    /// The same where an address without a span means something else than the usual one.
    #[must_use]
    pub fn stated_on(&self, address: Address) -> Address {
        match self.chosen {
            "" => address.without("span").without("from").without("to"),
            "own" => address.without("span").with("from", self.first).with("to", self.last),
            name => address.without("from").without("to").with("span", name),
        }
    }

    /// None of the choices is the one.
    #[must_use]
    pub fn unchosen(self) -> Self {
        Self { chosen: "", ..self }
    }
}

fn before(day: Date, days: i32) -> Date {
    day.checked_sub(days.days()).unwrap_or(Date::MIN)
}

/// `2026-11-20`, not before 2000 and not after 2200.
fn day(query: &mut Query, name: &str) -> Result<Option<Date>, Error> {
    let Some(text) = query.text(name).filter(|text| !text.is_empty()) else { return Ok(None) };
    let found = text.parse::<Date>().ok().filter(|day| (2000..=2200).contains(&day.year()));
    found.map(Some).ok_or_else(|| Error::field(name, format!("{name} must be a date such as 2026-11-20")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn span(query: &str) -> Result<Span, Error> {
        let now = Timestamp::parse_rfc3339("2026-11-20T23:30:00Z").unwrap();
        Span::read(&mut Query::parse(query).unwrap(), &Zone::named("Europe/Berlin"), now)
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let week = span("span=7d").unwrap();
        assert_eq!(week.title(), "15 Nov to 21 Nov 2026");
        assert_eq!(week.from().to_string(), "2026-11-14T23:00:00Z");
        assert_eq!(week.to().to_string(), "2026-11-21T23:00:00Z");
        assert_eq!((week.days(), week.each_day().count()), (7, 7));
        assert_eq!(week.earlier().title(), "8 Nov to 14 Nov 2026");
        assert_eq!(span("").unwrap().days(), 30);
    }

    #[test]
    fn own_days_count_in_full() {
        let own = span("from=2026-03-31&to=2026-03-01").unwrap();
        // Clocks go ahead in between: an hour less.
        assert_eq!(own.to().millis() - own.from().millis(), (31 * 24 - 1) * 3_600_000);
        assert_eq!(own.on(Address::new("/x").with("span", "7d")).to_string(), "/x?from=2026-03-01&to=2026-03-31");
    }

    #[test]
    fn days_of_utc_hold_what_was_sold_today() {
        let of = |query: &str, zone: &str, now: &str| {
            let span = Span::read(
                &mut Query::parse(query).unwrap(),
                &Zone::named(zone),
                Timestamp::parse_rfc3339(now).unwrap(),
            )
            .unwrap();
            let (first, last) = span.utc_days();
            format!("{first} {last}")
        };
        // It is the 20th in Los Angeles, and the 21st by UTC.
        assert_eq!(of("span=7d", "America/Los_Angeles", "2026-11-21T02:00:00Z"), "2026-11-14 2026-11-21");
        assert_eq!(of("span=7d", "America/Los_Angeles", "2026-11-20T20:00:00Z"), "2026-11-14 2026-11-20");
        assert_eq!(of("span=7d", "Europe/Berlin", "2026-11-20T23:30:00Z"), "2026-11-15 2026-11-20");
        assert_eq!(of("span=7d", "UTC", "2026-11-20T23:30:00Z"), "2026-11-14 2026-11-20");
        for zone in ["America/Los_Angeles", "Europe/Berlin", "Asia/Kolkata"] {
            assert_eq!(
                of("from=2026-10-01&to=2026-10-02", zone, "2026-11-21T02:00:00Z"),
                "2026-10-01 2026-10-02",
                "{zone}"
            );
        }
    }

    #[test]
    fn an_unfinished_day_stands_beside_the_same_hours() {
        let at = |moment: Timestamp| moment.to_string();
        let week = span("span=7d").unwrap();
        // Half an hour of the 21st is over.
        assert_eq!(at(week.earlier_hours().0), "2026-11-07T22:30:00Z");
        assert_eq!(at(week.earlier_hours().1), "2026-11-13T23:00:00Z");
        let past = span("from=2026-11-10&to=2026-11-12").unwrap();
        assert_eq!(past.earlier_hours(), past.earlier().hours());
        assert!(week.is_unfinished() && !past.is_unfinished());
    }

    #[test]
    fn what_is_no_span_is_named() {
        for (query, field) in [
            ("span=1d", "span"),
            ("from=yesterday", "from"),
            ("to=2026-02-30", "to"),
            ("from=2020-01-01&to=2026-03-01", "from"),
            ("from=-009999-01-01", "from"),
        ] {
            assert_eq!(span(query).unwrap_err().body().field.as_deref(), Some(field), "{query}");
        }
    }
}
