//! The period that a page shows: `span=7d|30d|90d|12m`, or `span=own` with `from` and `to`, both inclusive, in the
//! organization's time zone.

use jiff::{ToSpan, civil::Date};
use shared::timestamp::Timestamp;

use super::{address::Address, zone::Zone};
use crate::{api::query::Query, error::Error, text::Texts};

mod counted;

pub use counted::{Part, full_hour};

/// Longer periods are refused: use a file for those.
const DAYS_MAX: i32 = 731;
/// In a URL, the title's message, and days.
const NAMED: [(&str, &str, i32); 4] = [
    ("7d", "common-span-7d", 7),
    ("30d", "common-span-30d", 30),
    ("90d", "common-span-90d", 90),
    ("12m", "common-span-12m", 365),
];
const OTHERWISE: &str = "30d";
/// Longer periods are drawn by week: a line with more points is no clearer, and costs bytes.
const DAILY_MAX: i32 = 120;
const WEEK: usize = 7;
/// Longer periods would overlap the same days a year ago.
const YEAR_MAX: i32 = 365;

/// Whole days of a time zone, both inclusive.
#[derive(Debug, Clone)]
pub struct Span {
    pub first: Date,
    pub last: Date,
    pub zone: Zone,
    /// Of its words.
    pub t: Texts,
    compared: Compared,
    chosen: &'static str,
    now: Timestamp,
}

/// What a period is compared with.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub enum Compared {
    /// As many days before it.
    #[default]
    Previous,
    /// As many days, up to the day one year before its last.
    Year,
    None,
}

impl Compared {
    const ALL: [Self; 3] = [Self::Previous, Self::Year, Self::None];

    /// As in the URL.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Previous => "previous",
            Self::Year => "year",
            Self::None => "none",
        }
    }
}

/// A period to choose, for `ui/span.html`.
#[derive(Debug)]
pub struct Choice {
    pub title: String,
    pub href: String,
    pub here: bool,
}

impl Span {
    /// So many days up to today.
    pub fn last(days: i32, zone: &Zone, now: Timestamp) -> Self {
        let (last, t) = (zone.day_of(now), Texts::default());
        let (zone, compared) = (zone.clone(), Compared::default());
        Self { first: before(last, days - 1), last, zone, t, compared, chosen: "own", now }
    }

    /// The last 30 days by default.
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
            // Two days form a period, in whichever order they were picked.
            let (first, last) = (first.min(last), first.max(last));
            let compared = Compared::default();
            return Self { first, last, zone: zone.clone(), t: Texts::default(), compared, chosen: "own", now }
                .checked();
        }
        let named = named.unwrap_or_else(|| OTHERWISE.to_owned());
        let (chosen, _, days) = NAMED
            .into_iter()
            .find(|(name, ..)| *name == named)
            .ok_or_else(|| Error::field("span", "span must be 7d, 30d, 90d, 12m or own"))?;
        let (zone, t, compared) = (zone.clone(), Texts::default(), Compared::default());
        Ok(Self { first: before(today, days - 1), last: today, zone, t, compared, chosen, now })
    }

    /// Reads `compare=previous|year|none`, for a page that offers the choice. By default, it's the preceding period.
    ///
    /// # Errors
    /// 400 naming `compare`.
    pub fn comparing(self, query: &mut Query) -> Result<Self, Error> {
        let Some(text) = query.text("compare").filter(|text| !text.is_empty()) else { return Ok(self) };
        let compared = Compared::ALL
            .into_iter()
            .find(|compared| compared.key() == text)
            .ok_or_else(|| Error::field("compare", "compare must be previous, year or none"))?;
        Ok(Self { compared, ..self })
    }

    /// The same with its words in another language than English.
    #[must_use]
    pub fn in_language(self, t: Texts) -> Self {
        Self { t, ..self }
    }

    fn checked(self) -> Result<Self, Error> {
        if self.days() > DAYS_MAX {
            return Err(Error::field("from", format!("from must be at most {DAYS_MAX} days before the end date")));
        }
        Ok(self)
    }

    /// The start of its first day.
    pub fn from(&self) -> Timestamp {
        self.zone.start_of(self.first)
    }

    /// The end of its last day, exclusive.
    pub fn to(&self) -> Timestamp {
        self.zone.start_of(self.last.checked_add(1.day()).unwrap_or(Date::MAX))
    }

    /// Whether its last day is today, or later.
    pub fn is_unfinished(&self) -> bool {
        self.to() > self.now
    }

    pub fn days(&self) -> i32 {
        self.first.until(self.last).map_or(0, |until| until.get_days()).saturating_add(1)
    }

    /// How many days a point of its chart, or a row of its table, covers.
    pub fn step(&self) -> usize {
        if self.days() > DAILY_MAX { WEEK } else { 1 }
    }

    /// The preceding period of the same length.
    #[must_use]
    pub fn previous(&self) -> Self {
        self.until(before(self.first, 1))
    }

    /// What the period is compared with: the same days a year ago only if they don't overlap it.
    pub fn compared(&self) -> Compared {
        if self.compared == Compared::Year && !self.has_year() { Compared::Previous } else { self.compared }
    }

    /// Whether the period is short enough for a comparison with the same days a year ago.
    pub fn has_year(&self) -> bool {
        self.days() <= YEAR_MAX
    }

    /// The period of the same length that this one is compared with, if any.
    pub fn earlier(&self) -> Option<Self> {
        match self.compared() {
            Compared::Previous => Some(self.previous()),
            Compared::Year => Some(self.until(self.last.checked_sub(1.year()).unwrap_or(Date::MIN))),
            Compared::None => None,
        }
    }

    /// As many days, up to another one.
    fn until(&self, last: Date) -> Self {
        Self { first: before(last, self.days() - 1), last, chosen: "own", ..self.clone() }
    }

    /// Each of its days, oldest first.
    pub fn each_day(&self) -> impl Iterator<Item = Date> {
        self.first.series(1.day()).take_while(move |day| *day <= self.last)
    }

    /// `22 Oct – 20 Nov 2026`.
    pub fn title(&self) -> String {
        let t = self.t;
        let is_of_one_year = self.first.year() == self.last.year();
        let first = if is_of_one_year { t.calendar_day(self.first) } else { t.calendar_date(self.first) };
        t.say("common-span-title").with("first", first).with("last", t.calendar_date(self.last)).to_string()
    }

    /// The other choices, on the page at `here`.
    pub fn choices(&self, here: &Address) -> Vec<Choice> {
        let here = here.clone().without("from").without("to").without("page").without("cursor");
        let choice = |(name, title, _): (&str, &'static str, i32)| Choice {
            title: self.t.say(title).to_string(),
            href: here.clone().with("span", name).to_string(),
            here: self.chosen == name,
        };
        NAMED.into_iter().map(choice).collect()
    }

    /// The URL with this period in it, and what it is compared with.
    #[must_use]
    pub fn on(&self, address: Address) -> Address {
        let compared = Some(self.compared).filter(|compared| *compared != Compared::default());
        let address = address.maybe("compare", compared.map(Compared::key));
        match self.chosen {
            OTHERWISE => address.without("span").without("from").without("to"),
            _ => self.stated_on(address),
        }
    }

    /// The same for a page where a URL without a period doesn't mean the default one.
    #[must_use]
    pub fn stated_on(&self, address: Address) -> Address {
        match self.chosen {
            "" => address.without("span").without("from").without("to"),
            "own" => address.without("span").with("from", self.first).with("to", self.last),
            name => address.without("from").without("to").with("span", name),
        }
    }

    /// Marks none of the choices as chosen.
    #[must_use]
    pub fn unchosen(self) -> Self {
        Self { chosen: "", ..self }
    }
}

