//! `/dashboard`, its live part as a separate page, and its figures as a file.

mod figures;
mod file;
mod latest;
mod metric;
mod rankings;
pub mod store;
mod tiles;
mod todo;
mod todo_store;

use axum::{
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::OrganizationId;

pub use self::file::download;
use self::{
    figures::Figures,
    latest::{SaleRow, VisitRow},
    metric::{Metric, Tab},
    tiles::Tile,
    todo::Job,
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
        chart::{bars::Bar, funnel::Step, plot::Chart},
        span::Span,
        zone::Zone,
    },
    state::AppState,
};

const PLACE: &str = "/dashboard";
/// Only clicks of this many days are shown: older ones are no news.
const CLICK_DAYS: i64 = 30;
const ROWS: i64 = 10;
const VISITS: i64 = 7;

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
    suspect_count: i64,
    alerts: Alerts,
    /// Whether the user may dismiss alerts and decide about events.
    may_operate: bool,
    checklist: Option<Checklist>,
    /// Nothing has happened in this organization yet.
    is_new: bool,
    /// `22 Sep – 21 Oct 2026`: the days that figures are compared with.
    earlier: String,
    tabs: [Tab; 4],
    chart: Chart,
    /// Currencies that the revenue chart can show instead.
    currencies: Vec<tiles::Choice>,
    jobs: Vec<Job>,
    tiles: [Tile; 4],
    file: String,
    best: Vec<Bar>,
    best_by_utc: bool,
    facets: [Facet; 2],
    clicked: Vec<Bar>,
    funnel: Vec<Step>,
    sales: Vec<SaleRow>,
    visits: Vec<VisitRow>,
    link: Option<String>,
    now: String,
}

/// What the ranking of clicks is by, as a tab.
#[derive(Debug)]
struct Facet {
    name: &'static str,
    href: String,
    here: bool,
}

/// The filters, read from the query string.
#[derive(Debug)]
struct OverviewFilters {
    span: Span,
    currency: Option<String>,
    /// By default revenue, or clicks if nothing was sold.
    metric: Option<Metric>,
    /// Whether clicks are ranked by country instead of source.
    by_country: bool,
}

impl OverviewFilters {
    fn read(query: &mut Query, zone: &Zone, state: &AppState) -> Result<Self, Error> {
        let by_country = match query.text("by").as_deref() {
            None | Some("" | "source") => false,
            Some("country") => true,
            Some(_) => return Err(Error::field("by", "by must be source or country")),
        };
        Ok(Self {
            span: Span::read(query, zone, state.clock.now())?,
            currency: query.currency("currency")?,
            metric: Metric::read(query)?,
            by_country,
        })
    }

    fn on(&self, path: &str, organization: OrganizationId) -> Address {
        let address = self.span.on(Address::of(path, organization)).maybe("currency", self.currency.as_deref());
        let address = address.maybe("figure", self.metric.map(Metric::key));
        address.maybe("by", self.by_country.then_some("country"))
    }

    fn facets(&self, organization: OrganizationId) -> [Facet; 2] {
        [("Sources", false), ("Countries", true)].map(|(name, by_country)| {
            let address = self.on(PLACE, organization).maybe("by", by_country.then_some("country"));
            Facet { name, href: format!("{address}#clicked"), here: self.by_country == by_country }
        })
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

/// The chart and its tabs.
struct Drawn {
    tabs: [Tab; 4],
    chart: Chart,
    currencies: Vec<tiles::Choice>,
}

fn draw(figures: &Figures, filters: &OverviewFilters, is_new: bool, organization: OrganizationId) -> Drawn {
    let here = filters.on(PLACE, organization);
    let currencies = figures.currencies();
    let chosen = filters.currency.clone().filter(|chosen| currencies.contains(chosen));
    let currency = chosen.or_else(|| currencies.first().cloned());
    let by_default = if currency.is_some() { Metric::Revenue } else { Metric::Clicks };
    let metric = filters.metric.unwrap_or(by_default);
    let of_revenue = if metric == Metric::Revenue { currencies.as_slice() } else { &[] };
    let home = figures.home.as_ref().map_or("USD", |home| home.code());
    let code = currency.as_deref().unwrap_or(home);
    Drawn {
        tabs: metric::tabs(figures, metric, is_new, &here),
        chart: metric::chart(&filters.span, figures, metric, (code, currencies.len() > 1)),
        currencies: tiles::choices(of_revenue, currency.as_deref(), &here),
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
    let suspect_count = quarantine::open_count(&mut tx).await?;
    let alerts = alerts::load(&mut tx, now, zone).await?;
    let found = todo::load(&mut tx, rankings::is_large(happened)).await?;
    let link = newest::first_link(&mut tx).await?;
    let link = link.map(|(host, slug)| checklist::link(state, &host, &slug));
    let checklist = checklist::load(&mut tx, state, member, verified, link.as_deref()).await?;
    tx.commit().await?;
    let is_new = figures.is_empty() && sales.is_empty() && visits.is_empty();
    let Drawn { tabs, chart, currencies } = draw(&figures, filters, is_new, organization);
    let all = figures.sum.clicks;
    Ok(Live {
        organization,
        jobs: todo::jobs(&found, &alerts, suspect_count, organization),
        suspect_count,
        alerts,
        may_operate: verified && member.role.may(Right::Operate),
        checklist,
        is_new,
        earlier: earlier(span),
        tiles: tiles::tiles(&figures, ranked.active),
        tabs,
        chart,
        currencies,
        file: filters.on("/dashboard/figures.csv", organization).without("currency").to_string(),
        best: ranked.best(organization),
        best_by_utc: rankings::is_by_utc(span, now),
        facets: filters.facets(organization),
        clicked: if filters.by_country { ranked.countries(all) } else { ranked.sources(all) },
        funnel: tiles::funnel(&figures.sum),
        sales: sales.into_iter().map(|sale| SaleRow::of(sale, zone)).collect(),
        visits: visits.into_iter().map(|visit| VisitRow::of(visit, zone)).collect(),
        link,
        now: format!("{} ({})", zone.moment(now), zone.name()),
    })
}
