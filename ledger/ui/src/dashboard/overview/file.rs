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

const TOO_MANY: &str = "from must be closer to the end date: these filters together count single clicks and sales";
const HEAD: [&str; 8] = ["day", "clicks", "leads", "conversions", "renewals", "currency", "revenue", "commissions"];

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
    let scope = Scope::of(&mut tx, &filters.slice, now).await?;
    let sliced = super::figures(&mut tx, &filters, scope.as_ref(), now).await?;
    tx.commit().await?;
    if !sliced.is_counted() {
        return Err(Error::field("from", TOO_MANY).into());
    }
    let lines: String =
        filters.span.each_day().zip(&sliced.figures.days).flat_map(|(day, of)| lines(&day.to_string(), of)).collect();
    let name = format!("figures-{}-{}.csv", filters.span.first, filters.span.last);
    Ok(csv::attachment(&name, csv::KIND, csv::line(HEAD) + &lines)?)
}

/// Counts belong to the whole day, so they appear in its first line only; that keeps a column's sum right.
fn lines(day: &str, of: &Day) -> Vec<String> {
    let counts = [of.clicks, of.leads, of.conversions, of.renewals].map(|figure| figure.to_string());
    let mut lines = Vec::new();
    let mut first = true;
    let mut line = |currency: &str, revenue: &str, commission: &str| {
        let [clicks, leads, conversions, renewals] =
            counts.each_ref().map(|text| if first { text.as_str() } else { "" });
        lines.push(csv::line([day, clicks, leads, conversions, renewals, currency, revenue, commission]));
        first = false;
    };
    for (currency, money) in &of.money {
        line(currency, &csv::major(money.revenue, currency), &csv::major(money.commission, currency));
    }
    if of.money.is_empty() {
        line("", "", "");
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::overview::figures::Money;

    #[test]
    fn counts_stand_once_a_day() {
        let money = Money { conversions: 1, revenue: 9_900, commission: 1_980 };
        let day =
            Day { clicks: 7, money: [("EUR".to_owned(), money), ("JPY".to_owned(), money)].into(), ..Day::default() };
        assert_eq!(
            lines("2026-11-20", &day),
            [
                "\"2026-11-20\",\"7\",\"0\",\"0\",\"0\",\"EUR\",\"99.00\",\"19.80\"\r\n",
                "\"2026-11-20\",\"\",\"\",\"\",\"\",\"JPY\",\"9900\",\"1980\"\r\n"
            ]
        );
        assert_eq!(lines("2026-11-21", &Day::default()), ["\"2026-11-21\",\"0\",\"0\",\"0\",\"0\",\"\",\"\",\"\"\r\n"]);
    }
}
