//! `GET /api/v1/customers`.

use std::collections::HashSet;

use axum::{
    Json,
    extract::{Path, State},
};
use shared::{id::CustomerId, timestamp::Timestamp};
use uuid::Uuid;

use super::{
    store::{self, Filter},
    view::{Customer, CustomerBinding, CustomerDetail},
};
use crate::{
    decision,
    history::{
        BuyerHistory, Rates,
        attributed::{candidates, kin},
        load,
        write::rates,
    },
};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        query::{Query, When},
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use rules::{
    attribution::{
        decide::{IMPORTED, bindings},
        touch::BuyerKey,
    },
    customer::mailbox::email_key,
};

/// List customers
#[utoipa::path(get, path = "/api/v1/customers", tag = "Customers", operation_id = "listCustomers",
    params(PageParams, SortParam,
        ("customerId" = Option<String>, Query, description = "Any id of the customer in your system or at your gateway",
            example = "user_42"),
        ("email" = Option<String>, Query, example = "ann@example.com",
            description = "The full email address. Other spellings of the same mailbox also match"),
        ("affiliateId" = Option<String>, Query,
            description = "Only customers with a conversion credited to this affiliate"),
        ("programId" = Option<String>, Query,
            description = "Only customers with a conversion credited in this program"),
        ("from" = Option<String>, Query, description = "First reported on or after this date or time",
            example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "First reported before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses((status = 200, description = "Newest first by default", body = Page<Customer>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Customer>>> {
    let pagination: Pagination<Uuid> = query.sorted_page()?;
    let filter = Filter {
        id: None,
        ids: None,
        customer_id: query.text("customerId"),
        email_key: query.text("email").map(|email| email_key(&email)),
        affiliate: query.id("affiliateId")?,
        program: query.id("programId")?,
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// Retrieve a customer
///
/// Includes the affiliates that the customer is bound to, and the customer's totals in each currency.
#[utoipa::path(get, path = "/api/v1/customers/{id}", tag = "Customers", operation_id = "getCustomer",
    params(("id" = String, Path, example = "cus_01kdvdna00e5v8r2m6q1w9d3xk",
        description = "`cus_…`, or the customer's id in your system or at your gateway")),
    responses(
        (status = 200, description = "The customer", body = CustomerDetail),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<CustomerDetail>> {
    let mut tx = key.reader(&state).await?;
    let detail = detail(&mut tx, &id, state.clock.now()).await?;
    tx.end();
    Ok(Json(detail))
}

/// The current details of the customer with that id or name.
///
/// # Errors
/// 404 for an unknown customer.
pub async fn detail(tx: &mut TenantTx, named: &str, now: Timestamp) -> Result<CustomerDetail> {
    let (customer, journey, rates) = known(tx, named).await?;
    let totals = store::totals(tx, customer.id).await?;
    let buyer = BuyerKey::Known(customer.id);
    let own = || journey.conversions.iter().filter(|conversion| journey.buyer(conversion) == buyer);
    let sold = || own().filter(|conversion| !conversion.lead).map(|conversion| conversion.occurred_at);
    Ok(CustomerDetail {
        bindings: bound(&journey, &rates, buyer, now),
        totals,
        leads: i64::try_from(own().filter(|conversion| conversion.lead).count()).unwrap_or(i64::MAX),
        first_conversion_at: sold().min(),
        last_conversion_at: sold().max(),
        customer,
    })
}

fn bound(journey: &BuyerHistory, rates: &Rates, buyer: BuyerKey, now: Timestamp) -> Vec<CustomerBinding> {
    let candidates = candidates(journey);
    bindings(buyer, now, &candidates, &journey.touches, &rates.policies, kin(journey))
        .into_iter()
        .map(|binding| CustomerBinding {
            program_id: binding.program_id,
            affiliate_id: binding.affiliate_id,
            since: binding.since,
            credited_by: binding.rule.as_str(),
            external_event_id: if binding.external_id == IMPORTED { "import" } else { binding.external_id }.to_owned(),
            earns: binding.earns,
        })
        .collect()
}

/// The customer with that id or name, and the history as a recomputation loads it.
///
/// # Errors
/// 404 for an unknown customer.
pub async fn known(tx: &mut TenantTx, named: &str) -> Result<(Customer, BuyerHistory, Rates)> {
    // Postgres text can't contain NUL, so no customer has such a name.
    let named = Some(named).filter(|named| !named.contains('\0')).ok_or_else(Error::not_found)?;
    let id: CustomerId = decision::store::buyer(tx, named).await?.ok_or_else(Error::not_found)?;
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    let customer = store::list(tx, &filter).await?.pop().ok_or_else(Error::not_found)?;
    let key = store::history_of(tx, id).await?.ok_or_else(Error::not_found)?;
    let mut histories = load::load(tx, &HashSet::from([key])).await?;
    load::given_back(tx, &mut histories).await?;
    let rates = rates(tx, &histories).await?;
    let journey = histories.into_values().next().unwrap_or_default();
    Ok((customer, journey, rates))
}
