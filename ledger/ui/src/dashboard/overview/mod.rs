//! `/dashboard`, its live part as a separate page, and its figures as a file.

mod figures;
mod file;
mod latest;
mod rankings;
pub mod store;
mod tiles;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

pub use self::file::download;
use self::{
    figures::{Figures, count},
    latest::{SaleRow, SuspectRow, VisitRow},
    rankings::BestRow,
    tiles::{Plot, Row, Tile},
};
use super::{
    alerts::{self, Alerts},
    checklist::{self, Checklist},
    store as newest,
};
use engine::{fx_rates, quarantine::store as quarantine};
use identity::{
    access::{
        member::{Choice, Member},
        session::{Session, SignedOut},
    },
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
        chart::{bars::Bar, donut::Part, funnel::Step},
        span::Span,
        zone::Zone,
    },
    state::AppState,
};
use rules::format;

const PLACE: &str = "/dashboard";
/// Only clicks of this many days are shown: older ones are no news.
const CLICK_DAYS: i64 = 30;
const ROWS: i64 = 12;
/// The column is narrow.
const VISITS: i64 = 7;
const SUSPECTS: i64 = 5;

#[derive(Debug, askama::Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    frame: Frame,
    span: Span,
    address: Address,
    /// The URL from which a script loads the live part.
    part: String,
    notice: Option<&'static str>,
    live: Live,
}

#[derive(Debug, askama::Template)]
#[template(path = "live.html")]
struct Live {
    organization: OrganizationId,
    /// The newest quarantined events, and how many there are in total.
    suspects: Vec<SuspectRow>,
    suspect_count: i64,
    alerts: Alerts,
    /// Whether the user may dismiss alerts and decide about events.
    may_operate: bool,
    checklist: Option<Checklist>,
    /// `22 Sep to 21 Oct 2026`: the days that figures are compared with.
    earlier: String,
    tiles: Vec<Tile>,
    clicks: Plot,
    conversions: Plot,
    /// In one currency, if anything was sold.
    revenue: Option<Plot>,
    currency: String,
    currencies: Vec<tiles::Choice>,
    rows: Vec<Row>,
    file: String,
    best: Vec<BestRow>,
    best_by_utc: bool,
    sources: Vec<Bar>,
    countries: Vec<Part>,
    funnel: Vec<Step>,
    sales: Vec<SaleRow>,
    visits: Vec<VisitRow>,
    link: Option<String>,
    now: String,
}

/// The filters, read from the query string.
#[derive(Debug)]
struct OverviewFilters {
    span: Span,
    currency: Option<String>,
}

impl OverviewFilters {
    fn read(query: &mut Query, zone: &Zone, state: &AppState) -> Result<Self, Error> {
        Ok(Self { span: Span::read(query, zone, state.clock.now())?, currency: query.currency("currency")? })
    }

    fn on(&self, path: &str, organization: OrganizationId) -> Address {
        self.span.on(Address::of(path, organization)).maybe("currency", self.currency.as_deref())
    }
}

/// `GET /dashboard`: shows the overview.
///
/// # Errors
/// 404 if the user isn't a member of the organization; 400 for an invalid date range; 503 if the database is
/// unavailable.
pub async fn page(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    if session.memberships.is_empty() && choice.named().is_none() {
        return Ok(Redirect::to("/dashboard/organizations").into_response());
    }
    let member = session.member(choice.named(), Right::View)?;
    let frame = Frame::load(&state, &session, member.organization, PLACE).await?;
    let filters = OverviewFilters::read(&mut query, &frame.zone, &state)?;
    let notice = query.text("done").and_then(|done| checklist::notice(&done));
    let live = load(&state, &member, session.verified, &filters).await?;
    let address = filters.on(PLACE, member.organization);
    let part = filters.on("/dashboard/live", member.organization).to_string();
    Ok(Html(DashboardPage { frame, span: filters.span, address, part, notice, live }).into_response())
}

/// `GET /dashboard/live`: returns the part of the page that changes.
///
/// # Errors
/// As [`page`], and 401 if no one is signed in.
pub async fn live(
    State(state): State<AppState>,
    session: Result<Session, SignedOut>,
    choice: Choice,
    mut query: Query,
) -> Result<Response, Error> {
    let session = session.map_err(SignedOut::for_script)?;
    let member = session.member(choice.named(), Right::View)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let zone = zone(&mut tx).await?;
    tx.commit().await?;
    let filters = OverviewFilters::read(&mut query, &zone, &state)?;
    Ok(Html(load(&state, &member, session.verified, &filters).await?).into_response())
}

