//! `GET /dashboard/customers.csv`: exports the list as CSV, read in batches so that any length works.

use axum::{extract::State, response::Response};
use shared::id::CustomerId;
use uuid::Uuid;

use super::{
    filters::ListFilters,
    store::{self, Brought},
};
use crate::dashboard::{facets::Found, list_filters};
use engine::customer::view::Customer;
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    page::{PageError, csv},
    state::AppState,
};

const HEAD: [&str; 12] = [
    "customer id",
    "customer",
    "other names",
    "email",
    "first reported",
    "last conversion",
    "affiliate",
    "affiliate id",
    "sales",
    "revenue",
    "revenue currency",
    "customer name",
];

struct Customers {
    filters: ListFilters,
    found: Found,
    after: Option<Uuid>,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let mut filters = ListFilters::read(query, organization, list_filters::FILE_ROWS)?;
    let mut tx = state.db.tenant(organization).await?;
    let found = filters.slice.found(&mut tx, state.clock.now()).await?;
    tx.commit().await?;
    let Some(found) = found else {
        return Ok(csv::attachment("customers.csv", csv::KIND, csv::line(HEAD))?);
    };
    let after = filters.pagination.after;
    Ok(csv::export(&state.db, organization, "customers", HEAD, Customers { filters, found, after })?)
}

impl csv::Listing for Customers {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = self.filters.list(tx, &self.found, self.after).await?;
        let ids: Vec<CustomerId> = rows.iter().map(|row| row.id).collect();
        let mut brought = store::brought(tx, &ids).await?;
        self.after = rows.last().map(|row| row.id.uuid());
        let lines = rows.iter().map(|row| line(row, &brought.remove(&row.id).unwrap_or_default()));
        Ok(csv::Page::new(lines, self.filters.pagination.limit()))
    }
}

fn line(row: &Customer, brought: &Brought) -> String {
    let amounts: Vec<String> = brought.amounts.iter().map(|(currency, amount)| csv::major(*amount, currency)).collect();
    let currencies: Vec<&str> = brought.amounts.iter().map(|(currency, _)| currency.as_str()).collect();
    let (affiliate, name) =
        brought.affiliate.as_ref().map(|(id, name)| (id.to_string(), name.as_str())).unwrap_or_default();
    csv::line([
        row.id.to_string().as_str(),
        &row.customer_id,
        &row.other_customer_ids.join(" "),
        row.email.as_deref().unwrap_or_default(),
        &row.created_at.to_string(),
        &brought.last_at.map(|at| at.to_string()).unwrap_or_default(),
        name,
        &affiliate,
        &brought.sales.to_string(),
        &amounts.join(" "),
        &currencies.join(" "),
        brought.person.as_deref().unwrap_or_default(),
    ])
}
