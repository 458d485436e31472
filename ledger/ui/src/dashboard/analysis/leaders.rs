//! `GET /dashboard/analysis/leaderboard`: the best affiliates of a period, compared with the one before; and the same as
//! a file.

use std::{collections::HashMap, sync::Arc, time::Duration};

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use shared::{
    id::{AffiliateId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    leaders_store::{self as store, Leader, Order},
    tabs::{self, CurrencyTab, LEADERBOARD},
};
use crate::dashboard::{list_filters, views};
use engine::intake::days_store::{self, By};
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
        span::Span,
        tab::{self, Tab},
        ttl_cache::TtlCache,
        zone::Zone,
    },
    state::AppState,
};
use programs::dashboard::pick_store::{self, Program};
use rules::{
    figures::{average_amount, conversion_rate, epc},
    format,
};

const ROWS: i64 = 50;
const FILE_ROWS: i64 = 1_000;
const CURRENCIES: i64 = 5;
/// What affiliates are ranked by.
const ORDERS: [(&str, &str); 3] = [("", "Revenue"), ("sales", "Sales"), ("commission", "Commissions")];
const FIELDS: [&str; 3] = ["by", "program", "currency"];
const HEAD: [&str; 11] = [
    "place",
    "place before",
    "affiliate",
    "affiliate id",
    "clicks",
    "sales",
    "conversion rate",
    "currency",
    "revenue",
    "commissions",
    "epc",
];
/// A leaderboard that takes longer to read is kept for a minute.
const SLOW: Duration = Duration::from_millis(30);
static KEPT: TtlCache<(OrganizationId, [Timestamp; 2], Order, i64), Board> = TtlCache::empty();

#[derive(Debug, askama::Template)]
#[template(path = "analysis_leaderboard.html")]
struct LeaderboardPage {
    frame: Frame,
    tabs: Vec<Tab>,
    orders: Vec<Tab>,
    filter_bar: FilterBar,
    span: Span,
    address: Address,
    currencies: Vec<CurrencyTab>,
    rows: Vec<Row>,
    file: String,
}

/// A row, formatted for display.
#[derive(Debug)]
struct Row {
    place: i64,
    /// How the place changed: text, and whether it is better; `None` if it didn't.
    moved: Option<(String, bool)>,
    id: String,
    name: String,
    slug: String,
    clicks: String,
    sales: String,
    rate: String,
    revenue: String,
    commission: String,
    epc: String,
}

#[derive(Debug)]
struct Board {
    leaders: Vec<Leader>,
    clicks: HashMap<Uuid, i64>,
}

#[derive(Debug)]
struct LeaderFilters {
    span: Span,
    by: &'static str,
    program: Option<ProgramId>,
    currency: Option<String>,
}

impl LeaderFilters {
    fn read(query: &mut Query, zone: &Zone, now: Timestamp) -> Result<Self, Error> {
        list_filters::without_blanks(query, &FIELDS);
        Ok(Self {
            span: Span::read(query, zone, now)?,
            by: query.one_of("by", &["sales", "commission"])?.unwrap_or_default(),
            program: list_filters::program(query)?,
            currency: query.currency("currency")?,
        })
    }

    fn on(&self, path: &str, organization: OrganizationId) -> Address {
        let address = self.span.on(Address::of(path, organization)).with("by", self.by);
        address.maybe("program", self.program).maybe("currency", self.currency.as_ref())
    }

    /// By the chosen currency, if something was sold in it; otherwise by the first of `known`.
    fn order(&self, known: &[String]) -> Order {
        let chosen = self.currency.as_ref().filter(|code| known.contains(code));
        let currency = chosen.or_else(|| known.first()).cloned().unwrap_or_default();
        let key = if self.by.is_empty() { "revenue" } else { self.by };
        Order { key, currency, program: self.program.map(|id| id.uuid()) }
    }

    fn bar(&self, organization: OrganizationId, programs: &[Program]) -> FilterBar {
        let programs = list_filters::options(programs, "All programs");
        FilterBar::new(self.on(LEADERBOARD, organization)).with(Facet::choice(
            "program",
            "Program",
            programs,
            self.program,
        ))
    }
}

/// The address that shows what a query chooses.
///
/// # Errors
/// 400 naming the parameter.
pub fn address(query: &mut Query, organization: OrganizationId, zone: &Zone, now: Timestamp) -> Result<Address, Error> {
    Ok(LeaderFilters::read(query, zone, now)?.on(LEADERBOARD, organization))
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
    let frame = Frame::load(&state, &session, organization, LEADERBOARD).await?;
    let filters = match LeaderFilters::read(&mut query, &frame.zone, state.clock.now()) {
        Ok(filters) => filters,
        Err(error) => {
            return views::without_refused(&state, organization, (LEADERBOARD, sent.as_deref()), error).await;
        }
    };
    let mut tx = state.db.tenant(organization).await?;
    let known = store::currencies(&mut tx, &filters.span, filters.program, CURRENCIES).await?;
    let order = filters.order(&known);
    let board = board(&mut tx, &filters.span, &order, ROWS).await?;
    let programs = pick_store::programs(&mut tx).await?;
    tx.commit().await?;
    let address = filters.on(LEADERBOARD, organization);
    Ok(Html(LeaderboardPage {
        tabs: tabs::tabs(LEADERBOARD, organization),
        orders: tab::tabs("by", &ORDERS, filters.by, &address),
        filter_bar: filters.bar(organization, &programs),
        currencies: tabs::currencies(&known, &order.currency, &address),
        rows: board.leaders.iter().map(|leader| Row::of(leader, &board, &order.currency)).collect(),
        file: address.clone().at(format!("{LEADERBOARD}.csv")).to_string(),
        span: filters.span,
        address,
        frame,
    })
    .into_response())
}

