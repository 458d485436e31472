//! The points of a period's charts: a day each, or a week in a longer period.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::plot::Point;
use crate::{page::span::Span, text::Texts};

const WEEKDAYS: [&str; 7] = [
    "common-weekday-monday",
    "common-weekday-tuesday",
    "common-weekday-wednesday",
    "common-weekday-thursday",
    "common-weekday-friday",
    "common-weekday-saturday",
    "common-weekday-sunday",
];

/// A point of a chart without its figure.
#[derive(Debug, Clone)]
pub struct Step {
    /// Oldest first.
    pub days: Vec<Date>,
    /// `Wed 19 Nov`, or `14 Nov to 20 Nov`.
    pub when: String,
    /// Of its first day: `19 Nov`.
    tick: String,
    year: i16,
}

impl Step {
    pub fn point(self, figure: i64) -> Point {
        Point { when: self.when, tick: self.tick, year: self.year, figure }
    }
}

/// The points of a period, oldest first. They are counted from the last day, so that only the first one may be shorter.
pub fn steps(span: &Span) -> Vec<Step> {
    let days: Vec<Date> = span.each_day().collect();
    let is_of_one_year = span.first.year() == span.last.year();
    let (head, rest) = days.split_at(days.len() % span.step());
    let first = (!head.is_empty()).then_some(head);
    first.into_iter().chain(rest.chunks(span.step())).filter_map(|days| step(span.t, days, is_of_one_year)).collect()
}

/// The points with their figures, each of which names its day's number, counted from the period's first day. Several may
/// be about one day.
pub fn points(span: &Span, figures: impl IntoIterator<Item = (i32, i64)>) -> Vec<Point> {
    let mut sums: BTreeMap<i32, i64> = BTreeMap::new();
    for (day, figure) in figures {
        let sum = sums.entry(day).or_default();
        *sum = sum.saturating_add(figure);
    }
    let mut numbers = 0..;
    let mut point = |step: Step| {
        let days = numbers.by_ref().take(step.days.len()).filter_map(|day| sums.get(&day));
        let sum = days.fold(0_i64, |sum, figure| sum.saturating_add(*figure));
        step.point(sum)
    };
    steps(span).into_iter().map(&mut point).collect()
}

fn step(t: Texts, days: &[Date], is_of_one_year: bool) -> Option<Step> {
    let (first, last) = (*days.first()?, *days.last()?);
    let named = |day: Date| if is_of_one_year { t.calendar_day(day) } else { t.calendar_date(day) };
    let when = if days.len() == 1 {
        let at = usize::try_from(first.weekday().to_monday_zero_offset()).unwrap_or_default();
        let weekday = WEEKDAYS.get(at).map(|key| t.say(key).to_string()).unwrap_or_default();
        t.say("common-weekday").with("weekday", weekday).with("day", named(first)).to_string()
    } else {
        t.say("common-from-to").with("first", named(first)).with("last", named(last)).to_string()
    };
    Some(Step { days: days.to_vec(), when, tick: t.calendar_day(first), year: first.year() })
}

#[cfg(test)]
mod tests {
    use shared::timestamp::Timestamp;

    use super::*;
    use crate::{api::query::Query, page::zone::Zone, text::Language};

    fn span(text: &str) -> Span {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        Span::read(&mut Query::parse(text).unwrap(), &Zone::utc(), now).unwrap()
    }

    #[test]
    fn a_week_is_seven_days() {
        let week = steps(&span("span=7d"));
        assert_eq!((week.len(), week[0].when.as_str(), week[6].when.as_str()), (7, "Sat 14 Nov", "Fri 20 Nov"));
        assert_eq!((week[0].tick.as_str(), week[0].year), ("14 Nov", 2026));
        let german = steps(&span("span=7d").in_language(Texts::new(Language::De)));
        assert_eq!(german[6].when, "Fr, 20. Nov.");
    }

    #[test]
    fn figures_stand_at_their_days() {
        let of = |text: &str, figures: &[(i32, i64)]| -> Vec<i64> {
            points(&span(text), figures.iter().copied()).iter().map(|point| point.figure).collect()
        };
        assert_eq!(of("span=7d", &[(6, 5), (0, 2), (6, -1), (7, 9)]), [2, 0, 0, 0, 0, 0, 4]);
        let year = of("span=12m", &[(0, 1), (1, 10), (7, 20), (8, 300)]);
        assert_eq!((year.len(), &year[..3]), (53, &[1, 30, 300][..]));
    }

    #[test]
    fn a_year_is_weeks_counted_from_its_last_day() {
        let year = steps(&span("span=12m"));
        assert_eq!((year.len(), year[0].days.len()), (53, 1));
        assert_eq!(year[52].when, "14 Nov 2026 to 20 Nov 2026");
        assert_eq!(year.iter().map(|step| step.days.len()).sum::<usize>(), 365);
    }
}
