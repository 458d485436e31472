//! The overview's figures: each day of a period, and of an earlier one for comparison.

use std::collections::BTreeMap;

use engine::figures::{Clicks, Sold};
use kit::page::span::Span;
use rules::{
    exchange_rate::total::{Rates, Total},
    format,
};
use shared::money::Money as Amount;

/// Maximum currencies shown.
const CURRENCIES_MAX: usize = 5;

/// Figures of one day, or of several days together.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(super) struct Day {
    pub clicks: i64,
    pub leads: i64,
    pub conversions: i64,
    pub renewals: i64,
    /// Revenue and commissions by currency.
    pub money: BTreeMap<String, Money>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Money {
    pub conversions: i64,
    pub revenue: i64,
    pub commission: i64,
}

impl Day {
    pub(super) fn of(&self, currency: &str) -> Money {
        self.money.get(currency).copied().unwrap_or_default()
    }

    fn add(&mut self, other: &Self) {
        self.clicks += other.clicks;
        self.leads += other.leads;
        self.conversions += other.conversions;
        self.renewals += other.renewals;
        for (currency, money) in &other.money {
            let sum = self.money.entry(currency.clone()).or_default();
            sum.conversions += money.conversions;
            sum.revenue = sum.revenue.saturating_add(money.revenue);
            sum.commission = sum.commission.saturating_add(money.commission);
        }
    }
}

/// A period day by day, its total, and the same for the equally long period that it is compared with.
#[derive(Debug)]
pub(super) struct Figures {
    pub days: Vec<Day>,
    pub sum: Day,
    pub earlier: Vec<Day>,
    pub earlier_sum: Day,
    /// The organization's own currency, if it has set one, and the rates to it.
    pub home: Option<Rates>,
}

impl Figures {
    /// Day numbers in `clicks` and `sold` start at the first day of the earlier period, which is equally long.
    pub(super) fn of(span: &Span, clicks: &[Clicks], sold: &[Sold]) -> Self {
        let length = usize::try_from(span.days()).unwrap_or_default();
        let mut all = vec![Day::default(); length * 2];
        let mut day = |number: i32, change: &dyn Fn(&mut Day)| {
            usize::try_from(number).ok().and_then(|number| all.get_mut(number)).map(change)
        };
        for row in clicks {
            day(row.day, &|day| day.clicks += row.clicks);
        }
        for row in sold {
            day(row.day, &|day| {
                day.conversions += row.conversions;
                day.renewals += row.renewals;
                day.leads += row.leads;
                let sum = day.money.entry(row.currency.clone()).or_default();
                sum.conversions += row.conversions;
                sum.revenue = sum.revenue.saturating_add(row.revenue);
                sum.commission = sum.commission.saturating_add(row.commission);
            });
        }
        let days = all.split_off(length);
        Self { sum: sum(&days), days, earlier_sum: sum(&all), earlier: all, home: None }
    }

    /// Whether neither period has a figure.
    pub(super) fn is_empty(&self) -> bool {
        self.sum == Day::default() && self.earlier_sum == Day::default()
    }

    /// The sum of all currencies in the home currency, if a part of it has another one.
    pub(super) fn in_home(&self, of: impl Fn(&Money) -> i64) -> Option<Total> {
        let amounts = self.sum.money.iter();
        let amounts = amounts.filter_map(|(code, money)| Some(Amount::new(of(money), code.parse().ok()?)));
        Some(self.home.as_ref()?.total(amounts)).filter(|total| total.is_converted)
    }

    /// Currencies with an amount in either period, so that one in which nothing is sold any longer shows its fall: the
    /// home currency first, if this period has an amount in it, then the most used.
    pub(super) fn currencies(&self) -> Vec<String> {
        let worth = |money: &Money| money.revenue != 0 || money.commission != 0 || money.conversions != 0;
        let is_first = |name: &str| {
            let is_home = self.home.as_ref().is_some_and(|rates| rates.home.code() == name);
            is_home && self.sum.money.get(name).is_some_and(worth)
        };
        let mut conversions: BTreeMap<&String, i64> = BTreeMap::new();
        let amounts = self.sum.money.iter().chain(&self.earlier_sum.money);
        for (name, money) in amounts.filter(|(_, money)| worth(money)) {
            *conversions.entry(name).or_default() += money.conversions;
        }
        let mut found: Vec<(bool, i64, &String)> =
            conversions.into_iter().map(|(name, count)| (!is_first(name), -count, name)).collect();
        found.sort_unstable();
        found.into_iter().map(|(.., name)| name.clone()).take(CURRENCIES_MAX).collect()
    }
}

fn sum(days: &[Day]) -> Day {
    days.iter().fold(Day::default(), |mut sum, day| {
        sum.add(day);
        sum
    })
}

/// Groups days into steps, counted from the last day, so that only the first step may be shorter.
pub(super) fn steps(days: &[Day], step: usize) -> Vec<Day> {
    let step = step.max(1);
    let (head, rest) = days.split_at(days.len() % step);
    let first = (!head.is_empty()).then(|| sum(head));
    first.into_iter().chain(rest.chunks(step).map(sum)).collect()
}

