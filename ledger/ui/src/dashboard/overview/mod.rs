//! `/dashboard`, its live part as a separate page, and its figures as a file; all under the same filters.

mod compared;
mod contributions;
mod contributions_store;
mod differences;
pub mod explained;
mod figures;
mod file;
mod filters;
mod latest;
mod metric;
mod rankings;
mod slice;
mod slice_store;
pub mod store;
mod tiles;
mod todo;
mod todo_store;

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Redirect, Response},
};
use shared::{id::OrganizationId, timestamp::Timestamp};

pub use self::file::download;
use self::{
    compared::{Chooser, Earlier},
    figures::Figures,
    filters::OverviewFilters,
    latest::{PayoutRow, SaleRow, VisitRow},
    metric::{Metric, Tab},
    slice::{Precision, Scope},
    tiles::Tile,
    todo::Job,
};
use super::{
    alerts::{self, Alerts},
    checklist::{self, Checklist},
    facets::{By, Choices},
    store as newest,
    views::{self, Views},
};
use engine::{fx_rates::convert, quarantine::store as quarantine};
use identity::{
    access::{
        member::{Choice, Member},
        session::{Session, SignedOut},
    },
    organization,
    page::frame::{self, Frame},
};
use kit::{
    access::role::Right,
    api::query::Query,
    dashboard::counters::COUNTED_MAX,
    db::TenantTx,
    error::Error,
    page::{
        Html, PageError,
        address::Address,
        chart::{bars::Bar, funnel::Step, plot::Chart},
        filter::FilterBar,
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
const PAYOUTS: i64 = 5;

#[derive(Debug, askama::Template)]
#[template(path = "dashboard.html")]
struct DashboardPage {
    frame: Frame,
    span: Span,
    compare: Chooser,
    address: Address,
    filter_bar: FilterBar,
    views: Views,
    /// The URL from which a script loads the live part.
    part: String,
    /// What the stream of news compares, see [`newest::fingerprint`].
    fingerprint: String,
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
    earlier: Option<Earlier>,
    tabs: [Tab; 4],
    chart: Chart,
    /// Currencies that the revenue chart can show instead.
    currencies: Vec<tiles::Choice>,
    jobs: Vec<Job>,
    tiles: Vec<Tile>,
    file: String,
    /// What limits the figures under these filters.
    limit: Option<&'static str>,
    /// The list of conversions with these filters, which is shown instead of the newest of everything.
    filtered: Option<String>,
    best: Option<Vec<Bar>>,
    facets: [Facet; 3],
    clicked: Option<Vec<Bar>>,
    funnel: Vec<Step>,
    sales: Vec<SaleRow>,
    payouts: Vec<PayoutRow>,
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

fn facets(filters: &OverviewFilters, organization: OrganizationId) -> [Facet; 3] {
    By::ALL.map(|by| {
        let parameter = if by == By::Source { "" } else { by.key() };
        let address = filters.on(PLACE, organization).with("by", parameter);
        Facet { name: by.title(), href: format!("{address}#clicked"), here: filters.by == by }
    })
}

/// The overview's address with the filters of a query.
///
/// # Errors
/// 400 naming the parameter.
pub fn address(mut query: Query, organization: OrganizationId, zone: &Zone, now: Timestamp) -> Result<Address, Error> {
    Ok(OverviewFilters::read(&mut query, zone, now)?.on(PLACE, organization))
}

/// `GET /dashboard`: shows the overview.
///
/// # Errors
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn page(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    RawQuery(sent): RawQuery,
    mut query: Query,
) -> Result<Response, PageError> {
    if session.memberships.is_empty() && choice.named().is_none() {
        return Ok(Redirect::to("/dashboard/organizations").into_response());
    }
    let member = session.member(choice.named(), Right::View)?;
    let mut tx = state.db.tenant(member.organization).await?;
    let zone = zone(&mut tx).await?;
    // Before the figures are read: what is booked meanwhile counts as news.
    let fingerprint = newest::fingerprint(&mut tx, state.clock.wall()).await?;
    tx.commit().await?;
    let mut filters = match OverviewFilters::read(&mut query, &zone, state.clock.now()) {
        Ok(filters) => filters,
        Err(error) => {
            return views::without_refused(&state, member.organization, (PLACE, sent.as_deref()), error).await;
        }
    };
    let notice = query.text("done").and_then(|done| checklist::notice(&done));
    let live = load(&state, &member, session.verified, &mut filters).await?;
    // After the to-do list, whose counters the menu shares.
    let frame = Frame::load(&state, &session, member.organization, PLACE).await?;
    let mut tx = state.db.tenant(member.organization).await?;
    let choices = Choices::load(&mut tx).await?;
    let address = filters.on(PLACE, member.organization);
    let views = Views::load(&mut tx, member.user, &frame, &address, state.clock.now()).await?;
    tx.commit().await?;
    let filter_bar = filters.bar(PLACE, member.organization, &choices);
    let part = filters.on("/dashboard/live", member.organization).to_string();
    let (compare, span) = (Chooser::of(&filters.span), filters.span);
    Ok(Html(DashboardPage { frame, span, compare, address, filter_bar, views, part, fingerprint, notice, live })
        .into_response())
}

/// `GET /dashboard/live`: returns the part of the page that changes.
///
/// # Errors
/// As [`page`], 400 for an invalid date range or filter, and 401 if no one is signed in.
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
    let mut filters = OverviewFilters::read(&mut query, &zone, state.clock.now())?;
    Ok(Html(load(&state, &member, session.verified, &mut filters).await?).into_response())
}

async fn zone(tx: &mut TenantTx) -> Result<Zone, Error> {
    let profile = organization::store::profile(tx).await?.ok_or_else(Error::not_found)?;
    Ok(Zone::named(&profile.time_zone))
}

/// Figures under the filters.
struct Sliced {
    figures: Figures,
    /// Of all currencies.
    currencies: Vec<String>,
    precision: Precision,
}

impl Sliced {
    /// Otherwise the figures are zero because no one counted.
    fn is_counted(&self) -> bool {
        self.precision != Precision::TooMany
    }
}

async fn figures(
    tx: &mut TenantTx,
    filters: &OverviewFilters,
    scope: Option<&Scope>,
    now: Timestamp,
) -> Result<Sliced, sqlx::Error> {
    let counted = slice::count(tx, filters, scope, now).await?;
    let span = &filters.span;
    let day = span.to().plus_millis(-1).date().min(now.date());
    let sold_in = counted.sold.iter().filter_map(|row| row.currency.parse().ok()).collect();
    let home = convert::to_home(tx, sold_in, day).await?;
    let all = Figures { home, ..Figures::of(span, &counted.clicks, &counted.sold) };
    let currencies = all.currencies();
    let figures = match &filters.currency {
        Some(currency) => {
            let sold: Vec<_> = counted.sold.iter().filter(|row| row.currency == *currency).cloned().collect();
            Figures { home: all.home, ..Figures::of(span, &counted.clicks, &sold) }
        }
        None => all,
    };
    Ok(Sliced { figures, currencies, precision: counted.precision })
}

/// What a person should know about figures of that precision.
fn limit(precision: Precision, span: &Span) -> Option<&'static str> {
    match precision {
        Precision::Exact => None,
        Precision::UtcDays => (!span.is_of_utc_days())
            .then_some("This period has so many clicks that, with these filters, they’re counted by UTC day."),
        Precision::Single => {
            Some("No comparison with these filters: the earlier period’s individual clicks have been deleted.")
        }
        Precision::TooMany => Some(
            "These filters can’t be combined for this period: it has too many clicks and sales, or it’s too long ago. \
             Choose a shorter or more recent period, or remove a filter.",
        ),
    }
}

/// The chart and its tabs.
struct Drawn {
    tabs: [Tab; 4],
    chart: Chart,
    currencies: Vec<tiles::Choice>,
}

fn draw(sliced: &Sliced, filters: &OverviewFilters, is_new: bool, organization: OrganizationId) -> Drawn {
    let here = filters.on(PLACE, organization);
    let (figures, currencies) = (&sliced.figures, sliced.currencies.as_slice());
    let currency = filters.currency.clone().or_else(|| currencies.first().cloned());
    let by_default = if currency.is_some() { Metric::Revenue } else { Metric::Clicks };
    let metric = filters.metric.unwrap_or(by_default);
    let of_revenue = if metric == Metric::Revenue { currencies } else { &[] };
    let home = figures.home.as_ref().map_or("USD", |rates| rates.home.code());
    let code = currency.as_deref().unwrap_or(home);
    let mut chart = metric::chart(&filters.span, figures, metric, (code, currencies.len() > 1));
    if !sliced.is_counted() {
        (chart.total, chart.note) = (tiles::NOTHING.to_owned(), String::new());
    }
    Drawn {
        tabs: metric::tabs(figures, metric, is_new || !sliced.is_counted(), &here),
        chart,
        currencies: tiles::choices(of_revenue, currency.as_deref(), &here),
    }
}

async fn load(state: &AppState, member: &Member, verified: bool, filters: &mut OverviewFilters) -> Result<Live, Error> {
    let (organization, now) = (member.organization, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    filters.slice.find(&mut tx).await?;
    let filters = &*filters;
    let (span, zone) = (&filters.span, &filters.span.zone);
    let scope = Scope::of(&mut tx, filters, now).await?;
    let sliced = figures(&mut tx, filters, scope.as_ref(), now).await?;
    let figures = &sliced.figures;
    let happened = figures.sum.clicks + figures.sum.conversions;
    let ranked = rankings::ranked(&mut tx, (filters, scope.as_ref()), happened, now).await?;
    let is_filtered = filters.are_on();
    let rows = if is_filtered { (0, 0, 0) } else { (ROWS, VISITS, PAYOUTS) };
    let sales = newest::latest_conversions(&mut tx, rows.0).await?;
    let visits = newest::latest_clicks(&mut tx, now.plus_days(-CLICK_DAYS), rows.1).await?;
    let paid = newest::latest_payouts(&mut tx, rows.2).await?;
    let counters = frame::counted(&mut tx, state).await?;
    let suspect_count = match counters.events {
        COUNTED_MAX.. => quarantine::open_count(&mut tx).await?,
        all => all,
    };
    let alerts = alerts::load(&mut tx, now, zone).await?;
    let found = todo::load(&mut tx, rankings::is_large(happened), now).await?;
    let link = newest::first_link(&mut tx).await?;
    let link = link.map(|(host, slug)| checklist::link(state, &host, &slug));
    let checklist = checklist::load(&mut tx, state, member, verified, link.as_deref()).await?;
    tx.commit().await?;
    let is_new = !is_filtered && figures.is_empty() && sales.is_empty() && visits.is_empty();
    let Drawn { tabs, chart, currencies } = draw(&sliced, filters, is_new, organization);
    let may_operate = verified && member.role.may(Right::Operate);
    let here = filters.on(PLACE, organization);
    Ok(Live {
        organization,
        jobs: todo::jobs(&found, &counters, organization, may_operate),
        suspect_count,
        alerts,
        may_operate,
        checklist,
        is_new,
        earlier: Earlier::of(span),
        tiles: tiles::tiles(figures, ranked.active),
        tabs,
        chart,
        currencies,
        file: filters.on("/dashboard/figures.csv", organization).without("figure").without("by").to_string(),
        limit: limit(sliced.precision, span),
        filtered: is_filtered.then(|| filters.conversions(organization).to_string()),
        best: ranked.best(&here),
        facets: facets(filters, organization),
        clicked: ranked.clicked(filters, figures.sum.clicks, &here),
        funnel: if sliced.is_counted() { tiles::funnel(&figures.sum) } else { Vec::new() },
        sales: sales.into_iter().map(|sale| SaleRow::of(sale, zone)).collect(),
        payouts: paid.into_iter().map(|paid| PayoutRow::of(paid, zone)).collect(),
        visits: visits.into_iter().map(|visit| VisitRow::of(visit, zone)).collect(),
        link,
        now: format!("{} ({})", zone.moment(now), zone.name()),
    })
}
