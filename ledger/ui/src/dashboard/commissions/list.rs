//! `GET /dashboard/commissions`: the tabs, sums by currency, and checkboxes for bulk decisions.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{
    PLACE,
    filters::{ListFilters, TABS},
    store::{self, Row},
};
use crate::dashboard::{
    bulk::{Bulk, Outcome},
    bulk_all::Matching,
    facets::Choices,
    home_amount::{self, HomeAmount},
    list_filters,
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
    error::Result,
    page::{
        Html, PageError,
        address::Address,
        columns::Columns,
        csv,
        filter::FilterBar,
        list::{Heading, Pager, Shown, Total},
        status::{self, Badge},
        tab::{Tab, tabs},
        zone::{When, Zone},
    },
    state::AppState,
};
use payouts::statement::store::{self as balances, Sums};
use rules::{exchange_rate::total::Rates, format};

#[derive(Debug, askama::Template)]
#[template(path = "commissions.html")]
pub struct CommissionsPage {
    frame: Frame,
    filters: ListFilters,
    address: Address,
    tabs: Vec<Tab>,
    tiles: Vec<Tile>,
    filter_bar: FilterBar,
    columns: Columns,
    views: Views,
    date: Vec<Heading>,
    /// Whether *Paid* lists what an import left to the earlier platform.
    has_left: bool,
    rows: Vec<CommissionRow>,
    pager: Pager,
    file: String,
    /// The result of a bulk action, and the form that it came from.
    outcome: Option<Outcome>,
    bulk: Bulk,
    /// What the bar offers beyond this page.
    matching: Option<Matching>,
}

/// A sum of commissions, one line per currency.
#[derive(Debug)]
struct Tile {
    title: &'static str,
    sums: Vec<String>,
    note: &'static str,
    /// All currencies together.
    home: Option<HomeAmount>,
}

#[derive(Debug)]
struct CommissionRow {
    id: String,
    affiliate: (String, String),
    /// Path and name of the sale.
    sale: Option<(String, String)>,
    what: String,
    program: String,
    amount: String,
    home: Option<HomeAmount>,
    /// The amount for the script that adds up what is selected.
    major: String,
    currency: String,
    earned: Option<String>,
    paid: Option<String>,
    reason: String,
    made: When,
    badge: Badge,
}

/// # Errors
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    RawQuery(sent): RawQuery,
    query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let shown = load(&state, &session, organization, query, None).await.map(|page| Html(page).into_response());
    match shown {
        Ok(response) => Ok(response),
        Err(error) => views::without_refused(&state, organization, (PLACE, sent.as_deref()), error).await,
    }
}

/// Loads the page, with the result of an action that just ran.
///
/// # Errors
/// 400 for an invalid filter; 503 if the database is unavailable.
pub async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    query: Query,
    done: Option<(Bulk, Outcome)>,
) -> Result<CommissionsPage> {
    let mut filters = ListFilters::read(query, organization, list_filters::ROWS)?;
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let now = state.clock.now();
    let found = filters.slice.found(&mut tx, now).await?;
    let choices = Choices::load(&mut tx).await?;
    let has_sums = filters.have_sums();
    let sums = match has_sums {
        true => balances::sums(&mut tx, filters.slice.whom.id()).await?,
        false => Vec::new(),
    };
    let rates = convert::to_home(&mut tx, sums.iter().map(|sum| sum.currency).collect(), now.date()).await?;
    let filter = found.map(|found| filters.filter(found));
    let rows = match &filter {
        Some(filter) => store::list(&mut tx, filter).await?,
        None => Vec::new(),
    };
    let total = match &filter {
        Some(filter) if list_filters::is_more(&filters.pagination, rows.len()) => {
            Some(Total { rows: store::count(&mut tx, filter).await?, most: filter.found.counted_max() })
        }
        _ => None,
    };
    let needed = home_amount::needed(rows.iter().map(|row| (row.currency.as_str(), row.created_at)));
    let of_rows = convert::of_days(&mut tx, needed).await?;
    let address = filters.address();
    let views = Views::load(&mut tx, session.user, &frame, &address, now).await?;
    tx.commit().await?;
    let has_left = filters.status == Some("Paid") && rows.iter().any(|row| row.status == "SettledThere");
    let page = filters.pagination.page(
        rows,
        |row| row.id.uuid(),
        |row| {
            let home = home_amount::of(of_rows.as_ref(), row.amount, &row.currency, row.created_at);
            CommissionRow { home, ..CommissionRow::of(row, &frame.zone, organization, now) }
        },
    );
    let shown = Shown { before: filters.seen, rows: page.data.len(), total };
    let (bulk, outcome) = done.map_or((Bulk::default(), None), |(bulk, outcome)| (bulk, Some(outcome)));
    Ok(CommissionsPage {
        tabs: tabs("status", &TABS, filters.status.unwrap_or_default(), &address),
        tiles: if has_sums { tiles(&sums, rates.as_ref()) } else { Vec::new() },
        filter_bar: filters.bar(&choices),
        columns: Columns::of(
            "commissions",
            &[("program", "Program", choices.programs.len() > 1), ("how", "How it was calculated", false)],
        ),
        views,
        date: list_filters::date_heading("Date", filters.sort, &address),
        pager: Pager::of_counted(shown, page.next_cursor.as_deref(), &address),
        file: address.clone().at(format!("{PLACE}.csv")).to_string(),
        has_left,
        rows: page.data,
        frame,
        filters,
        address,
        outcome,
        bulk,
        matching: Matching::of(shown),
    })
}

fn tiles(sums: &[Sums], rates: Option<&Rates>) -> Vec<Tile> {
    let tile = |title, note, of: fn(&Sums) -> i64| {
        let money = |sum: &Sums| format::money(of(sum), sum.currency.code());
        let home = home_amount::sum(rates, sums.iter().map(|sum| (of(sum), sum.currency.code())));
        Tile { title, note, sums: sums.iter().filter(|sum| of(sum) != 0).map(money).collect(), home }
    };
    vec![
        tile("On hold", "until the hold period ends", |sum| sum.pending),
        tile("Payable", "including payouts in progress", |sum| sum.payable.saturating_add(sum.reserved)),
        tile("Paid", "to date", |sum| sum.received().saturating_add(sum.withheld)),
    ]
}

impl CommissionRow {
    fn of(row: Row, zone: &Zone, organization: OrganizationId, now: Timestamp) -> Self {
        let what = match row.kind.as_str() {
            "Click" => format!("Clicks on {}", row.day.map(|day| day.to_string()).unwrap_or_default()),
            "Conversion" => "Conversion".to_owned(),
            other => other.to_owned(),
        };
        let sale = row
            .conversion
            .map(|(id, name)| (Address::of(format!("/dashboard/conversions/{id}"), organization).to_string(), name));
        let money = |minor| format::money(minor, &row.currency);
        let due = if row.hold_until > now { zone.date(row.hold_until) } else { String::new() };
        let badge = status::commission(&row.status, row.held.as_deref(), &due, row.reserved, row.amount, row.paid);
        Self {
            badge,
            id: row.id.to_string(),
            affiliate: (row.affiliate.to_string(), row.name),
            sale,
            what,
            program: row.program,
            amount: money(row.amount),
            home: None,
            major: csv::major(row.amount, &row.currency),
            earned: (row.earned != row.amount).then(|| money(row.earned)),
            paid: (row.paid != 0 && row.paid != row.amount).then(|| money(row.paid)),
            reason: row.reason,
            made: zone.when(row.created_at),
            currency: row.currency,
        }
    }
}
