//! `GET /dashboard/payouts`: the tabs, with sums and rows.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use shared::id::{OrganizationId, UserId};

use super::{
    PLACE,
    filters::{ListFilters, Tab},
    offers::{self, Offer},
    owed_store, store,
    verdict::{self, Verdicts},
    view::{OwedRow, PayoutRow},
};
use crate::dashboard::{
    home_amount::{self, HomeAmount},
    views::{self, Views},
};
use engine::fx_rates::convert;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::Error,
    page::{
        Html, PageError, address::Address, columns::Columns, filter::FilterBar, list::Pager, span::Span,
        tab::Tab as TabLink,
    },
    state::AppState,
};
use rules::{exchange_rate::total::Rates, format};

const PER_PAGE: usize = 50;
const COUNTED_MAX: i64 = 10_000;
/// The period of the sum of paid amounts.
const DAYS: i32 = 30;

#[derive(Debug, askama::Template)]
#[template(path = "payouts.html")]
struct PayoutsPage {
    frame: Frame,
    filters: ListFilters,
    address: Address,
    filter_bar: FilterBar,
    columns: Columns,
    views: Views,
    file: String,
    sums: Vec<Sums>,
    home: HomeSums,
    /// What a person can pay or approve now.
    due: Vec<Link>,
    tabs: Vec<TabLink>,
    /// When the next hold ends.
    release: Option<String>,
    owed: Vec<OwedRow>,
    /// Whether *Paid* lists what an import left to the earlier platform.
    has_left: bool,
    rows: Vec<PayoutRow>,
    pager: Pager,
}

/// Leads to what a person can pay or approve.
#[derive(Debug)]
struct Link {
    href: String,
    label: String,
}

#[derive(Debug)]
struct Sums {
    payable: String,
    /// How many affiliates can be paid, and what the others need.
    ready: String,
    held: String,
    reserved: String,
    paid: String,
}

/// The totals of all currencies together.
#[derive(Debug)]
struct HomeSums {
    payable: Option<HomeAmount>,
    held: Option<HomeAmount>,
    reserved: Option<HomeAmount>,
    paid: Option<HomeAmount>,
}

impl HomeSums {
    fn of(sums: &[store::Sums], rates: Option<&Rates>) -> Self {
        let total = |of: fn(&store::Sums) -> i64| {
            home_amount::sum(rates, sums.iter().map(|sums| (of(sums), sums.currency.as_str())))
        };
        Self {
            payable: total(|sums| sums.payable),
            held: total(|sums| sums.held),
            reserved: total(|sums| sums.reserved),
            paid: total(|sums| sums.paid),
        }
    }
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
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let filters = match ListFilters::read(&mut query, &frame.zone) {
        Ok(filters) => filters,
        Err(error) => return views::without_refused(&state, organization, (PLACE, sent.as_deref()), error).await,
    };
    Ok(Html(load(&state, (frame, session.user), organization, filters).await?).into_response())
}