fn before(day: Date, days: i32) -> Date {
    day.checked_sub(days.days()).unwrap_or(Date::MIN)
}

/// Parses a date such as `2026-11-20`, from 2000 to 2200.
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

    fn comparing(query: &str) -> Result<Span, Error> {
        span(query)?.comparing(&mut Query::parse(query).unwrap())
    }

    #[test]
    fn days_are_those_of_the_zone() {
        let week = span("span=7d").unwrap();
        assert_eq!(week.title(), "15 Nov \u{2013} 21 Nov 2026");
        assert_eq!(week.from().to_string(), "2026-11-14T23:00:00Z");
        assert_eq!(week.to().to_string(), "2026-11-21T23:00:00Z");
        assert_eq!((week.days(), week.each_day().count()), (7, 7));
        assert_eq!(week.previous().title(), "8 Nov \u{2013} 14 Nov 2026");
        assert_eq!(span("").unwrap().days(), 30);
    }

    #[test]
    fn own_days_count_in_full() {
        let own = span("from=2026-03-31&to=2026-03-01").unwrap();
        // Daylight saving time begins in between: one hour less.
        assert_eq!(own.to().millis() - own.from().millis(), (31 * 24 - 1) * 3_600_000);
        assert_eq!(own.on(Address::new("/x").with("span", "7d")).to_string(), "/x?from=2026-03-01&to=2026-03-31");
    }

    #[test]
    fn a_period_is_compared_with_what_was_chosen() {
        let earlier = |query: &str| comparing(query).unwrap().earlier().map(|earlier| earlier.title());
        let title = |text: &str| Some(text.replace('-', "\u{2013}"));
        assert_eq!(earlier("span=7d&compare="), title("8 Nov - 14 Nov 2026"));
        assert_eq!(earlier("span=7d&compare=previous"), title("8 Nov - 14 Nov 2026"));
        assert_eq!(earlier("span=7d&compare=year"), title("15 Nov - 21 Nov 2025"));
        assert_eq!(earlier("span=7d&compare=none"), None);
        // A leap day has none a year before, and counts as a day.
        assert_eq!(earlier("from=2028-02-28&to=2028-02-29&compare=year"), title("27 Feb - 28 Feb 2027"));
        assert_eq!(earlier("from=2028-02-01&to=2028-03-01&compare=year"), title("31 Jan - 1 Mar 2027"));
        // A year may end the day before it; anything longer would overlap.
        assert_eq!(earlier("span=12m&compare=year"), title("22 Nov 2024 - 21 Nov 2025"));
        let long = comparing("from=2025-11-20&to=2026-11-20&compare=year").unwrap();
        assert_eq!((long.days(), long.compared(), long.has_year()), (366, Compared::Previous, false));
        assert_eq!(long.earlier().map(|earlier| earlier.last.to_string()).as_deref(), Some("2025-11-19"));
        assert_eq!(span("span=7d&compare=year").unwrap().compared(), Compared::Previous, "only where it is offered");
    }

    #[test]
    fn the_url_keeps_what_was_chosen() {
        let on = |query: &str| comparing(query).unwrap().on(Address::new("/x").with("compare", "none")).to_string();
        assert_eq!((on("span=7d"), on("compare=previous")), ("/x?span=7d".to_owned(), "/x".to_owned()));
        assert_eq!((on("compare=year").as_str(), on("compare=none").as_str()), ("/x?compare=year", "/x?compare=none"));
        let long = "from=2025-11-20&to=2026-11-20&compare=year";
        assert!(on(long).contains("compare=year"), "a shorter period has it again");
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
        let error = comparing("compare=month").unwrap_err();
        assert_eq!(error.body().field.as_deref(), Some("compare"));
    }
}