/// `GET /dashboard/analysis/leaderboard.csv`.
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
    let mut tx = state.db.tenant(organization).await?;
    let profile = organization::store::profile(&mut tx).await?.ok_or_else(Error::not_found)?;
    let filters = LeaderFilters::read(&mut query, &Zone::named(&profile.time_zone), state.clock.now())?;
    let known = store::currencies(&mut tx, &filters.span, filters.program, CURRENCIES).await?;
    let order = filters.order(&known);
    let board = board(&mut tx, &filters.span, &order, FILE_ROWS).await?;
    tx.commit().await?;
    let lines: String = board.leaders.iter().map(|leader| line(leader, &board, &order.currency)).collect();
    let name = format!("leaderboard-{}-{}.csv", filters.span.first, filters.span.last);
    Ok(csv::attachment(&name, csv::KIND, csv::line(HEAD) + &lines)?)
}

async fn board(tx: &mut TenantTx, span: &Span, order: &Order, limit: i64) -> Result<Arc<Board>, sqlx::Error> {
    let started = Instant::now();
    let key = (tx.organization(), [span.from(), span.to()], order.clone(), limit);
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let leaders = store::leaders(tx, span, order, limit).await?;
    let ids: Vec<Uuid> = leaders.iter().map(|leader| leader.affiliate).collect();
    let clicks = days_store::within(tx, By::Affiliate, Some(&ids), order.program, span).await?.into_iter().collect();
    let board = Arc::new(Board { leaders, clicks });
    if started.elapsed() > SLOW {
        KEPT.put(key, started, &board);
    }
    Ok(board)
}

impl Board {
    fn clicks(&self, leader: &Leader) -> i64 {
        self.clicks.get(&leader.affiliate).copied().unwrap_or_default()
    }

    /// First sales divided by clicks.
    fn rate(&self, leader: &Leader) -> Option<String> {
        conversion_rate(leader.sales - leader.renewals, self.clicks(leader)).map(|rate| rate.to_string())
    }
}

impl Row {
    fn of(leader: &Leader, board: &Board, currency: &str) -> Self {
        let clicks = board.clicks(leader);
        let nothing = || "\u{2013}".to_owned();
        Self {
            place: leader.place,
            moved: moved(leader),
            id: AffiliateId::new(leader.affiliate).to_string(),
            name: leader.name.clone(),
            slug: leader.slug.clone(),
            clicks: count(clicks),
            sales: count(leader.sales),
            rate: board.rate(leader).unwrap_or_else(nothing),
            revenue: format::money(leader.revenue, currency),
            commission: format::money(leader.commission, currency),
            epc: average_amount(leader.commission, clicks, currency).unwrap_or_else(nothing),
        }
    }
}

fn count(figure: i64) -> String {
    format::count(u64::try_from(figure).unwrap_or_default())
}

fn moved(leader: &Leader) -> Option<(String, bool)> {
    let Some(before) = leader.place_before else { return Some(("new".to_owned(), true)) };
    match before - leader.place {
        0 => None,
        up if up > 0 => Some((format!("+{up}"), true)),
        down => Some((format!("\u{2212}{}", -down), false)),
    }
}

fn line(leader: &Leader, board: &Board, currency: &str) -> String {
    let clicks = board.clicks(leader);
    let money = |minor: i64| csv::major(minor, currency);
    csv::line([
        leader.place.to_string().as_str(),
        leader.place_before.map(|place| place.to_string()).unwrap_or_default().as_str(),
        leader.name.as_str(),
        AffiliateId::new(leader.affiliate).to_string().as_str(),
        clicks.to_string().as_str(),
        leader.sales.to_string().as_str(),
        board.rate(leader).unwrap_or_default().as_str(),
        currency,
        money(leader.revenue).as_str(),
        money(leader.commission).as_str(),
        epc(leader.commission, clicks).map(money).unwrap_or_default().as_str(),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leader(place: i64, place_before: Option<i64>) -> Leader {
        Leader {
            affiliate: Uuid::nil(),
            name: "Lauren Vale".to_owned(),
            slug: "lauren".to_owned(),
            sales: 5,
            renewals: 1,
            revenue: 10_000,
            commission: 2_000,
            place,
            place_before,
        }
    }

    #[test]
    fn a_place_is_compared_with_the_one_before() {
        let text = |place, before| moved(&leader(place, before));
        assert_eq!(text(1, Some(3)), Some(("+2".to_owned(), true)));
        assert_eq!(text(4, Some(3)), Some(("\u{2212}1".to_owned(), false)));
        assert_eq!((text(1, Some(1)), text(1, None)), (None, Some(("new".to_owned(), true))));
    }

    #[test]
    fn rates_are_those_of_every_page() {
        let board = Board { leaders: Vec::new(), clicks: HashMap::from([(Uuid::nil(), 200)]) };
        let row = Row::of(&leader(1, None), &board, "USD");
        assert_eq!((row.rate.as_str(), row.epc.as_str(), row.revenue.as_str()), ("2.0%", "$0.10", "$100.00"));
        let none = Board { leaders: Vec::new(), clicks: HashMap::new() };
        assert_eq!(Row::of(&leader(1, None), &none, "USD").rate, "\u{2013}");
        assert!(line(&leader(1, Some(2)), &board, "USD").starts_with("\"1\",\"2\",\"Lauren Vale\",\"aff_"));
    }
}
