//! Adds amounts of several currencies up in one.

use std::collections::BTreeMap;

use shared::money::{Currency, Money};
use time::{Date, macros::format_description};

use super::rate::Rate;
use crate::format;

/// What stands for a sum of which no amount has a rate.
const NO_RATE: &str = "\u{2013}";

/// A rate to the currency that amounts are converted to, with the day and source that it is from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DatedRate {
    pub rate: Rate,
    /// For a rate through the euro, the older one of the two.
    pub day: Date,
    pub source: Option<String>,
}

/// The rates to one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rates {
    pub home: Currency,
    pub rates: BTreeMap<Currency, DatedRate>,
}

/// A sum in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Total {
    pub amount: Money,
    /// Whether a part of it had another currency.
    pub is_converted: bool,
    /// The days of the oldest and the newest rate used.
    pub days: Option<(Date, Date)>,
    /// Where these rates come from.
    pub sources: Vec<String>,
    /// Currencies without a rate: their amounts are not in the sum.
    pub missing: Vec<Currency>,
}

impl Rates {
    /// The rate of a currency, unless it is the home currency.
    pub fn of(&self, currency: Currency) -> Option<&DatedRate> {
        self.rates.get(&currency).filter(|_| currency != self.home)
    }

    /// Converts one amount: rounded to the nearest minor unit, an exact half away from zero. `None` without a rate.
    pub fn convert(&self, amount: Money) -> Option<Money> {
        if amount.currency == self.home {
            return Some(amount);
        }
        let rate = &self.rates.get(&amount.currency)?.rate;
        Some(Money::new(rate.convert(amount.minor, amount.currency, self.home)?, self.home))
    }

    /// Adds amounts up. The sum of each currency is converted, and rounded, once. Zero needs no rate.
    pub fn total(&self, amounts: impl IntoIterator<Item = Money>) -> Total {
        let mut sums: BTreeMap<Currency, i64> = BTreeMap::new();
        for amount in amounts {
            let sum = sums.entry(amount.currency).or_default();
            *sum = sum.saturating_add(amount.minor);
        }
        let mut total = Total {
            amount: Money::zero(self.home),
            is_converted: false,
            days: None,
            sources: Vec::new(),
            missing: Vec::new(),
        };
        for (currency, minor) in sums.into_iter().filter(|(_, minor)| *minor != 0) {
            total.add(self, Money::new(minor, currency));
        }
        total
    }
}

impl Total {
    /// `≈ $1,204.50`; without the mark if nothing was converted, and a dash if no amount has a rate.
    pub fn text(&self) -> String {
        if self.days.is_none() && !self.missing.is_empty() {
            return NO_RATE.to_owned();
        }
        let amount = format::money(self.amount.minor, self.amount.currency.code());
        if self.is_converted { format!("\u{2248}\u{a0}{amount}") } else { amount }
    }

    /// The same, for a line of its own: `None` if no amount has a rate, where a dash would say nothing.
    pub fn line(&self) -> Option<String> {
        Some(self.text()).filter(|text| text != NO_RATE)
    }

    /// `Converted to USD at the rates of 20 Nov 2026 (ECB). AED has no rate and isn’t included.`; empty if nothing was
    /// converted.
    pub fn hint(&self) -> String {
        let date = |day: Date| {
            day.format(format_description!("[day padding:none] [month repr:short] [year]")).unwrap_or_default()
        };
        let home = self.amount.currency;
        let converted = self.days.map(|(old, new)| {
            let until = if old == new { String::new() } else { format!(" to {}", date(new)) };
            let from = if self.sources.is_empty() { String::new() } else { format!(" ({})", self.sources.join(", ")) };
            format!("Converted to {home} at the rates of {}{until}{from}.", date(old))
        });
        let codes: Vec<&str> = self.missing.iter().map(Currency::code).collect();
        let missing = match codes.as_slice() {
            [] => None,
            [one] => Some(format!("{one} has no rate to {home} and isn\u{2019}t included.")),
            many => Some(format!("{} have no rates to {home} and aren\u{2019}t included.", many.join(", "))),
        };
        converted.into_iter().chain(missing).collect::<Vec<_>>().join(" ")
    }

