//! `GET /api/v1/customer-joins` and `GET /api/v1/customer-joins/{id}`.

use axum::{
    Json,
    extract::{Path, State},
};
use shared::id::CustomerJoinId;
use uuid::Uuid;

use super::{
    preview,
    store::{self, Filter},
    view::{CustomerJoin, CustomerJoinDetail},
};
use crate::decision;
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        query::Query,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

const STATES: [&str; 3] = ["Joined", "Waiting", "Split"];

/// List customer joins
///
/// A join links two customers that verified reports name as the buyer of the same sale. It takes effect immediately
/// unless it requires a review. Use `state=Waiting` to list the joins that await one.
#[utoipa::path(get, path = "/api/v1/customer-joins", tag = "Customers", operation_id = "listCustomerJoins",
    params(PageParams, SortParam,
        ("state" = Option<String>, Query, description = "`Joined`, `Waiting` or `Split`", example = "Waiting"),
        ("customerId" = Option<String>, Query, example = "user_42",
            description = "`cus_…`, or any id of the customer in your system or at your gateway")),
    responses((status = 200, description = "Newest first by default", body = Page<CustomerJoin>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<CustomerJoin>>> {
    let pagination: Pagination<Uuid> = query.sorted_page()?;
    let of_state = query.one_of("state", &STATES)?;
    let named = query.text("customerId");
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let buyer = match &named {
        Some(named) => decision::store::buyer(&mut tx, named).await?,
        None => None,
    };
    let (after, oldest, limit) = (pagination.after, pagination.oldest, pagination.limit());
    let filter = Filter { id: None, state: of_state, buyer, after, oldest, limit };
    let rows = if named.is_some() && buyer.is_none() { Vec::new() } else { store::list(&mut tx, &filter).await? };
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve a customer join
///
/// Includes a preview of the opposite decision: which conversions would be credited differently, and what each
/// affiliate would gain or lose.
#[utoipa::path(get, path = "/api/v1/customer-joins/{id}", tag = "Customers", operation_id = "getCustomerJoin",
    params(("id" = String, Path, example = "join_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The join", body = CustomerJoinDetail),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
) -> Result<Json<CustomerJoinDetail>> {
    let mut tx = key.reader(&state).await?;
    let join = known(&mut tx, &id).await?;
    let preview = preview::preview(&mut tx, &state, &join).await?;
    tx.end();
    Ok(Json(CustomerJoinDetail { join, preview }))
}

/// The join with that id.
///
/// # Errors
/// 404 for an unknown join.
pub async fn known(tx: &mut TenantTx, id: &str) -> Result<CustomerJoin> {
    let id: CustomerJoinId = id.parse().map_err(|_| Error::not_found())?;
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    store::list(tx, &filter).await?.pop().ok_or_else(Error::not_found)
}
