//! Amounts as they read in the home currency, on lists and in exports. For display only.

use std::collections::BTreeSet;

use shared::{
    money::{Currency, Money},
    timestamp::Timestamp,
};
use time::Date;

use engine::fx_rates::convert::RatesOfDays;
use kit::page::csv;
use rules::exchange_rate::total::{Rates, Total};

/// The columns of an export. They are empty without a home currency, or without a rate to it.
pub const HEAD: [&str; 4] = ["in home currency", "home currency", "rate", "rate day"];

/// A converted amount, and at which rate.
#[derive(Debug, PartialEq, Eq)]
pub struct HomeAmount {
    /// `≈ $10.83`.
    pub text: String,
    pub hint: String,
}

impl From<Total> for HomeAmount {
    fn from(total: Total) -> Self {
        Self { text: total.text(), hint: total.hint() }
    }
}

/// The rates that rows need: those of their currencies, each on the UTC day of its time.
pub fn needed<'a>(rows: impl IntoIterator<Item = (&'a str, Timestamp)>) -> BTreeSet<(Currency, Date)> {
    rows.into_iter().filter_map(|(currency, at)| Some((currency.parse().ok()?, at.date()))).collect()
}

/// An amount at the rate of its day. `None` without a home currency, in it, or of nothing.
pub fn of(rates: Option<&RatesOfDays>, minor: i64, currency: &str, at: Timestamp) -> Option<HomeAmount> {
    sum(Some(rates?.on(at.date())), [(minor, currency)])
}

/// A sum of several currencies. `None` without a home currency, or if every amount is in it.
pub fn sum<'a>(rates: Option<&Rates>, amounts: impl IntoIterator<Item = (i64, &'a str)>) -> Option<HomeAmount> {
    let amounts = amounts.into_iter().filter_map(|(minor, code)| Some(Money::new(minor, code.parse().ok()?)));
    let total = rates?.total(amounts);
    total.is_converted.then(|| total.into())
}

/// The cells of [`HEAD`] for an amount at the rate of its day.
pub fn cells(rates: Option<&RatesOfDays>, minor: i64, currency: &str, at: Timestamp) -> [String; 4] {
    let found = rates.map(|rates| rates.on(at.date())).zip(currency.parse().ok());
    let converted = found.and_then(|(rates, currency)| {
        let amount = rates.convert(Money::new(minor, currency))?;
        let used = rates.of(currency);
        let rate = used.map_or_else(|| "1".to_owned(), |used| used.rate.text().to_owned());
        let day = used.map(|used| used.day.to_string()).unwrap_or_default();
        let home = rates.home.code();
        Some([csv::major(amount.minor, home), home.to_owned(), rate, day])
    });
    converted.unwrap_or_default()
}
