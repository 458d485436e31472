//! Amounts, counts and dates, as a language writes them. In English they read as `rules::format` writes them.

use jiff::{
    civil::{Date, DateTime},
    tz::TimeZone,
};
use rules::format;
use shared::{
    money::{Currency, Money},
    timestamp::Timestamp,
};

use super::Texts;

const MONTHS: [&str; 12] = [
    "common-month-january",
    "common-month-february",
    "common-month-march",
    "common-month-april",
    "common-month-may",
    "common-month-june",
    "common-month-july",
    "common-month-august",
    "common-month-september",
    "common-month-october",
    "common-month-november",
    "common-month-december",
];

impl Texts {
    /// `$1,234.50`, `1.234,50 €`.
    pub fn money(self, minor: i64, currency: &str) -> String {
        self.amount(minor, currency, |decimals| decimals)
    }

    /// [`Texts::money`] without decimals that are all zero: `$50`, `49,50 €`.
    pub fn short_money(self, minor: i64, currency: &str) -> String {
        self.amount(minor, currency, |decimals| {
            if decimals.bytes().any(|byte| matches!(byte, b'1'..=b'9')) { decimals } else { String::new() }
        })
    }

    fn amount(self, minor: i64, currency: &str, shown: impl Fn(String) -> String) -> String {
        let Ok(currency) = currency.parse::<Currency>() else {
            return format!("{minor} {currency}");
        };
        let (sign, amount) = self.digits(Money::new(minor, currency), shown);
        let text = match format::symbol(currency.code()) {
            Some(symbol) => self.say("common-money").with("symbol", symbol),
            None => self.say("common-money-code").with("code", currency.code()),
        };
        format!("{sign}{}", text.with("amount", amount))
    }

    /// `1,234.50`, `−5,00`: without the currency, for a column whose header names it.
    pub fn plain_money(self, minor: i64, currency: Currency) -> String {
        let (sign, amount) = self.digits(Money::new(minor, currency), |decimals| decimals);
        format!("{sign}{amount}")
    }

    /// `USD 1,234.50`, `1.234,50 USD`: with the currency's code, which is the same everywhere.
    pub fn named_money(self, minor: i64, currency: Currency) -> String {
        let amount = self.plain_money(minor, currency);
        self.say("common-money-code").with("code", currency.code()).with("amount", amount).to_string()
    }

    fn digits(self, money: Money, shown: impl Fn(String) -> String) -> (&'static str, String) {
        let (whole, decimals) = money.unsigned();
        let sign = if money.minor < 0 { "\u{2212}" } else { "" };
        (sign, format!("{}{}", self.count(whole), self.decimals(&shown(decimals))))
    }

    /// `1,234,567`.
    pub fn count(self, number: u64) -> String {
        let digits = number.to_string();
        let grouped_from = self.say("common-number-grouped-from").to_string().parse().unwrap_or(usize::MAX);
        if digits.len() < grouped_from {
            return digits;
        }
        format::count(number).replace(',', &self.say("common-number-group").to_string())
    }

    /// Of a number that is written with a decimal point: `12.5` becomes `12.5%` or `12,5 %`.
    pub fn percentage(self, number: &str) -> String {
        self.say("common-percent").with("number", self.decimals(number)).to_string()
    }

    fn decimals(self, number: &str) -> String {
        number.replace('.', &self.say("common-number-decimal").to_string())
    }

    /// `20 Nov 2026`; UTC.
    pub fn date(self, at: Timestamp) -> String {
        self.calendar_date(utc(at).date())
    }

    /// `20 Nov, 08:30`; UTC.
    pub fn moment(self, at: Timestamp) -> String {
        let at = utc(at);
        self.timed(self.calendar_day(at.date()), at)
    }

    /// `20 Nov`, `20. Nov.`.
    pub fn calendar_day(self, day: Date) -> String {
        self.say("common-day").with("day", i32::from(day.day())).with("month", self.month(day)).to_string()
    }

    /// `20 Nov 2026`.
    pub fn calendar_date(self, day: Date) -> String {
        let text = self.say("common-date").with("day", i32::from(day.day())).with("month", self.month(day));
        text.with("year", i32::from(day.year())).to_string()
    }

    /// `20 Nov 2026, 08:30`.
    pub fn calendar_full(self, at: DateTime) -> String {
        self.timed(self.calendar_date(at.date()), at)
    }

    fn timed(self, day: String, at: DateTime) -> String {
        let time = format!("{:02}:{:02}", at.hour(), at.minute());
        self.say("common-moment").with("day", day).with("time", time).to_string()
    }

    fn month(self, day: Date) -> String {
        let month = usize::try_from(day.month()).unwrap_or_default().saturating_sub(1);
        MONTHS.get(month).map(|key| self.say(key).to_string()).unwrap_or_default()
    }
}

fn utc(at: Timestamp) -> DateTime {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    TimeZone::UTC.to_datetime(at)
}
