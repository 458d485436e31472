//! `/a/payouts/year/{year}`: what an affiliate was paid in a year, as a page, a PDF and a CSV file.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use payout_core::document::{
    amount::plain,
    yearly::{InCurrency, MONTHS, Month, NO_TAX_DOCUMENT, Yearly},
};

use crate::receipt::{file, yearly_store};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    error::Error,
    page::{Html, PageError},
    state::AppState,
};
use rules::format;

#[derive(Debug, askama::Template)]
#[template(path = "portal_year.html")]
struct YearPage {
    organization: String,
    frame: Frame,
    year: i32,
    unfinished: bool,
    as_of: Option<String>,
    test_mode: bool,
    parts: Vec<Part>,
    /// Other years with payouts.
    others: Vec<i32>,
    what_it_is_not: &'static str,
}

#[derive(Debug)]
struct Part {
    currency: String,
    received: String,
    months: Vec<Cells>,
    total: Cells,
}

#[derive(Debug)]
struct Cells {
    name: &'static str,
    payouts: u32,
    gross: String,
    withheld: String,
    returned: String,
    received: String,
}

impl Part {
    fn of(part: &InCurrency) -> Self {
        let months = MONTHS.iter().zip(&part.months).filter(|(_, month)| !month.is_empty());
        Self {
            currency: part.currency.to_string(),
            received: format::money(part.total().received(), part.currency.code()),
            months: months.map(|(name, month)| Cells::of(name, month, part)).collect(),
            total: Cells::of("Year", &part.total(), part),
        }
    }
}

impl Cells {
    fn of(name: &'static str, month: &Month, part: &InCurrency) -> Self {
        let money = |minor| plain(minor, part.currency);
        Self {
            name,
            payouts: month.payouts,
            gross: money(month.gross),
            withheld: money(month.withheld_returned - month.withheld),
            returned: money(-month.returned),
            received: money(month.received()),
        }
    }
}

/// `GET /a/payouts/year/{year}`.
///
/// # Errors
/// 404 for an invalid year; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(year): Path<String>,
) -> Result<Response, PageError> {
    let (found, years) = find(&state, &session, &year).await?;
    let page = YearPage {
        frame: session.frame("/a/payouts"),
        organization: session.organization_name,
        year: found.year,
        unfinished: found.unfinished,
        as_of: found.as_of.map(format::date),
        test_mode: found.test_mode,
        parts: found.currencies.iter().map(Part::of).collect(),
        others: years.into_iter().filter(|year| *year != found.year).collect(),
        what_it_is_not: NO_TAX_DOCUMENT,
    };
    Ok(file::private(Html(page).into_response()))
}

/// `GET /a/payouts/year/{year}/statement.pdf`.
pub async fn pdf(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(year): Path<String>,
) -> Result<Response, PageError> {
    let (found, _) = find(&state, &session, &year).await?;
    Ok(file::pdf(found.document(), &format!("statement-{}", found.year)).await?)
}

/// `GET /a/payouts/year/{year}/statement.csv`.
pub async fn csv(
    State(state): State<AppState>,
    session: AffiliateSession,
    Path(year): Path<String>,
) -> Result<Response, PageError> {
    let (found, _) = find(&state, &session, &year).await?;
    Ok(file::yearly_csv(&found)?)
}

async fn find(state: &AppState, session: &AffiliateSession, year: &str) -> Result<(Yearly, Vec<i32>), Error> {
    let year = year.parse().ok().filter(|year| (2000..=9998).contains(year)).ok_or_else(Error::not_found)?;
    let (organization, affiliate) = (session.organization, session.affiliate);
    let mut tx = state.db.tenant(organization).await?;
    let found = yearly_store::read(&mut tx, affiliate, year, state.clock.now()).await?;
    let years = yearly_store::years(&mut tx, affiliate).await?;
    tx.commit().await?;
    Ok((found.ok_or_else(Error::not_found)?, years))
}
