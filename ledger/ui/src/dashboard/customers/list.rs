//! `GET /dashboard/customers`: the list.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use shared::id::{CustomerId, OrganizationId};
use uuid::Uuid;

use super::{
    PLACE,
    store::{self, Brought},
};
use crate::dashboard::{list_filters, views::Views};
use engine::customer::{
    store::{self as customer_store, Filter},
    view::Customer,
};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{pagination::Pagination, query::Query},
    error::Error,
    page::{
        Html, PageError,
        address::Address,
        columns::Columns,
        filter::FilterBar,
        list::{Heading, Pager, Shown, Sort},
        zone::Zone,
    },
    state::AppState,
};
use rules::{customer::mailbox::email_key, format};

/// The list's filters, read from the query string.
#[derive(Debug)]
pub struct ListFilters {
    organization: OrganizationId,
    /// Any of the customer's ids, or their email; the whole of it.
    search: Option<String>,
    sort: Sort,
    /// How many rows precede the page, if its URL says so.
    seen: Option<u64>,
    pub pagination: Pagination<Uuid>,
}

impl ListFilters {
    /// # Errors
    /// 400 naming the parameter.
    pub fn read(mut query: Query, organization: OrganizationId, rows: &str) -> Result<Self, Error> {
        list_filters::without_blanks(&mut query, &["q", "sort", "cursor"]);
        query.text("organization");
        let search = list_filters::text(&mut query, "q");
        let seen = list_filters::seen(&mut query);
        let sort = list_filters::order(&mut query)?;
        let cursor = query.text("cursor");
        let pagination = Pagination::either_way(Some(rows), cursor.as_deref(), Some(!sort.descending))?;
        query.finish()?;
        Ok(Self { organization, search, sort, seen, pagination })
    }

    pub fn filter(&self) -> Filter {
        let is_address = self.search.as_ref().is_some_and(|text| text.contains('@'));
        Filter {
            customer_id: self.search.clone().filter(|_| !is_address),
            email_key: self.search.as_deref().filter(|_| is_address).map(email_key),
            after: self.pagination.after,
            oldest: !self.sort.descending,
            limit: self.pagination.limit(),
            ..Filter::default()
        }
    }

    fn address(&self) -> Address {
        list_filters::ordered(Address::of(PLACE, self.organization).maybe("q", self.search.as_ref()), self.sort)
    }
}

#[derive(Debug, askama::Template)]
#[template(path = "customers.html")]
struct CustomersPage {
    frame: Frame,
    search: String,
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
/// 404 if the user isn't a member of the organization; 400 for an invalid filter; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let filters = ListFilters::read(query, organization, list_filters::ROWS)?;
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let rows = customer_store::list(&mut tx, &filters.filter()).await?;
    // What a search finds is little, and isn't counted.
    let is_more = list_filters::is_more(&filters.pagination, rows.len());
    let total = match is_more && filters.search.is_none() {
        true => Some(store::count(&mut tx).await?),
        false => None,
    };
    let ids: Vec<CustomerId> = rows.iter().map(|row| row.id).collect();
    let mut brought = store::brought(&mut tx, &ids).await?;
    let address = filters.address();
    let views = Views::load(&mut tx, session.user, frame.may_operate(), &address).await?;
    tx.commit().await?;
    let page = filters.pagination.page(rows, |row| row.id.uuid(), |row| row);
    let mut row = |row: Customer| {
        let brought = brought.remove(&row.id).unwrap_or_default();
        CustomerRow::of(row, brought, &frame.zone)
    };
    let rows: Vec<CustomerRow> = page.data.into_iter().map(&mut row).collect();
    let shown = Shown { before: filters.seen.filter(|_| total.is_some() || !is_more), rows: rows.len(), total };
    let bar = FilterBar::new(address.clone());
    Ok(Html(CustomersPage {
        rows,
        pager: Pager::of_counted(shown, page.next_cursor.as_deref(), &address),
        filter_bar: bar.searching("Customer ID or email", filters.search.as_deref()),
        columns: Columns::of("customers", &[("since", "Since", true)]),
        views,
        since: list_filters::date_heading("Since", filters.sort, &address),
        file: address.clone().at(format!("{PLACE}.csv")).to_string(),
        address,
        search: filters.search.unwrap_or_default(),
        frame,
    })
    .into_response())
}
