//! `GET /dashboard/customers.csv`: exports the list as CSV, read in batches so that any length works.

use axum::{extract::State, response::Response};
use shared::id::CustomerId;

use super::{
    list::ListFilters,
    store::{self, Brought},
};
use crate::dashboard::list_filters;
use engine::customer::{
    store::{self as customer_store, Filter},
    view::Customer,
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    page::{PageError, csv},
    state::AppState,
};

const HEAD: [&str; 11] = [
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
];

struct Customers(Filter);

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let filter = ListFilters::read(query, organization, list_filters::FILE_ROWS)?.filter();
    Ok(csv::export(&state.db, organization, "customers", HEAD, Customers(filter))?)
}

impl csv::Listing for Customers {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = customer_store::list(tx, &self.0).await?;
        let ids: Vec<CustomerId> = rows.iter().map(|row| row.id).collect();
        let mut brought = store::brought(tx, &ids).await?;
        self.0.after = rows.last().map(|row| row.id.uuid());
        let lines = rows.iter().map(|row| line(row, &brought.remove(&row.id).unwrap_or_default()));
        Ok(csv::Page::new(lines, self.0.limit))
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
    ])
}
