//! `/dashboard`, and its live part by itself.

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{
    chart::Chart,
    store::{self, Day, Earned, Sale, Visit},
    troubles::{self, Troubles},
};
use crate::{
    access::{
        member::Choice,
        role::Right,
        session::{Session, SignedOut},
    },
    error::Error,
    page::{Html, PageError, format, frame::Frame},
    quarantine::store as quarantine,
    state::AppState,
};

const DAYS: i64 = 30;
const ROWS: i64 = 12;
const SUSPECTS: i64 = 5;
const DAY_SECONDS: i64 = 86_400;
const NOTHING: &str = "\u{2013}";

#[derive(Debug, askama::Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    frame: Frame,
    live: Live,
}

#[derive(Debug, askama::Template)]
#[template(path = "live.html")]
struct Live {
    clicks: String,
    conversions: String,
    earned: Vec<EarnedText>,
    click_chart: Chart,
    conversion_chart: Chart,
    days: Vec<DayRow>,
    sales: Vec<SaleRow>,
    visits: Vec<VisitRow>,
    link: Option<String>,
    /// The newest events that wait for a decision, and how many there are in all.
    suspects: Vec<SuspectRow>,
    suspect_count: i64,
    troubles: Troubles,
    organization: OrganizationId,
    now: String,
}

#[derive(Debug)]
struct SuspectRow {
    id: String,
    at: String,
    when: String,
    what: &'static str,
    detail: String,
    body: String,
    /// A second version of a known event can only be put aside.
    replayable: bool,
}

#[derive(Debug)]
struct EarnedText {
    currency: String,
    revenue: String,
    commission: String,
}

#[derive(Debug)]
struct DayRow {
    day: String,
    clicks: u64,
    conversions: u64,
}

#[derive(Debug)]
struct SaleRow {
    id: String,
    at: String,
    when: String,
    external_id: String,
    kind: String,
    affiliate: String,
    source: String,
    amount: String,
    refunded: Option<String>,
    commission: String,
    receipt: Option<String>,
    status: String,
    /// The status as a CSS class.
    tone: &'static str,
}

#[derive(Debug)]
struct VisitRow {
    id: String,
    at: String,
    when: String,
    affiliate: String,
    place: String,
}

/// `GET /dashboard`.
///
/// # Errors
/// 404 for an organization that is not the person's; 503 where the database is away.
pub async fn page(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    if session.memberships.is_empty() && choice.named().is_none() {
        return Ok(Redirect::to("/dashboard/organizations").into_response());
    }
    let member = session.member(choice.named(), Right::View)?;
    let frame = Frame::gather(&state, &session, member.organization, "/dashboard").await?;
    let live = gather(&state, member.organization).await?;
    Ok(Html(DashboardPage { frame, live }).into_response())
}

/// `GET /dashboard/live`: the part of the page that changes.
///
/// # Errors
/// As [`page`], and 401 where nobody is signed in.
pub async fn live(
    State(state): State<AppState>,
    session: Result<Session, SignedOut>,
    choice: Choice,
) -> Result<Response, Error> {
    let session = session.map_err(SignedOut::for_script)?;
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(gather(&state, organization).await?).into_response())
}

async fn gather(state: &AppState, organization: OrganizationId) -> Result<Live, Error> {
    let now = state.clock.now();
    let today = midnight(now);
    let from = today.plus_days(1 - DAYS);
    let mut tx = state.db.tenant(organization).await?;
    let clicks = store::click_days(&mut tx, organization, from).await?;
    let conversions = store::conversion_days(&mut tx, organization, from).await?;
    let earned = store::earned(&mut tx, organization, from).await?;
    let sales = store::latest_conversions(&mut tx, organization, ROWS).await?;
    let visits = store::latest_clicks(&mut tx, organization, from, ROWS).await?;
    let (suspects, suspect_count) = quarantine::open(&mut tx, organization, SUSPECTS).await?;
    let troubles = troubles::gather(&mut tx, organization, now).await?;
    let link = if visits.is_empty() { store::first_link(&mut tx, organization).await? } else { None };
    tx.commit().await?;

    let (click_days, conversion_days) = (every_day(&clicks, from), every_day(&conversions, from));
    let sum = |days: &[(String, u64)]| format::count(days.iter().map(|(_, figure)| figure).sum());
    let scheme = if state.config.edge_url.starts_with("http://") { "http" } else { "https" };
    Ok(Live {
        clicks: sum(&click_days),
        conversions: sum(&conversion_days),
        earned: earned.into_iter().map(EarnedText::from).collect(),
        click_chart: Chart::of(&click_days, ("click", "clicks")),
        conversion_chart: Chart::of(&conversion_days, ("conversion", "conversions")),
        days: click_days
            .into_iter()
            .zip(&conversion_days)
            .map(|((day, clicks), (_, conversions))| DayRow { day, clicks, conversions: *conversions })
            .rev()
            .collect(),
        sales: sales.into_iter().map(SaleRow::from).collect(),
        visits: visits.into_iter().map(VisitRow::from).collect(),
        link: link.map(|(host, slug)| format!("{scheme}://{host}/{slug}")),
        suspects: suspects.into_iter().map(SuspectRow::from).collect(),
        suspect_count,
        troubles,
        organization,
        now: format::moment(now),
    })
}

