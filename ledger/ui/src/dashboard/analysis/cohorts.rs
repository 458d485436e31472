//! `GET /dashboard/analysis/cohorts`: customers by the month of their first sale, and what they did in each month of
//! their life; and the same as a file.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use jiff::{ToSpan, civil::Date};
use shared::{
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use tokio::time::Instant;

use super::{
    cohorts_store::{self as store, Cell, Months, Whose},
    tabs::{self, COHORTS, CurrencyTab},
};
use crate::dashboard::{
    list_filters::{self, Whom},
    views,
};
use identity::{
    access::{member::Choice, session::Session},
    organization,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::Error,
    page::{
        Html, PageError,
        address::Address,
        csv,
        filter::{Facet, FilterBar},
        tab::{self, Tab},
        ttl_cache::TtlCache,
        zone::Zone,
    },
    state::AppState,
};
use programs::dashboard::pick_store::{self, Program};
use rules::{
    figures::{COHORT_MONTHS, share},
    format,
};

/// With more customers, cohorts are calculated nightly.
pub(super) const COUNTED_AT_ONCE: i64 = 5_000;
const FIELDS: [&str; 4] = ["show", "program", "affiliate", "currency"];
/// What the cells show.
const SHOWN: [(&str, &str); 3] = [("", "Customers"), ("revenue", "Revenue"), ("commission", "Commissions")];
const HEAD: [&str; 6] = ["first month", "months since first sale", "customers", "currency", "revenue", "commissions"];
/// Shades of a cell; the lightest is for anything but zero.
const SHADES: i64 = 7;
const CURRENCIES_MAX: usize = 5;
/// Cohorts that take longer to read are kept for a minute.
const SLOW: Duration = Duration::from_millis(100);
static KEPT: TtlCache<(OrganizationId, Date, Whose), Cohorts> = TtlCache::empty();

#[derive(Debug, askama::Template)]
#[template(path = "analysis_cohorts.html")]
struct CohortsPage {
    frame: Frame,
    tabs: Vec<Tab>,
    shown: Vec<Tab>,
    filter_bar: FilterBar,
    currencies: Vec<CurrencyTab>,
    ages: Vec<String>,
    rows: Vec<Row>,
    /// What the cells show, for the table's name.
    what: &'static str,
    /// When the cohorts were counted, unless they were just now.
    counted: Option<String>,
    /// They will be counted for the first time within the hour.
    is_waiting: bool,
    is_empty: bool,
    file: String,
}

/// The customers of one month.
#[derive(Debug)]
struct Row {
    month: String,
    size: String,
    /// Text, shade and description; empty where the month hasn't come yet.
    cells: Vec<(String, i64, String)>,
}

#[derive(Debug)]
struct Cohorts {
    cells: Vec<Cell>,
    /// By the job, for brands with many customers.
    counted_at: Option<Timestamp>,
    /// The job hasn't counted them yet.
    is_waiting: bool,
}

#[derive(Debug)]
struct CohortFilters {
    show: &'static str,
    program: Option<ProgramId>,
    whom: Whom,
    currency: Option<String>,
}

impl CohortFilters {
    fn read(query: &mut Query) -> Result<Self, Error> {
        list_filters::without_blanks(query, &FIELDS);
        Ok(Self {
            show: query.one_of("show", &["revenue", "commission"])?.unwrap_or_default(),
            program: list_filters::program(query)?,
            whom: Whom::read(query),
            currency: query.currency("currency")?,
        })
    }

    fn on(&self, path: &str, organization: OrganizationId) -> Address {
        Address::of(path, organization)
            .with("show", self.show)
            .maybe("program", self.program)
            .maybe("affiliate", self.whom.typed.as_ref())
            .maybe("currency", self.currency.as_ref())
    }

    fn whose(&self) -> Whose {
        Whose { program: self.program.map(|id| id.uuid()), affiliate: self.whom.id().map(|id| id.uuid()) }
    }

    fn bar(&self, organization: OrganizationId, programs: &[Program]) -> FilterBar {
        let programs = list_filters::options(programs, "All programs");
        FilterBar::new(self.on(COHORTS, organization))
            .with(Facet::choice("program", "Program", programs, self.program))
            .with(self.whom.facet())
    }
}

/// The months that are shown: the last ones, with the present one.
pub(super) fn months(zone: &Zone, now: Timestamp) -> Months {
    let days = first_days(zone, now);
    let starts = days.iter().map(|day| zone.start_of(*day)).collect();
    Months { days: days.iter().map(ToString::to_string).collect(), starts }
}

fn first_days(zone: &Zone, now: Timestamp) -> Vec<Date> {
    let this = zone.day_of(now).first_of_month();
    let number = i64::try_from(COHORT_MONTHS).unwrap_or_default();
    (1 - number..=0).map(|month| this.checked_add(month.months()).unwrap_or(Date::MIN)).collect()
}

/// The address that shows what a query chooses.
///
/// # Errors
/// 400 naming the parameter.
pub fn address(query: &mut Query, organization: OrganizationId) -> Result<Address, Error> {
    Ok(CohortFilters::read(query)?.on(COHORTS, organization))
}

/// # Errors
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    RawQuery(sent): RawQuery,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::load(&state, &session, organization, COHORTS).await?;
    let mut filters = match CohortFilters::read(&mut query) {
        Ok(filters) => filters,
        Err(error) => return views::without_refused(&state, organization, (COHORTS, sent.as_deref()), error).await,
    };
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    filters.whom.find(&mut tx).await?;
    let read = read(&mut tx, &filters, &frame.zone, now).await?;
    let home = organization::store::home_currency(&mut tx).await?;
    let programs = pick_store::programs(&mut tx).await?;
    tx.commit().await?;
    let known = currencies(&read.cells, home.as_ref().map(|home| home.code()));
    let currency = filters.currency.clone().or_else(|| known.first().cloned()).unwrap_or_default();
    let address = filters.on(COHORTS, organization);
    let of_money: &[String] = if filters.show.is_empty() { &[] } else { known.as_slice() };
    Ok(Html(CohortsPage {
        tabs: tabs::tabs(COHORTS, organization),
        shown: tab::tabs("show", &SHOWN, filters.show, &address),
        filter_bar: filters.bar(organization, &programs),
        currencies: tabs::currencies(of_money, &currency, &address),
        ages: (0..COHORT_MONTHS).map(|age| age.to_string()).collect(),
        rows: rows(&first_days(&frame.zone, now), &read.cells, filters.show, &currency),
        what: SHOWN.iter().find(|(key, _)| *key == filters.show).map_or("", |(_, title)| *title),
        counted: read.counted_at.map(|at| frame.zone.full(at)),
        is_waiting: read.is_waiting,
        is_empty: read.cells.is_empty() && !read.is_waiting,
        file: address.at(format!("{COHORTS}.csv")).without("show").without("currency").to_string(),
        frame,
    })
    .into_response())
}

