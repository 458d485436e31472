//! `GET /dashboard/customers.csv`: the list as a file; read page by page, so that its length doesn't matter.

use axum::{extract::State, response::Response};
use shared::id::{CustomerId, OrganizationId};

use super::{
    page::Asked,
    store::{self, Brought},
};
use crate::dashboard::ask;
use engine::customer::{
    customer_store::{self, Filter},
    view::Customer,
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    page::{PageError, csv},
    state::AppState,
};

const HEAD: [&str; 11] = [
    "customer id",
    "customer",
    "other names",
    "e-mail",
    "first told of",
    "last conversion",
    "affiliate",
    "affiliate id",
    "sales",
    "revenue",
    "revenue currency",
];

/// What is yet to be sent.
struct Rest {
    state: AppState,
    organization: OrganizationId,
    filter: Filter,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let filter = Asked::read(query, organization, ask::FILE_ROWS)?.filter();
    Ok(csv::download("customers", csv::line(HEAD), Rest { state, organization, filter }, next)?)
}

async fn next(mut rest: Rest) -> Result<Option<(String, Option<Rest>)>, sqlx::Error> {
    let mut tx = rest.state.db.tenant(rest.organization).await?;
    let rows = customer_store::list(&mut tx, rest.organization, &rest.filter).await?;
    let ids: Vec<CustomerId> = rows.iter().map(|row| row.id).collect();
    let mut brought = store::brought(&mut tx, rest.organization, &ids).await?;
    tx.commit().await?;
    rest.filter.after = rows.last().map(|row| row.id.uuid());
    let text = rows.iter().map(|row| line(row, &brought.remove(&row.id).unwrap_or_default())).collect();
    Ok(csv::portion(text, (rows.len(), rest.filter.limit), rest))
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
