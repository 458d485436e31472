//! `GET /api/v1/leads`.

use axum::{Json, extract::State};
use shared::{id::ConversionId, timestamp::Timestamp};
use uuid::Uuid;

use super::{
    store::{self, Filter},
    view::Lead,
};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        path::PathId,
        query::{Query, When},
    },
    error::{Error, Result},
    state::AppState,
};
use rules::customer::mailbox::email_key;

/// List leads
#[utoipa::path(get, path = "/api/v1/leads", tag = "Leads", operation_id = "listLeads",
    description = "Sorted by `occurredAt`, newest first by default.",
    params(PageParams, SortParam,
        ("affiliateId" = Option<String>, Query),
        ("programId" = Option<String>, Query),
        ("status" = Option<String>, Query, description = "`Open` or `Converted`", example = "Open"),
        ("externalEventId" = Option<String>, Query, example = "signup_42"),
        ("customerId" = Option<String>, Query, description = "Your own id of the customer", example = "user_42"),
        ("email" = Option<String>, Query, example = "ann@example.com",
            description = "The full email address. Other spellings of the same mailbox also match"),
        ("from" = Option<String>, Query, description = "Occurred on or after this date or time",
            example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Occurred before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses((status = 200, description = "Newest first by default", body = Page<Lead>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Lead>>> {
    let pagination: Pagination<(Timestamp, Uuid)> = query.sorted_page()?;
    let filter = Filter {
        id: None,
        affiliate: query.id("affiliateId")?,
        program: query.id("programId")?,
        converted: query.one_of("status", &["Open", "Converted"])?.map(|status| status == "Converted"),
        external_event_id: query.text("externalEventId"),
        customer_id: query.text("customerId"),
        email_key: query.text("email").map(|email| email_key(&email)),
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
    Ok(Json(pagination.page(rows, |row| (row.occurred_at, row.id.uuid()), |row| row)))
}

/// Retrieve a lead
#[utoipa::path(get, path = "/api/v1/leads/{id}", tag = "Leads", operation_id = "getLead",
    params(("id" = String, Path, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The lead", body = Lead),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, PathId(id): PathId<ConversionId>) -> Result<Json<Lead>> {
    let mut tx = key.reader(&state).await?;
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    let found = store::list(&mut tx, &filter).await?.pop();
    tx.end();
    found.map(Json).ok_or_else(Error::not_found)
}
