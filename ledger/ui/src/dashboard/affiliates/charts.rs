//! Charts of an affiliate's last 30 days: clicks, sales and what they earned.

use std::collections::HashMap;

use shared::id::AffiliateId;

use engine::figures::{Sold, store as figures};
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
    let whose = [affiliate.uuid()];
    let clicks = figures::clicks(tx, span, Some(&whose), None).await?;
    let sold = figures::sold(tx, span, Some(&whose), None).await?;
    let count = |figure: i64| format::count(figure.unsigned_abs());
    let clicks = clicks.iter().map(|row| (row.day, row.clicks));
    let sales = sold.iter().map(|row| (row.day, row.conversions));
    let earned = main_currency(&sold).map(|currency| {
        let days = sold.iter().filter(|day| day.currency == currency).map(|day| (day.day, day.commission));
        let money = |figure: i64| format::money(figure, &currency);
        let title = format!("Earned in {currency}");
        series(span, days, title, Tone::Commissions).draw(money, |figure| format::without_zeros(money(figure)))
    });
    Ok(Charts {
        clicks: series(span, clicks, "Clicks", Tone::Clicks).draw(count, count),
        sales: series(span, sales, "Sales", Tone::Sales).draw(count, count),
        earned,
    })
}

/// The currency in which they earned on most days; amounts of different currencies are never added up.
fn main_currency(days: &[Sold]) -> Option<String> {
    let mut counts: HashMap<&str, usize> = HashMap::new();
    for day in days.iter().filter(|day| day.commission != 0) {
        *counts.entry(&day.currency).or_default() += 1;
    }
    counts
        .into_iter()
        .max_by_key(|(currency, days)| (*days, std::cmp::Reverse(*currency)))
        .map(|(one, _)| one.to_owned())
}

fn series(span: &Span, figures: impl Iterator<Item = (i32, i64)>, title: impl Into<String>, tone: Tone) -> Series {
    let points = days::points(span, figures);
    Series::new(Texts::default(), title, tone, span.title(), points).unfinished(span.is_unfinished())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_of_one_currency_are_drawn() {
        let day = |day, currency: &str, commission: i64| Sold {
            day,
            currency: currency.to_owned(),
            conversions: 1,
            renewals: 0,
            leads: 0,
            revenue: 0,
            commission,
        };
        let days = [day(1, "EUR", 900), day(1, "USD", 10), day(2, "USD", 10), day(3, "EUR", 0), day(4, "EUR", 0)];
        assert_eq!(main_currency(&days).as_deref(), Some("USD"));
        assert_eq!(main_currency(&days[3..]), None);
        assert_eq!(main_currency(&days[..2]).as_deref(), Some("EUR"), "the first by name of two that are alike");
    }
}
