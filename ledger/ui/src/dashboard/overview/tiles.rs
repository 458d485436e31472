//! The figures beside the overview's funnel, formatted for display, each compared with an earlier period.

use super::figures::{Day, Figures, Money, change, count, number};
use kit::page::{
    address::Address,
    chart::funnel::{self, Step},
};
use rules::{
    exchange_rate::total::Total,
    figures::{average_amount, conversion_rate},
    format,
};

pub(super) const NOTHING: &str = "\u{2013}";
/// `$99,999.99`.
const CHARS_MAX: usize = 10;

/// One of the figures.
#[derive(Debug)]
pub(super) struct Tile {
    pub name: &'static str,
    /// Identifies the tile for scripts and tests.
    pub key: &'static str,
    /// What the figure is, and at which rates it was converted.
    pub about: String,
    /// One line, or one per currency.
    pub lines: Vec<Line>,
    /// All currencies together in the home currency: `≈ $1,204.50`. `None` if there is no rate; `about` says so.
    pub home: Option<String>,
}

impl Tile {
    fn new(name: &'static str, key: &'static str, about: &str, lines: Vec<Line>) -> Self {
        Self { name, key, about: about.to_owned(), lines, home: None }
    }

    /// Adds the sum in the home currency.
    fn with_home(self, total: Option<Total>) -> Self {
        let Some(total) = total else { return self };
        Self { about: explained(&self.about, &total), home: total.line(), ..self }
    }
}

/// What a figure is, and at which rates it was converted.
pub(super) fn explained(about: &str, total: &Total) -> String {
    let end = if about.ends_with('.') { "" } else { "." };
    format!("{about}{end} {}", total.hint())
}

#[derive(Debug)]
pub(super) struct Line {
    pub figure: String,
    pub change: Option<(String, bool)>,
}

/// A currency that the revenue chart can show.
#[derive(Debug)]
pub(super) struct Choice {
    pub code: String,
    pub href: String,
    pub here: bool,
}

/// `active` is the number of affiliates with a click or a sale, if it is counted. It has no comparison: counting the
/// earlier period too would take too long.
pub(super) fn tiles(figures: &Figures, active: Option<i64>) -> Vec<Tile> {
    let (now, before) = (&figures.sum, &figures.earlier_sum);
    let rate = |day: &Day| per_click(sales(day), day);
    let rate_line = Line {
        figure: conversion_rate(sales(now), now.clicks).map_or_else(|| NOTHING.to_owned(), |rate| rate.to_string()),
        change: change(rate(now), rate(before)),
    };
    let commissions = figures.in_home(|money| money.commission);
    let converted = commissions.as_ref().filter(|total| total.line().is_some());
    let home_epc = converted
        .and_then(|total| average_amount(total.amount.minor, now.clicks, total.amount.currency.code()))
        .map(|average| format!("\u{2248}\u{a0}{average}"));
    let epc = Tile::new("EPC", "epc", "Earnings per click: commissions divided by clicks", epc_lines(figures))
        .with_home(commissions.clone());
    let earned = money_lines(figures, &|money| money.commission);
    let mut tiles = vec![
        Tile::new("Conversion rate", "rate", "First sales divided by clicks", vec![rate_line]),
        Tile { home: home_epc, ..epc },
        Tile::new("Commissions", "commissions", "What affiliates earned from these sales", earned)
            .with_home(commissions),
    ];
    tiles.extend(active.map(|active| {
        let line = Line { figure: count(active), change: None };
        Tile::new("Active affiliates", "active", "Affiliates with at least one click or sale", vec![line])
    }));
    tiles
}

/// Sales that came from clicks: a renewal needs no new click.
const fn sales(day: &Day) -> i64 {
    day.conversions - day.renewals
}

/// A figure divided by the day's clicks, for comparing: not rounded, and no number without clicks.
const fn per_click(figure: i64, day: &Day) -> f64 {
    if day.clicks > 0 { number(figure) / number(day.clicks) } else { f64::NAN }
}

/// Formats an amount, without cents if it is too long for a tile.
pub(super) fn short(amount: i64, currency: &str) -> String {
    shortened(format::money(amount, currency))
}

fn shortened(amount: String) -> String {
    match amount.rsplit_once('.') {
        Some((units, _)) if amount.chars().count() > CHARS_MAX => units.to_owned(),
        _ => amount,
    }
}

/// One line of an amount per currency, and at least one.
pub(super) fn money_lines(figures: &Figures, of: &dyn Fn(&Money) -> i64) -> Vec<Line> {
    lines(figures, |currency| {
        let (now, before) = (of(&figures.sum.of(currency)), of(&figures.earlier_sum.of(currency)));
        Line { figure: short(now, currency), change: change(number(now), number(before)) }
    })
}

fn epc_lines(figures: &Figures) -> Vec<Line> {
    lines(figures, |currency| {
        let earned = |day: &Day| day.of(currency).commission;
        let (now, before) = (&figures.sum, &figures.earlier_sum);
        let shown = average_amount(earned(now), now.clicks, currency);
        Line {
            figure: shown.map_or_else(|| NOTHING.to_owned(), shortened),
            change: change(per_click(earned(now), now), per_click(earned(before), before)),
        }
    })
}

