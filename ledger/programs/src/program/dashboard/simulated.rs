//! The results of a simulation for display: totals, cumulative charts, and sales with their calculations. Pure.

use shared::{
    money::{Currency, Money},
    timestamp::Timestamp,
};

use crate::program::simulate_view::{SimulatedCommission, SimulatedConversion, SimulatedTotal};
use identity::page::frame::Frame;
use kit::{
    page::chart::plot::{Chart, Point, Series, Tone},
    text::Texts,
};
use rules::{commission::simulate::Days, format};

const DAY_MS: i64 = 86_400_000;
/// Longer periods are drawn by week.
const DAILY_MAX: usize = 120;
const WEEK: usize = 7;

#[derive(Debug)]
pub(super) struct Total {
    pub(super) now: String,
    pub(super) drafted: String,
    pub(super) difference: String,
    /// The relative difference, in percent of what is paid now.
    pub(super) change: String,
    pub(super) more: bool,
    pub(super) same: bool,
}

#[derive(Debug)]
pub(super) struct SaleView {
    pub(super) name: String,
    pub(super) when: String,
    pub(super) amount: String,
    pub(super) now: Vec<(String, String)>,
    pub(super) drafted: Vec<(String, String)>,
}

/// `$5.00 + €2.00`; a dash if empty.
pub(super) fn amounts(earned: &[Money]) -> String {
    if earned.is_empty() {
        return "\u{2013}".to_owned();
    }
    let texts: Vec<String> = earned.iter().map(|money| format::money(money.minor, money.currency.code())).collect();
    texts.join(" + ")
}

pub(super) fn cumulated(figures: impl Iterator<Item = i64>) -> Vec<i64> {
    let add = |sum: &mut i64, figure: i64| {
        *sum = sum.saturating_add(figure);
        Some(*sum)
    };
    figures.scan(0_i64, add).collect()
}

pub(super) fn plot(title: &str, names: &[String], before: &[i64], after: &[i64], currency: Currency) -> Chart {
    let write = |minor: i64| format::money(minor, currency.code());
    let point =
        |(name, figure): (&String, &i64)| Point { when: name.clone(), tick: name.clone(), year: 0, figure: *figure };
    let points: Vec<Point> = names.iter().zip(after).map(point).collect();
    let end = |name: Option<&String>| name.cloned().unwrap_or_default();
    let period = format!("{} to {}", end(names.first()), end(names.last()));
    let series = Series::new(Texts::default(), title, Tone::Commissions, period, points).rising();
    series
        .beside(before.to_vec())
        .named("This plan", "Current plan")
        .draw(write, |minor| format::without_zeros(write(minor)))
}

/// Every `step`th of the points, counted from the last one.
fn thinned<T>(points: Vec<T>, step: usize) -> Vec<T> {
    let mut kept: Vec<T> = points.into_iter().rev().step_by(step).collect();
    kept.reverse();
    kept
}

pub(super) fn total(sum: &SimulatedTotal) -> Total {
    let money = |minor: i64| format::money(minor, &sum.currency);
    let difference = sum.difference_cents;
    let sign = if difference > 0 { "+" } else { "" };
    let change = difference.saturating_mul(1_000).checked_div(sum.current_cents).map(|tenths| {
        let sign = if difference < 0 { "\u{2212}" } else { "+" };
        format!("{sign}{}.{}%", (tenths / 10).unsigned_abs(), (tenths % 10).unsigned_abs())
    });
    Total {
        now: money(sum.current_cents),
        drafted: money(sum.simulated_cents),
        difference: format!("{sign}{}", money(difference)),
        change: change.unwrap_or_default(),
        more: difference > 0,
        same: difference == 0,
    }
}

/// Both plans, accumulated by day (UTC), in the currency with the largest total.
pub(super) fn over_time(by_day: &Days, totals: &[SimulatedTotal], (from, to): (Timestamp, Timestamp)) -> Option<Chart> {
    let first = totals.iter().max_by_key(|sum| sum.current_cents.max(sum.simulated_cents))?;
    let currency: Currency = first.currency.parse().ok()?;
    let days: Vec<i64> = (from.millis().div_euclid(DAY_MS)..=to.millis().div_euclid(DAY_MS)).collect();
    let of = |day: &i64| by_day.get(&(currency, *day)).copied().unwrap_or_default();
    let before = cumulated(days.iter().map(|day| of(day).current));
    let after = cumulated(days.iter().map(|day| of(day).simulated));
    let name = |day: &i64| Timestamp::from_millis(day * DAY_MS).map(format::day).unwrap_or_default();
    let names: Vec<String> = days.iter().map(name).collect();
    // Sums of every week are enough of a long period; the last day is always there.
    let step = if days.len() > DAILY_MAX { WEEK } else { 1 };
    let (names, before, after) = (thinned(names, step), thinned(before, step), thinned(after, step));
    Some(plot("Cumulative commissions", &names, &before, &after, currency))
}

pub(super) fn view(sale: &SimulatedConversion, frame: &Frame) -> SaleView {
    let lines = |earned: &[SimulatedCommission]| -> Vec<(String, String)> {
        earned.iter().map(|one| (format::money(one.amount_cents, &one.currency), one.reason.clone())).collect()
    };
    SaleView {
        name: sale.external_event_id.clone(),
        when: frame.zone.date(sale.occurred_at),
        amount: format::money(sale.amount_cents, &sale.currency),
        now: lines(&sale.current),
        drafted: lines(&sale.simulated),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_read_as_people_say_them() {
        let sum = |current_cents, simulated_cents| {
            let difference_cents = simulated_cents - current_cents;
            total(&SimulatedTotal { currency: "USD".to_owned(), current_cents, simulated_cents, difference_cents })
        };
        let more = sum(10_000, 12_550);
        assert_eq!((more.difference.as_str(), more.change.as_str()), ("+$25.50", "+25.5%"));
        let less = sum(10_000, 9_995);
        assert_eq!(
            (less.difference.as_str(), less.change.as_str(), less.more),
            ("\u{2212}$0.05", "\u{2212}0.0%", false)
        );
        assert_eq!(sum(0, 500).change, "");
        assert!(sum(7, 7).same);
    }

    #[test]
    fn both_lines_are_added_up() {
        assert_eq!(cumulated([5, 0, 7].into_iter()), [5, 5, 12]);
        assert_eq!(thinned((1..=10).collect(), 7), [3, 10]);
        assert_eq!(amounts(&[]), "\u{2013}");
        let both = [Money::new(500, Currency::USD), Money::new(20, "EUR".parse().unwrap())];
        assert_eq!(amounts(&both), "$5.00 + \u{20ac}0.20");
    }
}
