//! `GET /dashboard/figures.csv`: exports the overview's figures, one line per day and currency.

use axum::{extract::State, response::Response};

use super::{figures::Day, filters::OverviewFilters, slice::Scope, zone};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    error::Error,
    page::{PageError, csv},
    state::AppState,
};
use rules::exchange_rate::total::Rates;
use shared::money::Money;

const TOO_MANY: &str = "from must be closer to the end date: these filters together count single clicks and sales";
/// The last five are empty without a home currency, or without a rate to it.
const HEAD: [&str; 13] = [
    "day",
    "clicks",
    "leads",
    "conversions",
    "renewals",
    "currency",
    "revenue",
    "commissions",
    "home currency",
    "home revenue",
    "home commissions",
    "rate",
    "rate day",
];

/// # Errors
/// 404 if the user isn't a member of the organization; 400 for an invalid date range or filter; 503 if the database is
/// unavailable.
pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut tx = state.db.tenant(organization).await?;
    let now = state.clock.now();
    let mut filters = OverviewFilters::read(&mut query, &zone(&mut tx).await?, now)?;
    filters.slice.find(&mut tx).await?;
    let scope = Scope::of(&mut tx, &filters, now).await?;
    let sliced = super::figures(&mut tx, &filters, scope.as_ref(), now).await?;
    tx.commit().await?;
    if !sliced.is_counted() {
        return Err(Error::field("from", TOO_MANY).into());
    }
    let (figures, rates) = (&sliced.figures, sliced.figures.home.as_ref());
    let lines: String =
        filters.span.each_day().zip(&figures.days).flat_map(|(day, of)| lines(&day.to_string(), of, rates)).collect();
    let name = format!("figures-{}-{}.csv", filters.span.first, filters.span.last);
    Ok(csv::attachment(&name, csv::KIND, csv::line(HEAD) + &lines)?)
}

/// Counts belong to the whole day, so they appear in its first line only; that keeps a column's sum right.
fn lines(day: &str, of: &Day, rates: Option<&Rates>) -> Vec<String> {
    let counts = [of.clicks, of.leads, of.conversions, of.renewals].map(|figure| figure.to_string());
    let mut lines = Vec::new();
    let mut first = true;
    let mut line = |currency: &str, [revenue, commission]: [&str; 2], home: &[String; 5]| {
        let [clicks, leads, conversions, renewals] =
            counts.each_ref().map(|text| if first { text.as_str() } else { "" });
        let own = [day, clicks, leads, conversions, renewals, currency, revenue, commission];
        lines.push(csv::line(own.into_iter().chain(home.iter().map(String::as_str))));
        first = false;
    };
    for (currency, money) in &of.money {
        let amounts = [money.revenue, money.commission];
        let home = rates.and_then(|rates| in_home(rates, currency, amounts)).unwrap_or_default();
        let [revenue, commission] = amounts.map(|amount| csv::major(amount, currency));
        line(currency, [&revenue, &commission], &home);
    }
    if of.money.is_empty() {
        line("", ["", ""], &<[String; 5]>::default());
    }
    lines
}

/// Home currency, revenue, commissions, rate and its day.
fn in_home(rates: &Rates, currency: &str, [revenue, commission]: [i64; 2]) -> Option<[String; 5]> {
    let (currency, code) = (currency.parse().ok()?, rates.home.code());
    let write = |minor| Some(csv::major(rates.convert(Money::new(minor, currency))?.minor, code));
    let (rate, day) = rates
        .of(currency)
        .map_or_else(|| ("1".to_owned(), String::new()), |known| (known.rate.text().to_owned(), known.day.to_string()));
    Some([code.to_owned(), write(revenue)?, write(commission)?, rate, day])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::overview::figures;
    use rules::exchange_rate::{rate::Rate, total::DatedRate};
    use time::Date;

    #[test]
    fn counts_stand_once_a_day() {
        let money = figures::Money { conversions: 1, revenue: 9_900, commission: 1_980 };
        let day =
            Day { clicks: 7, money: [("EUR".to_owned(), money), ("JPY".to_owned(), money)].into(), ..Day::default() };
        let (plain, none) = (lines("2026-11-20", &day, None), r#","","","","","""#);
        assert_eq!(plain[0], format!("\"2026-11-20\",\"7\",\"0\",\"0\",\"0\",\"EUR\",\"99.00\",\"19.80\"{none}\r\n"));
        assert_eq!(plain[1], format!("\"2026-11-20\",\"\",\"\",\"\",\"\",\"JPY\",\"9900\",\"1980\"{none}\r\n"));
        let empty = lines("2026-11-21", &Day::default(), None);
        assert_eq!(empty, [format!("\"2026-11-21\",\"0\",\"0\",\"0\",\"0\",\"\",\"\",\"\"{none}\r\n")]);

        let rate = Rate::parse("1.0834").unwrap();
        let dated = DatedRate { rate, day: Date::from_ordinal_date(2026, 324).unwrap(), source: None };
        let rates = Rates { home: "USD".parse().unwrap(), rates: [("EUR".parse().unwrap(), dated)].into() };
        let converted = lines("2026-11-20", &day, Some(&rates));
        // 99.00 x 1.0834 = 107.2566, 19.80 x 1.0834 = 21.45132; yen have no rate.
        assert!(converted[0].ends_with("\"USD\",\"107.26\",\"21.45\",\"1.0834\",\"2026-11-20\"\r\n"));
        assert!(converted[1].ends_with(&format!("\"1980\"{none}\r\n")));
    }
}