/// From this percentage on, a multiple is easier to read.
const TIMES_FROM: f64 = 1_000.0;

/// Formats a figure's change against the one before, and returns whether it is better. `None` if there is nothing to
/// compare with.
pub(super) fn change(now: f64, before: f64) -> Option<(String, bool)> {
    if before <= 0.0 || !now.is_finite() || !before.is_finite() {
        return None;
    }
    let percent = ((now - before) / before * 100.0).round();
    let text = if percent >= TIMES_FROM {
        format!("{:.0}\u{d7}", now / before)
    } else if percent == 0.0 {
        "\u{b1}0%".to_owned()
    } else if percent < 0.0 {
        format!("\u{2212}{:.0}%", -percent)
    } else {
        format!("+{percent:.0}%")
    };
    Some((text, percent >= 0.0))
}

/// Converts a figure, possibly negative, for drawing and comparing.
#[expect(clippy::cast_precision_loss, reason = "for a rate with two digits")]
pub(super) const fn number(figure: i64) -> f64 {
    figure as f64
}

/// `1,204`.
pub(super) fn count(figure: i64) -> String {
    format::count(u64::try_from(figure).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::{api::query::Query, page::zone::Zone};
    use shared::timestamp::Timestamp;

    fn week() -> Span {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        Span::read(&mut Query::parse("span=7d").unwrap(), &Zone::utc(), now).unwrap()
    }

    fn sold(day: i32, currency: &str, conversions: i64, revenue: i64) -> Sold {
        let currency = currency.to_owned();
        Sold { day, currency, conversions, renewals: 0, leads: 1, revenue, commission: revenue / 5 }
    }

    #[test]
    fn a_span_stands_beside_the_days_before_it() {
        let clicks = [Clicks { day: 0, clicks: 3 }, Clicks { day: 7, clicks: 5 }, Clicks { day: 13, clicks: 7 }];
        let rows =
            || vec![sold(6, "EUR", 1, 500), sold(13, "USD", 1, 900), sold(13, "EUR", 2, 100), sold(14, "GBP", 9, 9)];
        let figures = Figures::of(&week(), &clicks, &rows());
        assert_eq!((figures.sum.clicks, figures.earlier_sum.clicks), (12, 3));
        assert_eq!((figures.days[0].clicks, figures.days[6].clicks, figures.earlier[6].of("EUR").revenue), (5, 7, 500));
        assert_eq!((figures.sum.conversions, figures.sum.leads, figures.sum.of("USD").commission), (3, 2, 180));
        assert_eq!(figures.currencies(), ["EUR", "USD"], "the most used first");
        let at_home = |home: &str, rows: &[Sold]| {
            let home = Some(Rates { home: home.parse().unwrap(), rates: BTreeMap::new() });
            Figures { home, ..Figures::of(&week(), &[], rows) }.currencies()
        };
        assert_eq!(at_home("USD", &rows()), ["USD", "EUR"]);
        assert_eq!(at_home("CHF", &rows()), ["EUR", "USD"], "nothing was sold in it");
        let fell = [sold(6, "EUR", 1, 2_000), sold(13, "USD", 5, 1_000_000)];
        assert_eq!(at_home("EUR", &fell), ["USD", "EUR"], "nothing is sold in it any longer");
    }

    #[test]
    fn without_an_earlier_period_nothing_has_changed() {
        let figures = Figures::of(&week(), &[Clicks { day: 8, clicks: 5 }], &[sold(13, "USD", 1, 900)]);
        assert_eq!((figures.sum.clicks, figures.earlier_sum.clone()), (5, Day::default()));
        assert_eq!(change(number(figures.sum.clicks), number(figures.earlier_sum.clicks)), None);
    }

    #[test]
    fn weeks_are_counted_from_the_last_day() {
        let days: Vec<Day> = (1..=10).map(|clicks| Day { clicks, ..Day::default() }).collect();
        let weeks: Vec<i64> = steps(&days, 7).iter().map(|week| week.clicks).collect();
        assert_eq!(weeks, [6, 49]);
        assert_eq!(steps(&days, 1), days);
        assert!(steps(&[], 7).is_empty());
    }

    #[test]
    fn a_change_says_which_way() {
        let text = |now, before| change(now, before);
        assert_eq!(text(112.0, 100.0), Some(("+12%".to_owned(), true)));
        assert_eq!(text(50.0, 100.0), Some(("\u{2212}50%".to_owned(), false)));
        assert_eq!(text(1000.0, 1001.0), Some(("\u{b1}0%".to_owned(), true)));
        assert_eq!(text(1_100.0, 100.0), Some(("11\u{d7}".to_owned(), true)));
        assert_eq!(text(1_099.0, 100.0), Some(("+999%".to_owned(), true)));
        assert_eq!(text(1e6, 1.0), Some(("1000000\u{d7}".to_owned(), true)));
        assert_eq!((text(5.0, 0.0), text(f64::NAN, 1.0)), (None, None));
    }
}
