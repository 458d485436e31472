//! Charts of an affiliate's last 30 days: clicks, sales and what they earned.

use std::collections::HashMap;

use jiff::civil::Date;
use shared::id::AffiliateId;

use crate::portal::home_store;
use kit::{
    db::TenantTx,
    page::{
        chart::{
            days,
            plot::{Chart, Series, Tone},
        },
        span::Span,
    },
    text::Texts,
};
use rules::format;

/// The charts; there is none of earnings without any.
#[derive(Debug)]
pub struct Charts {
    pub clicks: Chart,
    pub sales: Chart,
    pub earned: Option<Chart>,
}

/// Loads the charts of a period.
pub async fn load(tx: &mut TenantTx, affiliate: AffiliateId, span: &Span) -> Result<Charts, sqlx::Error> {
    let clicks = home_store::click_days(tx, affiliate, span).await?;
    let sold = home_store::earned_days(tx, affiliate, span).await?;
    let count = |figure: i64| format::count(figure.unsigned_abs());
    let clicks = by_day(span, clicks.into_iter().map(|day| (day.day, day.figure)));
    let sales = by_day(span, sold.iter().map(|day| (day.day, day.conversions)));
    let earned = main_currency(&sold).map(|currency| {
        let days = sold.iter().filter(|day| day.currency == currency).map(|day| (day.day, day.commission));
        let money = |figure: i64| format::money(figure, &currency);
        let title = format!("Earned in {currency}");
        series(span, &by_day(span, days), title, Tone::Commissions)
            .draw(money, |figure| format::without_zeros(money(figure)))
    });
    Ok(Charts {
        clicks: series(span, &clicks, "Clicks", Tone::Clicks).draw(count, count),
        sales: series(span, &sales, "Sales", Tone::Sales).draw(count, count),
        earned,
    })
}

/// The currency in which they earned on most days; amounts of different currencies are never added up.
fn main_currency(days: &[home_store::EarnedDay]) -> Option<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for day in days.iter().filter(|day| day.commission != 0) {
        *counts.entry(&day.currency).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(currency, days)| (*days, std::cmp::Reverse(*currency)))
        .map(|(one, _)| one.to_owned())
}

fn series(span: &Span, figures: &HashMap<Date, i64>, title: impl Into<String>, tone: Tone) -> Series {
    let point = |step: days::Step| {
        let sum = step.days.iter().filter_map(|day| figures.get(day)).fold(0_i64, |sum, day| sum.saturating_add(*day));
        step.point(sum)
    };
    let points = days::steps(span).into_iter().map(point).collect();
    Series::new(Texts::default(), title, tone, span.title(), points).unfinished(span.is_unfinished())
}

/// Sums by day of the span; UTC days beyond its edges count as its first or last day.
fn by_day(span: &Span, days: impl Iterator<Item = (time::Date, i64)>) -> HashMap<Date, i64> {
    let mut sums: HashMap<Date, i64> = HashMap::new();
    for (day, figure) in days {
        if let Some(day) = civil(day) {
            let sum = sums.entry(day.clamp(span.first, span.last)).or_default();
            *sum = sum.saturating_add(figure);
        }
    }
    sums
}

fn civil(day: time::Date) -> Option<Date> {
    let month = i8::try_from(u8::from(day.month())).ok()?;
    Date::new(i16::try_from(day.year()).ok()?, month, i8::try_from(day.day()).ok()?).ok()
}

#[cfg(test)]
mod tests {
    use time::Month;

    use super::*;

    #[test]
    fn amounts_of_one_currency_are_drawn() {
        let day = |number: u8, currency: &str, commission: i64| home_store::EarnedDay {
            day: time::Date::from_calendar_date(2026, Month::November, number).unwrap(),
            currency: currency.to_owned(),
            conversions: 1,
            commission,
        };
        let days = [day(1, "EUR", 900), day(1, "USD", 10), day(2, "USD", 10), day(3, "EUR", 0), day(4, "EUR", 0)];
        assert_eq!(main_currency(&days).as_deref(), Some("USD"));
        assert_eq!(main_currency(&days[3..]), None);
        assert_eq!(main_currency(&days[..2]).as_deref(), Some("EUR"), "the first by name of two that are alike");
    }
}