fn midnight(now: Timestamp) -> Timestamp {
    now.plus_millis(-(now.millis() % (DAY_SECONDS * 1_000)))
}

/// A figure for each of the days, oldest first, 0 where nothing happened.
fn every_day(days: &[Day], from: Timestamp) -> Vec<(String, u64)> {
    (0..DAYS)
        .map(|ahead| {
            let day = from.plus_days(ahead);
            let same = |found: &&Day| found.day.midnight().assume_utc().unix_timestamp() == day.seconds();
            let figure = days.iter().find(same).map_or(0, |found| u64::try_from(found.figure).unwrap_or_default());
            (format::day(day), figure)
        })
        .collect()
}

/// A lead is worth nothing yet, and nobody earns from what nobody brought: no `$0.00` to wonder about.
fn nothing_or(minor: i64, currency: &str) -> String {
    if minor == 0 { NOTHING.to_owned() } else { format::money(minor, currency) }
}

impl From<Earned> for EarnedText {
    fn from(earned: Earned) -> Self {
        Self {
            revenue: format::money(earned.revenue, &earned.currency),
            commission: format::money(earned.commission, &earned.currency),
            currency: earned.currency,
        }
    }
}

impl From<Sale> for SaleRow {
    fn from(sale: Sale) -> Self {
        let source = match (sale.credited_by.as_deref(), sale.source.as_str()) {
            (_, "Pixel") if !sale.verified => "Pixel (unverified)".to_owned(),
            (Some("bound"), source) => format!("{source}, known customer"),
            (Some(rule), source) => format!("{source}, {}", if rule == "slug" { "link" } else { rule }),
            (None, source) => source.to_owned(),
        };
        Self {
            id: sale.id.to_string(),
            at: sale.at.to_string(),
            when: format::moment(sale.at),
            external_id: sale.external_id,
            kind: sale.kind,
            affiliate: sale.affiliate.unwrap_or_else(|| NOTHING.to_owned()),
            source: source.replace("S2s", "Server"),
            amount: nothing_or(sale.amount, &sale.currency),
            refunded: (sale.refunded > 0).then(|| format::money(sale.refunded, &sale.currency)),
            commission: nothing_or(sale.commission, &sale.currency),
            receipt: sale.receipt.map(|id| id.to_string()),
            tone: match sale.status.as_str() {
                "Approved" | "Paid" => "good",
                "Pending" => "wait",
                _ => "off",
            },
            status: sale.status,
        }
    }
}

impl From<Visit> for VisitRow {
    fn from(visit: Visit) -> Self {
        let parts = [visit.country, Some(visit.device).filter(|device| device != "other"), visit.referrer];
        let place: Vec<String> = parts.into_iter().flatten().collect();
        Self {
            id: visit.id.to_string(),
            at: visit.at.to_string(),
            when: format::moment(visit.at),
            affiliate: visit.affiliate.unwrap_or_else(|| NOTHING.to_owned()),
            place: place.join(" \u{b7} "),
        }
    }
}

impl From<quarantine::Open> for SuspectRow {
    fn from(open: quarantine::Open) -> Self {
        Self {
            id: open.id.to_string(),
            at: open.created_at.to_string(),
            when: format::moment(open.created_at),
            what: match open.reason.as_str() {
                "conflict" => "Came twice with different content; the first one counts",
                "unknown_version" => "From a newer edge than this ledger understands",
                "unknown_link" | "unknown_connection" => "Names something that this organization doesn't have",
                "negative_amount" | "amount_out_of_range" | "unsupported_currency" => "Its amount can't be booked",
                _ => "Couldn't be applied",
            },
            replayable: open.reason != "conflict",
            detail: open.detail,
            body: open.body,
        }
    }
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn every_day_has_a_figure() {
        let from = Timestamp::parse_rfc3339("2026-11-01T00:00:00Z").unwrap();
        let found = [Day { day: date!(2026 - 11 - 03), figure: 7 }];
        let days = every_day(&found, from);
        assert_eq!(days.len(), 30);
        assert_eq!((days[0].clone(), days[2].clone()), (("1 Nov".to_owned(), 0), ("3 Nov".to_owned(), 7)));
    }
}
