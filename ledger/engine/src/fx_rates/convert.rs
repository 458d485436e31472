//! Finds the rates to the home currency: the organization's own, and the European Central Bank's.
//!
//! For each currency, the rate of the latest day counts; of the same day, the organization's own. A rate between two
//! currencies other than the euro goes through the euro. A day without a rate, such as a weekend, uses the last earlier
//! one, whose day comes with it.

use std::collections::{BTreeMap, BTreeSet};

use shared::money::Currency;
use time::Date;

use super::{
    reference_store::{self, EuroRate},
    store::{self, StoredRate},
};
use identity::organization;
use kit::{compiled_once, db::TenantTx};
use rules::exchange_rate::{
    rate::Rate,
    total::{DatedRate, Rates},
};

/// The rates of some days, each to the home currency.
#[derive(Debug, Clone)]
pub struct RatesOfDays {
    days: BTreeMap<Date, Rates>,
    /// Of every other day.
    none: Rates,
}

impl RatesOfDays {
    /// The rates of a day.
    pub fn on(&self, day: Date) -> &Rates {
        self.days.get(&day).unwrap_or(&self.none)
    }
}

/// The rates of these currencies on a day. `None` if the organization has no home currency. Currencies without a rate
/// are left out.
pub async fn to_home(
    tx: &mut TenantTx,
    currencies: BTreeSet<Currency>,
    day: Date,
) -> Result<Option<Rates>, sqlx::Error> {
    let found = of_days(tx, currencies.into_iter().map(|currency| (currency, day)).collect()).await?;
    Ok(found.map(|mut found| found.days.remove(&day).unwrap_or(found.none)))
}

/// The rates of these currencies, each on its day. `None` if the organization has no home currency.
#[compiled_once]
pub async fn of_days(
    tx: &mut TenantTx,
    mut foreign: BTreeSet<(Currency, Date)>,
) -> Result<Option<RatesOfDays>, sqlx::Error> {
    let Some(home) = organization::store::home_currency(tx).await? else { return Ok(None) };
    let mut found = RatesOfDays { days: BTreeMap::new(), none: Rates { home, rates: BTreeMap::new() } };
    foreign.retain(|(currency, _)| *currency != home);
    if foreign.is_empty() {
        return Ok(Some(found));
    }
    let own = store::latest(tx, home, &foreign).await?;
    let with_home = foreign.iter().flat_map(|(currency, day)| [(*currency, *day), (home, *day)]).collect();
    let reference = reference_store::latest(tx.conn(), &with_home).await?;
    for (currency, day) in foreign {
        let published = through_euro(&reference, (currency, home), day);
        if let Some(rate) = later(own.get(&(currency, day)), published) {
            let rates = found.days.entry(day).or_insert_with(|| found.none.clone());
            rates.rates.insert(currency, rate);
        }
    }
    Ok(Some(found))
}

fn later(own: Option<&StoredRate>, published: Option<DatedRate>) -> Option<DatedRate> {
    let own = own.map(|own| DatedRate { rate: own.rate.clone(), day: own.day, source: own.source.clone() });
    match (own, published) {
        (Some(own), Some(published)) if own.day < published.day => Some(published),
        (own, published) => own.or(published),
    }
}

fn through_euro(
    rates: &BTreeMap<(Currency, Date), EuroRate>,
    (from, to): (Currency, Currency),
    day: Date,
) -> Option<DatedRate> {
    let leg = |currency: Currency| match rates.get(&(currency, day)) {
        Some(rate) => Some(Some(rate)),
        None => (currency.code() == "EUR").then_some(None),
    };
    let (from, to) = (leg(from)?, leg(to)?);
    let rate = Rate::through_euro(from.map(|leg| &leg.rate), to.map(|leg| &leg.rate))?;
    let oldest = [from, to].into_iter().flatten().min_by_key(|leg| leg.day)?;
    Some(DatedRate { rate, day: oldest.day, source: Some(oldest.source.clone()) })
}

#[cfg(test)]
mod tests {
    use shared::{id::ExchangeRateId, timestamp::Timestamp};

    use super::*;

    fn currency(code: &str) -> Currency {
        code.parse().unwrap()
    }

    fn day(ordinal: u16) -> Date {
        Date::from_ordinal_date(2026, ordinal).unwrap()
    }

    fn published() -> BTreeMap<(Currency, Date), EuroRate> {
        let rate = |code: &str, text: &str, on| {
            let key = (currency(code), day(325));
            (key, EuroRate { rate: Rate::parse(text).unwrap(), day: day(on), source: "ECB".to_owned() })
        };
        [rate("USD", "1.0834", 324), rate("JPY", "169.28", 322)].into()
    }

    fn own(on: u16) -> StoredRate {
        StoredRate {
            id: ExchangeRateId::from_bytes([1; 16]),
            day: day(on),
            currency: Currency::USD,
            home: currency("EUR"),
            rate: Rate::parse("0.9").unwrap(),
            source: None,
            created_at: Timestamp::EPOCH,
        }
    }

    #[test]
    fn a_rate_through_the_euro_is_as_old_as_its_older_half() {
        let rates = published();
        let cross = |from: &str, to: &str| through_euro(&rates, (currency(from), currency(to)), day(325));
        let found = cross("JPY", "USD").unwrap();
        assert_eq!((found.rate.text(), found.day), ("0.006400047259", day(322)));
        let from_euro = cross("EUR", "USD").unwrap();
        assert_eq!((from_euro.rate.text(), from_euro.day), ("1.0834", day(324)));
        let to_euro = cross("USD", "EUR").unwrap();
        assert_eq!(to_euro.rate.text(), "0.923020121839");
        assert_eq!(cross("AED", "USD"), None, "the bank has no rate of it");
        assert_eq!(cross("USD", "AED"), None);
    }

    #[test]
    fn the_later_rate_counts_and_on_the_same_day_the_own_one() {
        let rates = published();
        let cross = |from: &str, to: &str| through_euro(&rates, (currency(from), currency(to)), day(325));
        let found = |on| later(Some(&own(on)), cross("USD", "EUR")).unwrap();
        assert_eq!((found(323).day, found(323).source.as_deref()), (day(324), Some("ECB")));
        assert_eq!(
            (found(324).rate.text().to_owned(), found(325).rate.text().to_owned()),
            ("0.9".into(), "0.9".into())
        );
        assert_eq!(later(Some(&own(1)), None).unwrap().day, day(1));
        assert_eq!(later(None, None), None);
    }
}