/// The days that a period is compared with.
fn earlier(span: &Span) -> String {
    let until = if span.is_unfinished() { " (same time of day)" } else { "" };
    format!("{}{until}", span.earlier().title())
}

async fn zone(tx: &mut TenantTx) -> Result<Zone, Error> {
    let profile = organization::store::profile(tx).await?.ok_or_else(Error::not_found)?;
    Ok(Zone::named(&profile.time_zone))
}

async fn figures(tx: &mut TenantTx, span: &Span) -> Result<Figures, sqlx::Error> {
    let days = store::Days::of(span);
    let clicks = store::clicks(tx, &days).await?;
    let sold = store::sold(tx, &days).await?;
    let home = fx_rates::store::home_currency(tx).await?;
    Ok(Figures { home, ..Figures::of(span, clicks, sold) })
}

/// The charts, and the table below them.
struct Drawn {
    clicks: Plot,
    conversions: Plot,
    revenue: Option<Plot>,
    currency: String,
    currencies: Vec<tiles::Choice>,
    rows: Vec<Row>,
}

fn draw(figures: &Figures, filters: &OverviewFilters, address: &Address) -> Drawn {
    let span = &filters.span;
    let currencies = figures.currencies();
    let chosen = filters.currency.clone().filter(|filters| currencies.contains(filters));
    let currency = chosen.or_else(|| currencies.first().cloned());
    let noun = |one: &'static str, many: &'static str| {
        move |figure: i64| format!("{} {}", count(figure), if figure == 1 { one } else { many })
    };
    let revenue = currency.as_ref().map(|currency| {
        let (short, exact) =
            (|figure: i64| tiles::short(figure, currency), |figure: i64| format::money(figure, currency));
        tiles::plot(span, figures, |day| day.of(currency).revenue, short, exact)
    });
    Drawn {
        clicks: tiles::plot(span, figures, |day| day.clicks, count, noun("click", "clicks")),
        conversions: tiles::plot(span, figures, |day| day.conversions, count, noun("conversion", "conversions")),
        revenue,
        currencies: tiles::choices(&currencies, currency.as_deref(), address),
        rows: tiles::rows(span, figures, currency.as_deref()),
        currency: currency.unwrap_or_default(),
    }
}

async fn load(state: &AppState, member: &Member, verified: bool, filters: &OverviewFilters) -> Result<Live, Error> {
    let (organization, span, now) = (member.organization, &filters.span, state.clock.now());
    let zone = &span.zone;
    let mut tx = state.db.tenant(organization).await?;
    let figures = figures(&mut tx, span).await?;
    let happened = figures.sum.clicks + figures.sum.conversions;
    let ranked = rankings::ranked(&mut tx, span, happened).await?;
    let sales = newest::latest_conversions(&mut tx, ROWS).await?;
    let visits = newest::latest_clicks(&mut tx, now.plus_days(-CLICK_DAYS), VISITS).await?;
    let (suspects, suspect_count) = quarantine::open(&mut tx, SUSPECTS).await?;
    let alerts = alerts::load(&mut tx, now, zone).await?;
    let link = newest::first_link(&mut tx).await?;
    let link = link.map(|(host, slug)| checklist::link(state, &host, &slug));
    let checklist = checklist::load(&mut tx, state, member, verified, link.as_deref()).await?;
    tx.commit().await?;
    let Drawn { clicks, conversions, revenue, currency, currencies, rows } =
        draw(&figures, filters, &filters.on(PLACE, organization));
    Ok(Live {
        organization,
        suspects: suspects.into_iter().map(|open| SuspectRow::of(open, zone)).collect(),
        suspect_count,
        alerts,
        may_operate: verified && member.role.may(Right::Operate),
        checklist,
        earlier: earlier(span),
        tiles: tiles::tiles(&figures, ranked.active),
        clicks,
        conversions,
        revenue,
        currency,
        currencies,
        rows,
        file: filters.on("/dashboard/figures.csv", organization).without("currency").to_string(),
        best: ranked.best(),
        best_by_utc: rankings::is_by_utc(span, now),
        sources: ranked.sources(figures.sum.clicks),
        countries: ranked.countries(figures.sum.clicks),
        funnel: tiles::funnel(&figures.sum),
        sales: sales.into_iter().map(|sale| SaleRow::of(sale, zone)).collect(),
        visits: visits.into_iter().map(|visit| VisitRow::of(visit, zone)).collect(),
        link,
        now: format!("{} ({})", zone.moment(now), zone.name()),
    })
}
