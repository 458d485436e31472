//! The differences between a period and the one that it is compared with: our own list, from the page's figures. Pure.

use rules::format;

use super::{
    contributions::Contribution,
    figures::{Figures, Money, change, count, number},
};

/// What each kind of part contributes to the list.
const PARTS_MAX: usize = 3;

/// A figure in both periods, as text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Difference {
    pub figure: String,
    pub now: String,
    pub before: String,
    /// `−$1,200.50`.
    pub change: String,
    /// `−50%`; empty if there is nothing to compare with.
    pub percent: String,
    pub is_better: bool,
    size: u64,
}

impl Difference {
    fn of(figure: String, (now, before): (i64, i64), text: impl Fn(i64) -> String) -> Self {
        let size = now.abs_diff(before);
        let sign = if now < before { "\u{2212}" } else { "+" };
        let change_text = text(i64::try_from(size).unwrap_or(i64::MAX));
        Self {
            figure,
            now: text(now),
            before: text(before),
            change: if size == 0 { change_text } else { format!("{sign}{change_text}") },
            percent: change(number(now), number(before)).map(|(percent, _)| percent).unwrap_or_default(),
            is_better: now >= before,
            size,
        }
    }

    fn counted(figure: &str, both: (i64, i64)) -> Self {
        Self::of(figure.to_owned(), both, count)
    }

    fn money(figure: &str, both: (i64, i64), currency: &str) -> Self {
        Self::of(format!("{figure} ({currency})"), both, |minor| format::money(minor, currency))
    }

    /// In one line, for the model.
    pub(super) fn line(&self) -> String {
        let percent = if self.percent.is_empty() { String::new() } else { format!(" ({})", self.percent) };
        format!("{}: {}, before {}, change {}{percent}", self.figure, self.now, self.before, self.change)
    }
}

/// The whole: clicks, leads, sales, and money by currency.
pub(super) fn totals(figures: &Figures, currencies: &[String]) -> Vec<Difference> {
    let (now, before) = (&figures.sum, &figures.earlier_sum);
    let money = |figure: &str, of: fn(&Money) -> i64| {
        let both = currencies.iter().map(|code| (code, (of(&now.of(code)), of(&before.of(code)))));
        both.map(|(code, both)| Difference::money(figure, both, code)).collect::<Vec<_>>()
    };
    let counted = [
        Difference::counted("Clicks", (now.clicks, before.clicks)),
        Difference::counted("Leads", (now.leads, before.leads)),
        Difference::counted("Conversions", (now.conversions, before.conversions)),
        Difference::counted("Renewals", (now.renewals, before.renewals)),
    ];
    let all = money("Revenue", |money| money.revenue).into_iter().chain(counted);
    all.chain(money("Commissions", |money| money.commission))
        .filter(|one| one.size > 0 || !matches!(one.figure.as_str(), "Leads" | "Renewals"))
        .collect()
}

/// What a part contributes: its revenue in that currency, or its clicks if it brought none. `None` if nothing changed.
pub(super) fn of_part(part: &Contribution, currency: Option<&str>) -> Option<Difference> {
    let difference = match currency {
        Some(code) if part.revenue != (0, 0) => Difference::money("Revenue", part.revenue, code),
        _ => Difference::counted("Clicks", part.clicks),
    };
    Some(difference).filter(|one| one.size > 0)
}

/// A part of the whole: an affiliate, a program, a country or a source.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub kind: &'static str,
    pub name: String,
    /// The overview with this part as a filter.
    pub href: String,
    pub difference: Difference,
}

/// The parts of one kind that changed most: those with a change of revenue first.
pub(super) fn largest(mut parts: Vec<Part>) -> Vec<Part> {
    parts.sort_by_key(|part| (part.difference.figure == "Clicks", std::cmp::Reverse(part.difference.size)));
    parts.truncate(PARTS_MAX);
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::overview::figures::Day;

    fn figures(now: (i64, i64), before: (i64, i64)) -> Figures {
        let day = |(clicks, revenue): (i64, i64)| {
            let money = Money { conversions: 1, revenue, commission: 0 };
            let money = if revenue == 0 { [].into() } else { [("USD".to_owned(), money)].into() };
            Day { clicks, money, ..Day::default() }
        };
        Figures { days: Vec::new(), sum: day(now), earlier: Vec::new(), earlier_sum: day(before), home: None }
    }

    /// Each with clicks and revenue.
    fn contribution(now: (i64, i64), before: (i64, i64)) -> Contribution {
        Contribution { clicks: (now.0, before.0), revenue: (now.1, before.1) }
    }

    #[test]
    fn totals_are_in_words() {
        let all = totals(&figures((10, 120_000), (20, 240_050)), &["USD".to_owned()]);
        let lines: Vec<String> = all.iter().map(Difference::line).collect();
        let expected = [
            "Revenue (USD): $1,200.00, before $2,400.50, change \u{2212}$1,200.50 (\u{2212}50%)",
            "Clicks: 10, before 20, change \u{2212}10 (\u{2212}50%)",
            "Conversions: 0, before 0, change 0",
            "Commissions (USD): $0.00, before $0.00, change $0.00",
        ];
        assert_eq!(lines, expected);
        assert!(!all[0].is_better && all[2].is_better);
    }

    #[test]
    fn a_part_has_its_revenue_or_else_its_clicks() {
        let part = |now, before| of_part(&contribution(now, before), Some("USD")).map(|one| one.line());
        assert_eq!(
            part((5, 0), (9, 900)).as_deref(),
            Some("Revenue (USD): $0.00, before $9.00, change \u{2212}$9.00 (\u{2212}100%)")
        );
        assert_eq!(part((5, 0), (0, 0)).as_deref(), Some("Clicks: 5, before 0, change +5"));
        assert_eq!(part((5, 0), (5, 0)), None);
    }

    #[test]
    fn the_largest_changes_come_first() {
        let part = |name: &str, now, before| Part {
            kind: "Affiliate",
            name: name.to_owned(),
            href: String::new(),
            difference: of_part(&contribution(now, before), Some("USD")).unwrap(),
        };
        let parts = vec![
            part("clicks", (900, 0), (0, 0)),
            part("small", (0, 500), (0, 400)),
            part("large", (0, 100), (0, 900)),
            part("middle", (0, 100), (0, 500)),
        ];
        let names: Vec<String> = largest(parts).into_iter().map(|part| part.name).collect();
        assert_eq!(names, ["large", "middle", "small"]);
    }
}