/// `GET /dashboard/analysis/cohorts.csv`: every cohort, month and currency.
///
/// # Errors
/// As [`show`], and 400 for an invalid filter.
pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut filters = CohortFilters::read(&mut query)?;
    let mut tx = state.db.tenant(organization).await?;
    let profile = organization::store::profile(&mut tx).await?.ok_or_else(Error::not_found)?;
    filters.whom.find(&mut tx).await?;
    let read = read(&mut tx, &filters, &Zone::named(&profile.time_zone), state.clock.now()).await?;
    tx.commit().await?;
    Ok(csv::attachment("cohorts.csv", csv::KIND, csv::line(HEAD) + &lines(&read.cells))?)
}

fn lines(cells: &[Cell]) -> String {
    let mut cells: Vec<&Cell> = cells.iter().collect();
    cells.sort_by(|a, b| (&a.month, a.age, &a.currency).cmp(&(&b.month, b.age, &b.currency)));
    let line = |cell: &Cell| {
        let (month, age) = (cell.month.as_str(), cell.age.to_string());
        if cell.currency.is_empty() {
            return csv::line([month, &age, &cell.customers.to_string(), "", "", ""]);
        }
        let money = |minor: i64| csv::major(minor, &cell.currency);
        csv::line([month, &age, "", &cell.currency, &money(cell.revenue), &money(cell.commission)])
    };
    cells.into_iter().map(line).collect()
}

async fn read(
    tx: &mut TenantTx,
    filters: &CohortFilters,
    zone: &Zone,
    now: Timestamp,
) -> Result<Arc<Cohorts>, sqlx::Error> {
    if filters.whom.is_nobody() {
        return Ok(Arc::new(Cohorts { cells: Vec::new(), counted_at: None, is_waiting: false }));
    }
    let (months, whose, started) = (months(zone, now), filters.whose(), Instant::now());
    let key = (tx.organization(), zone.day_of(now), whose);
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let read = Arc::new(if store::has_more_customers(tx, COUNTED_AT_ONCE).await? {
        let from = months.days.first().map(String::as_str).unwrap_or_default();
        let counted_at = store::counted_at(tx).await?;
        Cohorts { cells: store::kept(tx, from, whose).await?, counted_at, is_waiting: counted_at.is_none() }
    } else {
        Cohorts { cells: store::count(tx, &months, whose).await?, counted_at: None, is_waiting: false }
    });
    if started.elapsed() > SLOW && !read.is_waiting {
        KEPT.put(key, started, &read);
    }
    Ok(read)
}

/// Currencies with revenue: the home currency first, then those with the most cells.
fn currencies(cells: &[Cell], home: Option<&str>) -> Vec<String> {
    let mut found: Vec<(bool, usize, &str)> = Vec::new();
    for cell in cells.iter().filter(|cell| !cell.currency.is_empty()) {
        match found.iter_mut().find(|(.., code)| *code == cell.currency) {
            Some((_, count, _)) => *count += 1,
            None => found.push((home == Some(cell.currency.as_str()), 1, &cell.currency)),
        }
    }
    found.sort_by(|a, b| (b.0, b.1, a.2).cmp(&(a.0, a.1, b.2)));
    found.into_iter().map(|(.., code)| code.to_owned()).take(CURRENCIES_MAX).collect()
}

