//! `/a/payouts/year/{year}`: what an affiliate was paid in a year, as a page, a PDF and a CSV file.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use payout_core::document::yearly::{InCurrency, Month, Yearly};

use crate::receipt::{file, yearly_store};
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    error::Error,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

/// The messages that name the months.
pub const MONTHS: [&str; 12] = [
    "portal-year-january",
    "portal-year-february",
    "portal-year-march",
    "portal-year-april",
    "portal-year-may",
    "portal-year-june",
    "portal-year-july",
    "portal-year-august",
    "portal-year-september",
    "portal-year-october",
    "portal-year-november",
    "portal-year-december",
];

#[derive(Debug, askama::Template)]
#[template(path = "portal_year.html")]
struct YearPage {
    t: Texts,
    organization: String,
    frame: Frame,
    year: i32,
    unfinished: bool,
    as_of: Option<String>,
    test_mode: bool,
    parts: Vec<Part>,
    /// Other years with payouts.
    others: Vec<i32>,
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
    /// The message that names the month, or the whole year.
    name: &'static str,
    payouts: u32,
    gross: String,
    withheld: String,
    returned: String,
    received: String,
}

impl Part {
    fn of(t: Texts, part: &InCurrency) -> Self {
        let months = MONTHS.iter().zip(&part.months).filter(|(_, month)| !month.is_empty());
        Self {
            currency: part.currency.to_string(),
            received: t.money(part.total().received(), part.currency.code()),
            months: months.map(|(name, month)| Cells::of(t, name, month, part)).collect(),
            total: Cells::of(t, "portal-year-total", &part.total(), part),
        }
    }
}

impl Cells {
    fn of(t: Texts, name: &'static str, month: &Month, part: &InCurrency) -> Self {
        let money = |minor| t.plain_money(minor, part.currency);
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
    let t = session.t;
    let page = YearPage {
        t,
        frame: session.frame("/a/payouts"),
        organization: session.organization_name,
        year: found.year,
        unfinished: found.unfinished,
        as_of: found.as_of.map(|as_of| session.zone.date_in(t, as_of.at)),
        test_mode: found.test_mode,
        parts: found.currencies.iter().map(|part| Part::of(t, part)).collect(),
        others: years.into_iter().filter(|year| *year != found.year).collect(),
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