async fn load(
    state: &AppState,
    (frame, user): (Frame, UserId),
    organization: OrganizationId,
    mut filters: ListFilters,
) -> Result<PayoutsPage, Error> {
    let mut tx = state.db.tenant(organization).await?;
    filters.find(&mut tx).await?;
    let sums = store::sums(&mut tx, Span::last(DAYS, &frame.zone, state.clock.now()).from()).await?;
    let currencies = sums.iter().filter_map(|sums| sums.currency.parse().ok()).collect();
    let rates = convert::to_home(&mut tx, currencies, state.clock.now().date()).await?;
    let counts = (store::open(&mut tx, COUNTED_MAX).await?, store::failed(&mut tx, COUNTED_MAX).await?);
    let release = store::next_release(&mut tx).await?;
    // Selecting everyone who is owed something takes long, so only the tab that lists them does it.
    let (offers, selections) = match filters.tab {
        Tab::Pending => offers::load(&mut tx, state.clock.now()).await?,
        _ => (offers::brief(&mut tx, &sums).await?, Vec::new()),
    };
    let limit = i64::try_from(PER_PAGE + 1).unwrap_or(i64::MAX);
    let (mut owed, mut rows, mut verdicts) = (Vec::new(), Vec::new(), Verdicts::new());
    if filters.tab.account().is_some() {
        let after = filters.after.as_ref().map(|(affiliate, currency)| (*affiliate, currency.as_str()));
        owed = owed_store::list(&mut tx, &filters, after, limit).await?;
        selections.iter().for_each(|selection| verdict::add(&mut verdicts, selection));
    } else {
        rows = store::list(&mut tx, &filters, filters.before, limit).await?;
    }
    let address = filters.address(organization);
    let views = Views::load(&mut tx, user, &frame, &address, state.clock.now()).await?;
    tx.commit().await?;
    let is_more = owed.len().max(rows.len()) > PER_PAGE;
    owed.truncate(PER_PAGE);
    rows.truncate(PER_PAGE);
    let later = match filters.tab {
        Tab::Pending | Tab::Upcoming => {
            owed.last().map(|last| address.clone().with("after", format!("{}.{}", last.affiliate, last.currency)))
        }
        _ => rows.last().map(|last| address.clone().with("before", last.id)),
    };
    let later = later.filter(|_| is_more);
    let people = sums.iter().map(|sums| sums.people).sum();
    Ok(PayoutsPage {
        tabs: tabs(organization, &filters, (people, counts.0, counts.1)),
        release: release.filter(|at| *at > state.clock.now()).map(|at| frame.zone.date(at)),
        home: HomeSums::of(&sums, rates.as_ref()),
        sums: sums.iter().map(|sums| Sums::of(sums, &offers)).collect(),
        due: offers.iter().filter(|offer| offer.is_due()).map(|offer| Link::of(offer, organization)).collect(),
        owed: owed.into_iter().map(|row| OwedRow::of(row, &verdicts)).collect(),
        has_left: rows.iter().any(|row| row.settled_there),
        rows: rows.into_iter().map(|row| PayoutRow::of(row, &frame.zone)).collect(),
        pager: pager(&filters, &address, later),
        filter_bar: filters.bar(organization),
        columns: columns(filters.tab),
        views,
        file: address.clone().at(format!("{PLACE}.csv")).to_string(),
        frame,
        filters,
        address,
    })
}

/// The links to the first page, and to the `later` one.
fn pager(filters: &ListFilters, first: &Address, later: Option<Address>) -> Pager {
    let is_first = filters.before.is_none() && filters.after.is_none();
    Pager {
        earlier: (!is_first).then(|| first.to_string()),
        later: later.map(|later| later.to_string()),
        to_first: true,
        ..Pager::default()
    }
}

/// What can be hidden or added in a tab's table; each kind of table remembers its own.
fn columns(tab: Tab) -> Columns {
    let email = ("email", "Email", true);
    match tab {
        Tab::Pending => Columns::of("payable", &[email, ("reason", "Reason", true)]),
        Tab::Upcoming => Columns::of("upcoming", &[email]),
        Tab::InProgress | Tab::Paid | Tab::Failed => {
            Columns::of("payouts", &[email, ("method", "Method", true), ("run", "Payout run", false)])
        }
    }
}

/// The tabs, with the numbers of all affiliates who are owed something, of all open payouts and of all failed ones. The
/// filters stay.
fn tabs(organization: OrganizationId, filters: &ListFilters, (people, open, failed): (i64, i64, i64)) -> Vec<TabLink> {
    let tab = |tab: Tab| {
        let number = match tab {
            Tab::Pending => people,
            Tab::InProgress => open,
            Tab::Failed => failed,
            Tab::Upcoming | Tab::Paid => 0,
        };
        TabLink {
            title: tab.title().to_owned(),
            href: filters.in_tab(tab).address(organization).to_string(),
            here: tab == filters.tab,
            count: (number > 0).then(|| count(number)),
        }
    };
    Tab::ALL.into_iter().map(tab).collect()
}

fn count(number: i64) -> String {
    let more = if number >= COUNTED_MAX { "+" } else { "" };
    format!("{}{more}", format::count(number.unsigned_abs()))
}

impl Link {
    fn of(offer: &Offer, organization: OrganizationId) -> Self {
        match &offer.open {
            Some((open, total)) => Self {
                href: format!("{PLACE}/runs/{open}?organization={organization}"),
                label: format!("Review payout run \u{b7} {total}"),
            },
            None => Self {
                href: format!("{PLACE}/pay?organization={organization}&currency={}", offer.currency),
                label: offer.pays.clone(),
            },
        }
    }
}

impl Sums {
    fn of(sums: &store::Sums, offers: &[Offer]) -> Self {
        let money = |minor| format::money(minor, &sums.currency);
        let offer = offers.iter().find(|offer| offer.currency == sums.currency);
        Self {
            payable: money(sums.payable),
            ready: offer.map(|offer| offer.ready.clone()).unwrap_or_default(),
            held: money(sums.held),
            reserved: money(sums.reserved),
            paid: money(sums.paid),
        }
    }
}
