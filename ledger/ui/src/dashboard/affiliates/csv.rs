//! `GET /dashboard/affiliates.csv`: exports a tab as CSV, with the page's filters, order and figures.

use axum::{extract::State, response::Response};
use shared::{id::AffiliateId, money::Money, timestamp::Timestamp};

use super::{
    figures_store::{self, Figures, Within},
    filters::ListFilters,
    ranked,
    store::{self, Part, Row},
};
use engine::fx_rates::convert;
use identity::{
    access::{member::Choice, session::Session},
    organization::time_zone,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    page::{PageError, csv, span::Span},
    state::AppState,
};
use rules::exchange_rate::total::{Rates, Total};

const ROWS_AT_ONCE: usize = 100;
/// The last four are empty without a home currency, or if a currency has no rate to it.
const HEAD: [&str; 17] = [
    "affiliate id",
    "name",
    "email",
    "short name",
    "status",
    "segment",
    "joined",
    "days",
    "clicks",
    "sales",
    "revenue",
    "earned",
    "currency",
    "home revenue",
    "home earned",
    "home currency",
    "rate day",
];

struct Affiliates {
    /// Those that follow. Read once, so that changes during the export neither repeat nor skip anyone.
    ids: std::vec::IntoIter<AffiliateId>,
    within: Within,
    days: i32,
    now: Timestamp,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let filters = ListFilters::read(query, organization)?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let span = Span::last(filters.days, &time_zone::of(&mut tx).await?, now);
    let within = Within { span, program: filters.program };
    let ranking = ranked::ranking(&mut tx, filters.sort, &within).await?;
    let part = Part { sort: filters.sort, ranking, limit: i64::MAX, offset: 0 };
    let ids = store::ids(&mut tx, &filters.filter(), &part, now).await?.into_iter();
    tx.commit().await?;
    let listing = Affiliates { ids, days: filters.days, within, now };
    Ok(csv::export(&state.db, organization, "affiliates", HEAD, listing)?)
}

impl csv::Listing for Affiliates {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let ids: Vec<AffiliateId> = self.ids.by_ref().take(ROWS_AT_ONCE).collect();
        let rows = store::rows(tx, &ids, self.now).await?;
        let figures = figures_store::of(tx, &ids, &self.within).await?;
        let currencies = figures.values().flat_map(|figures| figures.money.iter().map(|(currency, ..)| currency));
        let currencies = currencies.filter_map(|currency| currency.parse().ok()).collect();
        let rates = convert::to_home(tx, currencies, self.now.date()).await?;
        let none = Figures::default();
        let of = |row: &Row| line(row, figures.get(&row.id).unwrap_or(&none), self.days, rates.as_ref());
        let lines = rows.iter().map(of).collect();
        Ok(csv::Page { lines, more: !self.ids.as_slice().is_empty() })
    }
}

/// Formats one row. A cell lists several currencies, in the same order in each column.
fn line(row: &Row, figures: &Figures, days: i32, rates: Option<&Rates>) -> String {
    let each = |of: fn(&(String, i64, i64)) -> String| figures.money.iter().map(of).collect::<Vec<_>>().join(" ");
    let own = [
        row.id.to_string(),
        row.name.clone(),
        row.email.clone(),
        row.slug.clone(),
        row.status.clone(),
        row.segment.clone().unwrap_or_default(),
        row.joined_at.to_string(),
        days.to_string(),
        figures.clicks.to_string(),
        figures.sales.to_string(),
        each(|(currency, revenue, _)| csv::major(*revenue, currency)),
        each(|(currency, _, earned)| csv::major(*earned, currency)),
        each(|(currency, ..)| currency.clone()),
    ];
    let home = rates.and_then(|rates| in_home(figures, rates)).unwrap_or_default();
    csv::line(own.iter().chain(&home).map(String::as_str))
}

/// Revenue, earnings, the home currency, and the day of the oldest rate.
fn in_home(figures: &Figures, rates: &Rates) -> Option<[String; 4]> {
    let total = |of: fn(&(String, i64, i64)) -> i64| {
        let amounts = figures.money.iter().map(|money| Some(Money::new(of(money), money.0.parse().ok()?)));
        Some(rates.total(amounts.collect::<Option<Vec<Money>>>()?)).filter(|total| total.missing.is_empty())
    };
    let (revenue, earned, code) = (total(|money| money.1)?, total(|money| money.2)?, rates.home.code());
    let day = revenue.days.or(earned.days).map(|(oldest, _)| oldest.to_string()).unwrap_or_default();
    let write = |total: &Total| csv::major(total.amount.minor, code);
    Some([write(&revenue), write(&earned), code.to_owned(), day])
}
