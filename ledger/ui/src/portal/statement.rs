//! `GET /a/sales/statement.csv`: what an affiliate earned in a month, as a file for their own books.

use axum::{extract::State, response::Response};
use jiff::{ToSpan, civil::Date};
use shared::{id::AffiliateId, timestamp::Timestamp};

use super::{
    sales_store::{self, Days, Earning, Filter},
    words,
};
use identity::portal::session::AffiliateSession;
use kit::{
    api::query::Query,
    db::TenantTx,
    error::Error,
    page::{PageError, csv, zone::Zone},
    state::AppState,
    text::Texts,
};
use payouts::portal::yearly::MONTHS;

const ROWS_AT_ONCE: i64 = 500;
/// The months to choose from; the address takes any.
const MONTHS_BACK: usize = 12;
const HEAD: [&str; 13] = [
    "receipt",
    "when (UTC)",
    "what",
    "program",
    "link",
    "customer",
    "sale",
    "sale currency",
    "earned",
    "worth now",
    "currency",
    "state",
    "state since or until (UTC)",
];

/// A month to choose.
#[derive(Debug)]
pub struct Month {
    /// In the address: `2026-11`.
    pub value: String,
    pub name: String,
}

/// The latest months, this one first.
pub fn months(t: Texts, today: Date) -> Vec<Month> {
    let earlier = |month: &Date| month.checked_sub(1.month()).ok();
    let month = |first: Date| {
        let name = usize::try_from(first.month() - 1).ok().and_then(|place| MONTHS.get(place).copied())?;
        let text = t.say("portal-sales-month").with("month", t.say(name)).with("year", first.year().to_string());
        Some(Month { value: first.strftime("%Y-%m").to_string(), name: text.to_string() })
    };
    std::iter::successors(Some(today.first_of_month()), earlier).take(MONTHS_BACK).filter_map(month).collect()
}

/// The first days of a month, written as `2026-11`, and of the next one.
fn read(month: &str) -> Option<(Date, Date)> {
    let first = format!("{month}-01").parse::<Date>().ok().filter(|_| month.len() == "2026-11".len())?;
    Some((first, first.checked_add(1.month()).ok()?))
}

struct Earnings {
    affiliate: AffiliateId,
    filter: Filter,
    zone: Zone,
    now: Timestamp,
}

/// # Errors
/// 400 naming `month`; 503 if the database is unavailable.
pub async fn download(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let month = query.text("month").unwrap_or_default();
    query.finish()?;
    let (first, next) = read(&month).ok_or_else(|| Error::field("month", "month must be written as 2026-11"))?;
    let filter =
        Filter { days: Some(Days::between(&session.zone, first, next)), limit: ROWS_AT_ONCE, ..Filter::default() };
    let name = format!("statement-{month}");
    let listing = Earnings { affiliate: session.affiliate, filter, zone: session.zone, now: state.clock.now() };
    Ok(csv::export(&state.db, session.organization, &name, HEAD, listing)?)
}

impl csv::Listing for Earnings {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = sales_store::list(tx, self.affiliate, &self.filter).await?;
        self.filter.after = rows.last().map(|last| (last.at, last.id.uuid()));
        Ok(csv::Page::new(rows.iter().map(|row| line(row, &self.zone, self.now)), ROWS_AT_ONCE))
    }
}

/// In English in every language, as programs read it too.
fn line(row: &Earning, zone: &Zone, now: Timestamp) -> String {
    let t = Texts::default();
    let (sale, currency) = row
        .sale
        .as_ref()
        .map_or_else(Default::default, |(amount, currency)| (csv::major(*amount, currency), currency.clone()));
    csv::line([
        row.id.to_string().as_str(),
        &row.listed_at().to_string(),
        &words::kind(t, row),
        &row.program,
        row.link.as_deref().unwrap_or_default(),
        row.customer.as_deref().unwrap_or_default(),
        &sale,
        &currency,
        &csv::major(row.earned, &row.currency),
        &csv::major(row.amount, &row.currency),
        &row.currency,
        &words::message(t, row, zone, now).word,
        &row.status_at().map(|at| at.to_string()).unwrap_or_default(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_months_is_chosen_from() {
        let months = months(Texts::default(), Date::constant(2027, 1, 31));
        let first: Vec<(&str, &str)> =
            months.iter().take(2).map(|month| (month.value.as_str(), month.name.as_str())).collect();
        assert_eq!(first, [("2027-01", "January 2027"), ("2026-12", "December 2026")]);
        assert_eq!((months.len(), months[11].value.as_str()), (12, "2026-02"));
    }

    #[test]
    fn a_month_ends_where_the_next_begins() {
        assert_eq!(read("2026-12"), Some((Date::constant(2026, 12, 1), Date::constant(2027, 1, 1))));
        for bad in ["", "2026", "2026-13", "26-11", "2026-11-05", "2026-1"] {
            assert_eq!(read(bad), None, "{bad}");
        }
    }
}
