//! The overview's tiles and charts: figures formatted for display, each compared with the preceding period.

use shared::timestamp::Timestamp;

use super::figures::{self, Day, Figures, change, count, number};
use kit::page::{
    address::Address,
    chart::{
        area::{Area, Point},
        funnel::{self, Step},
    },
    span::Span,
};
use rules::{
    figures::{conversion_rate, each, epc},
    format,
};

const NOTHING: &str = "\u{2013}";
/// `$99,999.99`.
const CHARS_MAX: usize = 10;

/// One of the figures at the top.
#[derive(Debug)]
pub(super) struct Tile {
    pub name: &'static str,
    /// Identifies the tile for scripts and tests.
    pub key: &'static str,
    /// One line, or one per currency.
    pub lines: Vec<Line>,
}

#[derive(Debug)]
pub(super) struct Line {
    pub figure: String,
    pub change: Option<(String, bool)>,
}

/// A chart with its caption.
#[derive(Debug)]
pub(super) struct Plot {
    /// The average per day or week.
    pub usual: String,
    pub area: Area,
}

/// A line of the table below the charts.
#[derive(Debug)]
pub(super) struct Row {
    pub day: String,
    pub clicks: String,
    pub leads: String,
    pub conversions: String,
    pub revenue: String,
}

/// A currency that the revenue chart can show.
#[derive(Debug)]
pub(super) struct Choice {
    pub code: String,
    pub href: String,
    pub here: bool,
}

fn line(figure: String, now: i64, before: i64) -> Line {
    Line { figure, change: change(number(now), number(before)) }
}

/// `active` is the number of affiliates with a click or a sale. It has no comparison: counting the preceding period too
/// would take too long.
pub(super) fn tiles(figures: &Figures, active: i64) -> Vec<Tile> {
    let (now, before) = (&figures.sum, &figures.earlier_sum);
    let plain = |name, key, now: i64, before: i64| Tile { name, key, lines: vec![line(count(now), now, before)] };
    let by_currency =
        |name, key, of: &dyn Fn(&Day, &str) -> Option<i64>| Tile { name, key, lines: money_lines(figures, of) };
    let rate = |day: &Day| if day.clicks > 0 { number(sales(day)) / number(day.clicks) } else { f64::NAN };
    let rate_line = Line {
        figure: conversion_rate(sales(now), now.clicks).map_or_else(|| NOTHING.to_owned(), |rate| rate.to_string()),
        change: change(rate(now), rate(before)),
    };
    vec![
        plain("Clicks", "clicks", now.clicks, before.clicks),
        plain("Leads", "leads", now.leads, before.leads),
        plain("Conversions", "conversions", now.conversions, before.conversions),
        by_currency("Revenue", "revenue", &|day, currency| Some(day.of(currency).revenue)),
        by_currency("Commissions", "commissions", &|day, currency| Some(day.of(currency).commission)),
        by_currency("EPC (earnings per click)", "epc", &|day, currency| epc(day.of(currency).commission, day.clicks)),
        Tile { name: "Conversion rate", key: "rate", lines: vec![rate_line] },
        plain("Active affiliates", "active", active, 0),
    ]
}

/// Sales that came from clicks: a renewal needs no new click.
const fn sales(day: &Day) -> i64 {
    day.conversions - day.renewals
}

/// Formats an amount, without cents if it is too long for a tile.
pub(super) fn short(amount: i64, currency: &str) -> String {
    let text = format::money(amount, currency);
    match text.rsplit_once('.') {
        Some((units, _)) if text.chars().count() > CHARS_MAX => units.to_owned(),
        _ => text,
    }
}

fn money_lines(figures: &Figures, of: &dyn Fn(&Day, &str) -> Option<i64>) -> Vec<Line> {
    let lines = figures.currencies().into_iter().map(|currency| {
        let (now, before) = (of(&figures.sum, &currency), of(&figures.earlier_sum, &currency));
        Line {
            figure: now.map_or_else(|| NOTHING.to_owned(), |amount| short(amount, &currency)),
            change: now.zip(before).and_then(|(now, before)| change(number(now), number(before))),
        }
    });
    let lines: Vec<Line> = lines.collect();
    if lines.is_empty() {
        return vec![Line { figure: NOTHING.to_owned(), change: None }];
    }
    lines
}

/// Labels of the charts' steps: `20 Nov`, or `14 Nov to 20 Nov`.
pub(super) fn names(span: &Span) -> Vec<String> {
    let days: Vec<Timestamp> = span.each_day().map(|day| span.zone.start_of(day)).collect();
    let say = |at: &Timestamp| span.zone.moment(*at).split(',').next().unwrap_or_default().to_owned();
    let step = span.step();
    let (head, rest) = days.split_at(days.len() % step);
    let chunk = |days: &[Timestamp]| match days {
        [] => String::new(),
        [day] => say(day),
        [first, .., last] => format!("{} to {}", say(first), say(last)),
    };
    let first = (!head.is_empty()).then(|| chunk(head));
    first.into_iter().chain(rest.chunks(step).map(chunk)).collect()
}