/// One line per currency, and at least one.
fn lines(figures: &Figures, line: impl Fn(&str) -> Line) -> Vec<Line> {
    let lines: Vec<Line> = figures.currencies().iter().map(|currency| line(currency)).collect();
    if lines.is_empty() {
        return vec![Line { figure: NOTHING.to_owned(), change: None }];
    }
    lines
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
    use engine::figures::{Clicks, Sold};
    use kit::{
        api::query::Query,
        page::{span::Span, zone::Zone},
    };
    use rules::exchange_rate::{
        rate::Rate,
        total::{DatedRate, Rates},
    };
    use shared::timestamp::Timestamp;
    use time::Date;

    fn span(text: &str) -> Span {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        Span::read(&mut Query::parse(text).unwrap(), &Zone::utc(), now).unwrap()
    }

    fn figures(span: &Span) -> Figures {
        let at = span.days();
        let clicks = [Clicks { day: 0, clicks: 100 }, Clicks { day: at, clicks: 200 }];
        let sold = |day, conversions, renewals| {
            let currency = "USD".to_owned();
            Sold { day, currency, conversions, renewals, leads: 0, revenue: 10_000, commission: 2_000 }
        };
        Figures::of(span, &clicks, &[sold(0, 1, 0), sold(at, 5, 1)])
    }

    fn tile<'a>(tiles: &'a [Tile], key: &str) -> &'a Line {
        &tiles.iter().find(|tile| tile.key == key).unwrap().lines[0]
    }

    #[test]
    fn figures_stand_against_those_before() {
        let all = tiles(&figures(&span("span=7d")), Some(3));
        let read = |key| (tile(&all, key).figure.clone(), tile(&all, key).change.clone().map(|(text, _)| text));
        assert_eq!(read("epc"), ("$0.10".to_owned(), Some("\u{2212}50%".to_owned())));
        assert_eq!(read("rate"), ("2.0%".to_owned(), Some("+100%".to_owned())));
        assert_eq!(read("commissions").0, "$20.00");
        assert_eq!(read("active"), ("3".to_owned(), None));
        let nothing = tiles(&Figures::of(&span("span=7d"), &[], &[]), None);
        assert!(nothing.iter().all(|tile| tile.key != "active"), "it isn't counted under filters");
        assert_eq!(tile(&nothing, "commissions").figure, NOTHING);
        assert_eq!(tile(&nothing, "rate").figure, NOTHING);
    }

    #[test]
    fn earnings_per_click_are_compared_as_they_are() {
        let span = span("span=7d");
        let epc = |before, now| {
            let sold = |day, commission| {
                let currency = "USD".to_owned();
                Sold { day, currency, conversions: 1, renewals: 0, leads: 0, revenue: 100_000, commission }
            };
            let clicks = [Clicks { day: 0, clicks: 10_000 }, Clicks { day: span.days(), clicks: 10_000 }];
            let figures = Figures::of(&span, &clicks, &[sold(0, before), sold(span.days(), now)]);
            let all = tiles(&figures, None);
            let line = tile(&all, "epc");
            (line.figure.clone(), line.change.clone().map(|(text, _)| text).unwrap_or_default())
        };
        let shown = |figure: &str, change: &str| (figure.to_owned(), change.to_owned());
        assert_eq!(epc(24_000, 26_000), shown("$0.03", "+8%"));
        assert_eq!(epc(6_000, 4_000), shown("<$0.01", "\u{2212}33%"));
    }

    #[test]
    fn several_currencies_are_also_read_in_the_home_currency() {
        let span = span("span=7d");
        let row = |currency: &str, revenue| {
            let currency = currency.to_owned();
            Sold { day: span.days(), currency, conversions: 1, renewals: 0, leads: 0, revenue, commission: revenue / 5 }
        };
        let (rate, day) = (Rate::parse("1.0834").unwrap(), Date::from_ordinal_date(2026, 324).unwrap());
        let dated = DatedRate { rate, day, source: Some("ECB".to_owned()) };
        let rates = Rates { home: "USD".parse().unwrap(), rates: [("EUR".parse().unwrap(), dated)].into() };
        let of = |sold: &[Sold]| {
            let clicks = [Clicks { day: span.days(), clicks: 100 }];
            Figures { home: Some(rates.clone()), ..Figures::of(&span, &clicks, sold) }
        };
        let all = tiles(&of(&[row("USD", 10_000), row("EUR", 10_000)]), None);
        // 20.00 + 20.00 x 1.0834 = 41.668, over 100 clicks.
        let home = |key: &str| all.iter().find(|tile| tile.key == key).unwrap();
        assert_eq!(home("commissions").home.as_deref(), Some("\u{2248}\u{a0}$41.67"));
        assert_eq!(home("epc").home.as_deref(), Some("\u{2248}\u{a0}$0.42"));
        assert!(home("commissions").about.ends_with("sales. Converted to USD at the rates of 20 Nov 2026 (ECB)."));
        assert_eq!(home("rate").home, None);
        let few = tiles(&of(&[row("EUR", 500)]), None);
        assert_eq!(few.iter().find(|tile| tile.key == "epc").unwrap().home.as_deref(), Some("\u{2248}\u{a0}$0.01"));
        let fewer = tiles(&of(&[row("EUR", 100)]), None);
        assert_eq!(fewer.iter().find(|tile| tile.key == "epc").unwrap().home.as_deref(), Some("\u{2248}\u{a0}<$0.01"));
        let own = tiles(&of(&[row("USD", 10_000)]), None);
        assert!(own.iter().all(|tile| tile.home.is_none()), "nothing is converted");
        let unrated = tiles(&of(&[row("AED", 10_000)]), None);
        assert!(unrated.iter().all(|tile| tile.home.is_none()), "there is no rate");
        let commissions = unrated.iter().find(|tile| tile.key == "commissions").unwrap();
        assert!(commissions.about.ends_with("AED has no rate to USD and isn\u{2019}t included."));
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