fn rows(months: &[Date], cells: &[Cell], show: &str, currency: &str) -> Vec<Row> {
    let find = |month: &str, age: usize, currency: &str| {
        let is_it =
            |cell: &&Cell| cell.month == month && usize::try_from(cell.age) == Ok(age) && cell.currency == currency;
        cells.iter().find(is_it)
    };
    let amount = |cell: &Cell| if show == "commission" { cell.commission } else { cell.revenue };
    let highest = cells.iter().filter(|cell| cell.currency == currency).map(amount).max().unwrap_or_default();
    let mut rows = Vec::new();
    for (at, day) in months.iter().enumerate() {
        let month = day.to_string();
        let title = day.strftime("%b %Y").to_string();
        let size = find(&month, 0, "").map_or(0, |cell| cell.customers);
        let cell = |age: usize| {
            let about = |text: &str| format!("{title}, month {age}: {text}");
            if !show.is_empty() {
                let minor = find(&month, age, currency).map_or(0, amount);
                let text = format::without_zeros(format::money(minor, currency));
                return (text.clone(), shade(minor, highest), about(&text));
            }
            let customers = find(&month, age, "").map_or(0, |cell| cell.customers);
            let text = share(customers, size).map_or_else(String::new, |share| share.to_string());
            (text, shade(customers, size), about(&count(customers)))
        };
        let cells = if size == 0 { Vec::new() } else { (0..months.len() - at).map(cell).collect() };
        rows.push(Row { size: count(size), cells, month: title });
    }
    rows
}

fn count(figure: i64) -> String {
    format::count(u64::try_from(figure).unwrap_or_default())
}

/// From 0 for nothing to [`SHADES`] for the highest.
fn shade(figure: i64, highest: i64) -> i64 {
    if figure <= 0 || highest <= 0 {
        return 0;
    }
    let share = i128::from(figure) * i128::from(SHADES) / i128::from(highest);
    i64::try_from(share).unwrap_or(SHADES).clamp(1, SHADES)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(month: &str, age: i32, currency: &str, customers: i64, revenue: i64) -> Cell {
        let (month, currency) = (month.to_owned(), currency.to_owned());
        Cell { month, age, currency, customers, revenue, commission: revenue / 5 }
    }

    fn cells() -> Vec<Cell> {
        vec![
            cell("2026-10-01", 0, "", 4, 0),
            cell("2026-10-01", 0, "USD", 0, 40_000),
            cell("2026-10-01", 1, "", 1, 0),
            cell("2026-10-01", 1, "USD", 0, 10_000),
            cell("2026-11-01", 0, "", 2, 0),
            cell("2026-11-01", 0, "EUR", 0, 500),
        ]
    }

    #[test]
    fn months_are_those_of_the_zone() {
        let now = Timestamp::parse_rfc3339("2026-11-30T23:30:00Z").unwrap();
        let months = months(&Zone::named("Europe/Berlin"), now);
        assert_eq!(
            (months.days.len(), months.days[0].as_str(), months.days[11].as_str()),
            (12, "2026-01-01", "2026-12-01")
        );
        assert_eq!(months.starts[11].to_string(), "2026-11-30T23:00:00Z");
    }

    #[test]
    fn a_cohort_is_a_share_of_its_customers() {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        let days = first_days(&Zone::utc(), now);
        let all = rows(&days, &cells(), "", "");
        assert_eq!((all.len(), all[0].cells.len()), (12, 0), "there were no first sales then");
        let texts: Vec<_> = all[10].cells.iter().map(|(text, shade, _)| (text.as_str(), *shade)).collect();
        assert_eq!((all[10].month.as_str(), all[10].size.as_str()), ("Oct 2026", "4"));
        assert_eq!(texts, [("100.0%", 7), ("25.0%", 1)]);
        assert_eq!(all[11].cells.len(), 1, "its second month hasn\u{2019}t come");
        let revenue = rows(&days, &cells(), "revenue", "USD");
        assert_eq!(revenue[10].cells[1], ("$100".to_owned(), 1, "Oct 2026, month 1: $100".to_owned()));
        assert_eq!(rows(&days, &cells(), "commission", "USD")[10].cells[1].0, "$20");
    }

    #[test]
    fn the_file_has_customers_and_amounts_in_their_own_lines() {
        let file = lines(&cells());
        let first: Vec<&str> = file.lines().take(2).collect();
        assert_eq!(
            first,
            ["\"2026-10-01\",\"0\",\"4\",\"\",\"\",\"\"", "\"2026-10-01\",\"0\",\"\",\"USD\",\"400.00\",\"80.00\"",]
        );
        assert_eq!(currencies(&cells(), Some("EUR")), ["EUR", "USD"]);
        assert_eq!(currencies(&cells(), None), ["USD", "EUR"]);
    }

    #[test]
    fn what_is_not_nothing_has_a_shade() {
        assert_eq!([shade(0, 9), shade(-3, 9), shade(1, 1_000), shade(9, 9), shade(5, 0)], [0, 0, 1, 7, 0]);
    }
}