/// `of` takes the figure from a day, `say` formats it, and `noun` formats it with its noun.
pub(super) fn plot(
    span: &Span,
    figures: &Figures,
    of: impl Fn(&Day) -> i64,
    say: impl Fn(i64) -> String,
    noun: impl Fn(i64) -> String,
) -> Plot {
    let step = span.step();
    let points: Vec<Point> = figures::steps(&figures.days, step)
        .iter()
        .zip(names(span))
        .map(|(day, name)| Point { figure: of(day), label: format!("{name}: {}", noun(of(day))) })
        .collect();
    let earlier: Vec<i64> = if figures.earlier_sum == Day::default() {
        Vec::new()
    } else {
        figures::steps(&figures.earlier, step).iter().map(&of).collect()
    };
    let usual = each(of(&figures.sum), i64::try_from(points.len()).unwrap_or_default()).unwrap_or_default();
    let unit = if step == 1 { "per day" } else { "per week" };
    let ends = [span.first, span.last].map(|day| day.strftime("%-d %b").to_string());
    let [first, last] = ends;
    Plot { usual: format!("{} {unit}", say(usual)), area: Area::of(&points, &earlier, first, last, say) }
}

/// Newest first.
pub(super) fn rows(span: &Span, figures: &Figures, currency: Option<&str>) -> Vec<Row> {
    let steps = figures::steps(&figures.days, span.step());
    let row = |(day, name): (&Day, String)| Row {
        day: name,
        clicks: count(day.clicks),
        leads: count(day.leads),
        conversions: count(day.conversions),
        revenue: currency.map_or_else(String::new, |currency| format::money(day.of(currency).revenue, currency)),
    };
    let rows: Vec<Row> = steps.iter().zip(names(span)).map(row).collect();
    rows.into_iter().rev().collect()
}

/// Builds the funnel, with a step for leads only if the brand reports leads and there are at least as many leads as
/// sales.
pub(super) fn funnel(sum: &Day) -> Vec<Step> {
    let (visits, leads, sales) = (sum.clicks, sum.leads, sales(sum));
    let all = [("Visits", visits, ""), ("Leads", leads, "of visits"), ("First sales", sales, "of leads")];
    let without = [("Visits", visits, ""), ("First sales", sales, "of visits")];
    if leads > 0 && leads >= sales { funnel::of(&all, count) } else { funnel::of(&without, count) }
}

pub(super) fn choices(currencies: &[String], chosen: Option<&str>, here: &Address) -> Vec<Choice> {
    if currencies.len() < 2 {
        return Vec::new();
    }
    let choice = |code: &String| Choice {
        code: code.clone(),
        href: here.clone().with("currency", code).to_string(),
        here: chosen == Some(code.as_str()),
    };
    currencies.iter().map(choice).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::overview::store::{Clicks, Sold};
    use kit::{api::query::Query, page::zone::Zone};

    fn span(text: &str) -> Span {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        Span::read(&mut Query::parse(text).unwrap(), &Zone::utc(), now).unwrap()
    }

    fn figures(span: &Span) -> Figures {
        let at = span.days();
        let clicks = vec![Clicks { day: 0, clicks: 100 }, Clicks { day: at, clicks: 200 }];
        let sold = |day, conversions, renewals| {
            let currency = "USD".to_owned();
            Sold { day, currency, conversions, renewals, leads: 0, revenue: 10_000, commission: 2_000 }
        };
        Figures::of(span, clicks, vec![sold(0, 1, 0), sold(at, 5, 1)])
    }

    fn tile<'a>(tiles: &'a [Tile], key: &str) -> &'a Line {
        &tiles.iter().find(|tile| tile.key == key).unwrap().lines[0]
    }

    #[test]
    fn figures_stand_against_those_before() {
        let all = tiles(&figures(&span("span=7d")), 3);
        let read = |key| (tile(&all, key).figure.clone(), tile(&all, key).change.clone().map(|(text, _)| text));
        assert_eq!(read("clicks"), ("200".to_owned(), Some("+100%".to_owned())));
        assert_eq!(read("epc"), ("$0.10".to_owned(), Some("\u{2212}50%".to_owned())));
        assert_eq!(read("rate"), ("2.0%".to_owned(), Some("+100%".to_owned())));
        assert_eq!(read("active"), ("3".to_owned(), None));
        let nothing = tiles(&Figures::of(&span("span=7d"), Vec::new(), Vec::new()), 0);
        assert_eq!(tile(&nothing, "revenue").figure, NOTHING);
        assert_eq!(tile(&nothing, "rate").figure, NOTHING);
    }

    #[test]
    fn a_year_is_drawn_by_weeks() {
        let year = span("span=12m");
        let plot = plot(&year, &figures(&year), |day| day.clicks, count, |figure| format!("{figure} clicks"));
        assert_eq!((plot.area.spots.len(), plot.usual.as_str()), (53, "4 per week"));
        assert_eq!(names(&year).last().unwrap(), "14 Nov to 20 Nov");
        assert_eq!(rows(&year, &figures(&year), None).len(), 53);
        assert_eq!(names(&span("span=7d"))[0], "14 Nov");
    }

    #[test]
    fn a_funnel_has_leads_only_where_there_are_some() {
        let day = Day { clicks: 100, conversions: 5, renewals: 1, ..Day::default() };
        let rates: Vec<_> = funnel(&day).into_iter().map(|step| step.rate).collect();
        assert_eq!(rates, [None, Some("4.0% of visits".to_owned())]);
        assert_eq!(funnel(&Day { leads: 8, ..day.clone() }).len(), 3);
        assert_eq!(funnel(&Day { leads: 3, ..day }).len(), 2);
    }

    #[test]
    fn large_amounts_have_no_cents() {
        assert_eq!(
            (short(9_999_999, "USD"), short(10_000_050, "USD")),
            ("$99,999.99".to_owned(), "$100,000".to_owned())
        );
        assert_eq!(short(123_456_789, "JPY"), "\u{a5}123,456,789");
    }
}
