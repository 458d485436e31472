//! Decides which published rates are used at once.
//!
//! A rate that differs from the one before by more than a fifth is far more often a mistake than news: it is held, and
//! the one before stays in use. The next day's rate decides. If it is close to the held one, both are used; if it is
//! close to the one before, the held one stays unused.

use std::collections::BTreeMap;

use shared::money::Currency;
use time::Date;

use super::{ecb::DayRates, rate::Rate};

/// What is known of a currency when the next day's rate comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    /// The newest rate in use.
    pub used: Rate,
    /// A later one that is held, with its day.
    pub held: Option<(Date, Rate)>,
}

/// A day's rate of a currency, and what becomes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admitted {
    pub currency: Currency,
    pub day: Date,
    pub rate: Rate,
    pub held: bool,
    /// The day of a held rate that this one confirms.
    pub confirms: Option<Date>,
}

/// Decides about one day, which is later than all that is known, and adds it to `known`.
pub fn admit(known: &mut BTreeMap<Currency, Known>, day: &DayRates) -> Vec<Admitted> {
    let mut admitted = Vec::with_capacity(day.rates.len());
    for (currency, rate) in &day.rates {
        let before = known.get(currency);
        let close = before.is_none_or(|before| !is_jump(&before.used, rate));
        let confirmed = before.and_then(|before| before.held.as_ref()).filter(|(_, held)| !is_jump(held, rate));
        let confirms = confirmed.filter(|_| !close).map(|(day, _)| *day);
        let held = !close && confirms.is_none();
        let now = match before {
            Some(before) if held => Known { held: Some((day.day, rate.clone())), ..before.clone() },
            _ => Known { used: rate.clone(), held: None },
        };
        known.insert(*currency, now);
        admitted.push(Admitted { currency: *currency, day: day.day, rate: rate.clone(), held, confirms });
    }
    admitted
}

/// Whether the second rate is more than a fifth above or below the first.
fn is_jump(before: &Rate, now: &Rate) -> bool {
    (now.parts() - before.parts()).abs() * 5 > before.parts()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds these rates of the dollar on successive days; returns which days are used in the end.
    fn used(rates: &[&str]) -> Vec<bool> {
        let (mut known, mut held) = (BTreeMap::new(), BTreeMap::new());
        let mut day = Date::from_ordinal_date(2026, 300).unwrap();
        for rate in rates {
            let rates = [(Currency::USD, Rate::parse(rate).unwrap())].into();
            for one in admit(&mut known, &DayRates { day, rates }) {
                held.insert(one.day, one.held);
                if let Some(confirmed) = one.confirms {
                    assert_eq!(held.insert(confirmed, false), Some(true), "only what was held is confirmed");
                }
            }
            day = day.next_day().unwrap();
        }
        held.into_values().map(|held| !held).collect()
    }

    #[test]
    fn a_jump_waits_for_the_next_day() {
        assert_eq!(used(&["1.00", "1.20", "0.96"]), [true, true, true], "exactly a fifth is no jump");
        assert_eq!(used(&["1.00", "1.21"]), [true, false]);
        assert_eq!(used(&["1.00", "0.79"]), [true, false]);
        assert_eq!(used(&["1.00", "1.30", "1.31"]), [true, true, true], "the next day confirms it");
        assert_eq!(used(&["1.00", "10.0", "1.01"]), [true, false, true], "it was a mistake");
        assert_eq!(used(&["1.00", "1.30", "1.70", "1.71"]), [true, false, true, true], "a second jump waits, too");
        assert_eq!(used(&["1.00", "1.30", "1.15"]), [true, false, true], "close to both: nothing jumped");
    }

    #[test]
    fn the_first_rate_of_a_currency_has_nothing_to_differ_from() {
        assert_eq!(used(&["19000.5"]), [true]);
    }
}