    fn add(&mut self, rates: &Rates, sum: Money) {
        let Some(converted) = rates.convert(sum) else {
            self.is_converted = true;
            return self.missing.push(sum.currency);
        };
        self.amount.minor = self.amount.minor.saturating_add(converted.minor);
        let Some(used) = rates.of(sum.currency) else { return };
        self.is_converted = true;
        self.days = Some(self.days.map_or((used.day, used.day), |(old, new)| (old.min(used.day), new.max(used.day))));
        let source = used.source.iter().filter(|source| !self.sources.contains(source));
        self.sources.extend(source.cloned().collect::<Vec<_>>());
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    fn day(ordinal: u16) -> Date {
        Date::from_ordinal_date(2026, ordinal).unwrap()
    }

    fn rates() -> Rates {
        let rate = |code: &str, rate: &str, on, source: &str| {
            (
                code.parse().unwrap(),
                DatedRate { rate: Rate::parse(rate).unwrap(), day: day(on), source: Some(source.into()) },
            )
        };
        let all =
            [rate("EUR", "1.0834", 324, "ECB"), rate("JPY", "0.0064", 321, "ECB"), rate("KWD", "3.25", 300, "own")];
        Rates { home: Currency::USD, rates: all.into() }
    }

    #[test]
    fn each_currency_is_converted_once() {
        let total = rates().total([money(50, "EUR"), money(50, "EUR"), money(1_000, "JPY"), money(100, "USD")]);
        // 1.00 x 1.0834 = 1.08; 1000 x 0.0064 = 6.40; 1.00.
        assert_eq!((total.amount, total.is_converted), (money(848, "USD"), true));
        assert_eq!((total.days, total.sources), (Some((day(321), day(324))), vec!["ECB".to_owned()]));
    }

    #[test]
    fn what_has_no_rate_is_said_and_left_out() {
        let total = rates().total([money(100, "USD"), money(1, "AED"), money(0, "SAR")]);
        assert_eq!((total.amount, total.is_converted), (money(100, "USD"), true));
        assert_eq!(total.missing, ["AED".parse().unwrap()]);
        let own = rates().total([money(100, "USD"), money(0, "EUR")]);
        assert_eq!((own.is_converted, own.days, own.missing.len()), (false, None, 0));
    }

    #[test]
    fn what_people_read() {
        let read = |amounts: &[Money]| {
            let total = rates().total(amounts.iter().copied());
            (total.text(), total.hint())
        };
        assert_eq!(read(&[money(100, "USD")]), ("$1.00".into(), String::new()));
        let one = read(&[money(100, "USD"), money(100, "EUR")]);
        assert_eq!(one, ("\u{2248}\u{a0}$2.08".into(), "Converted to USD at the rates of 20 Nov 2026 (ECB).".into()));
        let (text, hint) = read(&[money(-100, "JPY"), money(1_000, "KWD"), money(1, "AED"), money(1, "SAR")]);
        assert_eq!(text, "\u{2248}\u{a0}$2.61");
        let days = "Converted to USD at the rates of 27 Oct 2026 to 17 Nov 2026 (ECB, own).";
        assert_eq!(hint, format!("{days} AED, SAR have no rates to USD and aren\u{2019}t included."));
        let none = ("\u{2013}".into(), "AED has no rate to USD and isn\u{2019}t included.".into());
        assert_eq!(read(&[money(1, "AED")]), none);
        let line = |amount| rates().total([amount]).line();
        assert_eq!((line(money(1, "AED")), line(money(100, "EUR"))), (None, Some("\u{2248}\u{a0}$1.08".into())));
    }

    proptest! {
        /// However the amounts are split, the total is the same, and at most half a unit per currency off.
        #[test]
        fn the_order_and_the_parts_dont_matter(
            amounts in prop::collection::vec((-1_000_000_000_i64..1_000_000_000, 0_usize..4), 0..12), at: prop::sample::Index,
        ) {
            let codes = ["EUR", "JPY", "KWD", "USD"];
            let amounts: Vec<Money> = amounts.into_iter().map(|(minor, code)| money(minor, codes[code])).collect();
            let whole = rates().total(amounts.clone());
            let mut turned = amounts.clone();
            turned.rotate_left(at.index(amounts.len() + 1).min(amounts.len()));
            prop_assert_eq!(&whole, &rates().total(turned));
            let single: i64 = amounts.iter().map(|amount| rates().convert(*amount).unwrap().minor).sum();
            let off = i64::try_from(amounts.len()).unwrap() + 4;
            prop_assert!((whole.amount.minor - single).abs() <= off);
        }
    }
}
