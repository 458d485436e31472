//! Dates as payment services write them. `2026-12-29` is unambiguous. `03/12/2026` has two meanings, unless another
//! date in the file shows which number is the day, or the person who uploads the file says so.

use time::{Date, Month};

/// Which of the first two numbers is the day.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    DayFirst,
    MonthFirst,
}

impl Order {
    pub const ALL: [Self; 2] = [Self::DayFirst, Self::MonthFirst];

    /// The name in the public API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "DayFirst",
            Self::MonthFirst => "MonthFirst",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order| order.as_str() == text)
    }
}

/// A date from a file: one day, or one of two.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Written {
    Day(Date),
    /// The date under each order; `None` if no such day exists.
    Either {
        day_first: Option<Date>,
        month_first: Option<Date>,
    },
}

impl Written {
    /// Parses `2026-12-29`, `2026-12-29 14:20:05`, `29.12.2026`, `12/29/2026` or `29 Dec 2026`. `None` if it isn't a
    /// date.
    pub fn read(text: &str) -> Option<Self> {
        let text = text.trim();
        let named = text.split(|c: char| !c.is_ascii_alphabetic()).any(|word| month(word).is_some());
        let parts: Vec<&str> = if named {
            text.split([' ', '-', '/', '.', ',']).filter(|part| !part.is_empty()).collect()
        } else {
            let date = text.split([' ', 'T', ',']).next().unwrap_or_default();
            date.split(['-', '/', '.']).collect()
        };
        let &[first, second, third] = parts.get(..3)? else { return None };
        if named {
            let (day_part, month_part) = if month(first).is_some() { (second, first) } else { (first, second) };
            return day(year(third)?, month(month_part)?, day_part).map(Self::Day);
        }
        if parts.len() != 3 {
            return None;
        }
        if first.len() == 4 {
            return day(year(first)?, numbered(second)?, third).map(Self::Day);
        }
        let third = year(third)?;
        let day_first = numbered(second).and_then(|month| day(third, month, first));
        let month_first = numbered(first).and_then(|month| day(third, month, second));
        match (day_first, month_first) {
            (None, None) => None,
            // Dots are only used in the order day, month, year.
            (Some(date), _) if text.contains('.') => Some(Self::Day(date)),
            (Some(one), Some(other)) if one == other => Some(Self::Day(one)),
            _ => Some(Self::Either { day_first, month_first }),
        }
    }

    /// Returns the day; `None` if there is no such day in that order, or if the date is ambiguous and no order is
    /// given.
    pub fn on(self, order: Option<Order>) -> Option<Date> {
        match (self, order) {
            (Self::Day(date), _) => Some(date),
            (Self::Either { day_first, .. }, Some(Order::DayFirst)) => day_first,
            (Self::Either { month_first, .. }, Some(Order::MonthFirst)) => month_first,
            (Self::Either { .. }, None) => None,
        }
    }
}

/// What the dates of one file reveal about their order.
#[derive(Debug, Default)]
pub(super) struct Seen {
    day_first: bool,
    month_first: bool,
}

impl Seen {
    pub(super) fn look(&mut self, date: Option<Written>) {
        if let Some(Written::Either { day_first, month_first }) = date {
            self.day_first |= month_first.is_none();
            self.month_first |= day_first.is_none();
        }
    }

    /// `None` if no date reveals it, or if dates contradict each other.
    pub(super) const fn order(&self) -> Option<Order> {
        match (self.day_first, self.month_first) {
            (true, false) => Some(Order::DayFirst),
            (false, true) => Some(Order::MonthFirst),
            _ => None,
        }
    }
}

fn day(year: i32, month: Month, day: &str) -> Option<Date> {
    Date::from_calendar_date(year, month, small(day)?).ok()
}

/// Two digits mean this century.
fn year(text: &str) -> Option<i32> {
    let number: i32 = text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok())??;
    match text.len() {
        2 => Some(2_000 + number),
        4 => Some(number),
        _ => None,
    }
}

fn numbered(text: &str) -> Option<Month> {
    Month::try_from(small(text)?).ok()
}

/// A number of one or two digits.
fn small(text: &str) -> Option<u8> {
    text.parse().ok().filter(|_| text.len() <= 2 && text.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Finds a month by the first letters of its English name, at least three.
fn month(text: &str) -> Option<Month> {
    let requested = text.to_ascii_lowercase();
    (1..=12_u8)
        .filter_map(|number| Month::try_from(number).ok())
        .find(|month| requested.len() >= 3 && month.to_string().to_ascii_lowercase().starts_with(&requested))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn on(text: &str, order: Option<Order>) -> Option<String> {
        Written::read(text).and_then(|date| date.on(order)).map(|date| date.to_string())
    }

    #[test]
    fn a_date_is_read_where_it_has_one_meaning() {
        for text in [
            "2026-12-29",
            "2026-12-29 14:20:05",
            "2026-12-29T14:20:05Z",
            "2026/12/29",
            "29.12.2026",
            "29 Dec 2026",
            "Dec 29, 2026",
            "29-December-26",
            "29/Dec/26",
        ] {
            assert_eq!(on(text, None).as_deref(), Some("2026-12-29"), "{text}");
        }
        assert_eq!(on("03.04.2026", None).as_deref(), Some("2026-04-03"), "points stand after the day");
        assert_eq!(on("05/05/2026", None).as_deref(), Some("2026-05-05"), "the same day either way");
        for text in ["", "soon", "31/31/2026", "2026-02-30", "1/2/3", "12/2026", "12345678", "+1/2/2026", "1/2/2026/4"]
        {
            for order in [None, Some(Order::DayFirst), Some(Order::MonthFirst)] {
                assert_eq!(on(text, order), None, "{text}");
            }
        }
    }

    #[test]
    fn of_two_meanings_the_order_decides() {
        assert_eq!(on("03/04/2026", None), None);
        assert_eq!(on("03/04/2026", Some(Order::DayFirst)).as_deref(), Some("2026-04-03"));
        assert_eq!(on("3/4/26 10:15", Some(Order::MonthFirst)).as_deref(), Some("2026-03-04"));
        assert_eq!(on("12/29/2026", Some(Order::DayFirst)), None, "there is no 29th month");
        let seen = |dates: &[&str]| {
            let mut seen = Seen::default();
            dates.iter().for_each(|date| seen.look(Written::read(date)));
            seen.order()
        };
        assert_eq!(seen(&["03/04/2026", "05/05/2026"]), None);
        assert_eq!(seen(&["03/04/2026", "12/29/2026"]), Some(Order::MonthFirst));
        assert_eq!(seen(&["29/12/2026", "03/04/2026", "2026-01-31"]), Some(Order::DayFirst));
        assert_eq!(seen(&["29/12/2026", "12/29/2026"]), None, "they disagree");
    }
}
