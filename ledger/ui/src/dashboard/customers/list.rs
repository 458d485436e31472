//! `GET /dashboard/customers`: the list.

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use shared::id::CustomerId;

use super::{
    PLACE,
    filters::ListFilters,
    store::{self, Brought},
};
use crate::dashboard::{
    facets::Choices,
    list_filters,
    views::{self, Views},
};
use engine::customer::view::Customer;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    page::{
        Html, PageError,
        address::Address,
        columns::Columns,
        filter::FilterBar,
        list::{Heading, Pager, Shown},
        zone::Zone,
    },
    state::AppState,
};
use rules::format;

#[derive(Debug, askama::Template)]
#[template(path = "customers.html")]
struct CustomersPage {
    frame: Frame,
    filters: ListFilters,
    filter_bar: FilterBar,
    columns: Columns,
    views: Views,
    since: Vec<Heading>,
    address: Address,
    rows: Vec<CustomerRow>,
    pager: Pager,
    file: String,
}

#[derive(Debug)]
struct CustomerRow {
    id: String,
    name: String,
    /// The name of a lead.
    person: Option<String>,
    email: Option<String>,
    others: usize,
    since: (String, String),
    last: Option<(String, String)>,
    affiliate: Option<(String, String)>,
    sales: String,
    amounts: Vec<String>,
}

impl CustomerRow {
    fn of(row: Customer, brought: Brought, zone: &Zone) -> Self {
        let day = |at: shared::timestamp::Timestamp| (at.to_string(), zone.date(at));
        Self {
            id: row.id.to_string(),
            email: row.email.filter(|email| *email != row.customer_id),
            name: row.customer_id,
            person: brought.person,
            others: row.other_customer_ids.len(),
            since: day(row.created_at),
            last: brought.last_at.map(day),
            affiliate: brought.affiliate.map(|(id, name)| (id.to_string(), name)),
            sales: format::count(brought.sales.unsigned_abs()),
            amounts: brought.amounts.iter().map(|(currency, amount)| format::money(*amount, currency)).collect(),
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
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut filters = match ListFilters::read(query, organization, list_filters::ROWS) {
        Ok(filters) => filters,
        Err(error) => return views::without_refused(&state, organization, (PLACE, sent.as_deref()), error).await,
    };
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let found = filters.slice.found(&mut tx, state.clock.now()).await?;
    let choices = Choices::load(&mut tx).await?;
    let rows = match &found {
        Some(found) => filters.list(&mut tx, found, filters.pagination.after).await?,
        None => Vec::new(),
    };
    let is_more = list_filters::is_more(&filters.pagination, rows.len());
    let total = match &found {
        Some(found) if is_more => filters.count(&mut tx, found).await?,
        _ => None,
    };
    let ids: Vec<CustomerId> = rows.iter().map(|row| row.id).collect();
    let mut brought = store::brought(&mut tx, &ids).await?;
    let address = filters.address();
    let views = Views::load(&mut tx, session.user, &frame, &address, state.clock.now()).await?;
    tx.commit().await?;
    let page = filters.pagination.page(rows, |row| row.id.uuid(), |row| row);
    let mut row = |row: Customer| {
        let brought = brought.remove(&row.id).unwrap_or_default();
        CustomerRow::of(row, brought, &frame.zone)
    };
    let rows: Vec<CustomerRow> = page.data.into_iter().map(&mut row).collect();
    let shown = Shown { before: filters.seen.filter(|_| total.is_some() || !is_more), rows: rows.len(), total };
    Ok(Html(CustomersPage {
        rows,
        pager: Pager::of_counted(shown, page.next_cursor.as_deref(), &address),
        filter_bar: filters.bar(&choices),
        columns: Columns::of("customers", &[("since", "Since", true)]),
        views,
        since: list_filters::date_heading("Since", filters.sort, &address),
        file: address.clone().at(format!("{PLACE}.csv")).to_string(),
        address,
        filters,
        frame,
    })
    .into_response())
}
