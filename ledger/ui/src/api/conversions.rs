//! `GET /api/v1/conversions`.

use axum::{Json, extract::State};
use shared::timestamp::Timestamp;
use uuid::Uuid;

use engine::api::store::{self, Filter};
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{Page, PageParams, Pagination, SortParam},
        path::PathId,
        query::{Query, When},
        view::Conversion,
    },
    error::{Error, Result},
    state::AppState,
};

const SOURCES: [&str; 9] = ["S2s", "Pixel", "Import", "Stripe", "Paddle", "Braintree", "Shopify", "Dodo", "Creem"];
const STATUSES: [&str; 6] = ["Pending", "Approved", "Paid", "Refunded", "Denied", "Unattributed"];

/// List conversions
#[utoipa::path(get, path = "/api/v1/conversions", tag = "Conversions", operation_id = "listConversions",
    description = "Sorted by `occurredAt`, newest first by default.",
    params(PageParams, SortParam,
        ("affiliateId" = Option<String>, Query),
        ("programId" = Option<String>, Query),
        ("couponId" = Option<String>, Query, example = "cpn_01kdvdna00fzv3m8q5t2r9w6xe",
            description = "The coupon that won the sale, or brought its customer"),
        ("status" = Option<String>, Query, example = "Pending",
            description = "`Pending`, `Approved`, `Paid`, `Refunded`, `Denied` or `Unattributed`"),
        ("externalEventId" = Option<String>, Query, example = "purchase_abc123",
            description = "Your own id, or the gateway's"),
        ("review" = Option<String>, Query, example = "open",
            description = "`open`: flagged, on hold and not reviewed yet"),
        ("customerId" = Option<String>, Query, example = "user_42",
            description = "`cus_…`, or any id of the customer in your system or at your gateway"),
        ("type" = Option<String>, Query, example = "Sale", description = "`Sale`, `Recurring` or `Lead`"),
        ("source" = Option<String>, Query, example = "Stripe",
            description = "`S2s`, `Pixel`, `Import`, `Stripe`, `Paddle`, `Braintree`, `Shopify`, `Dodo` or `Creem`"),
        ("currency" = Option<String>, Query, example = "USD"),
        ("from" = Option<String>, Query, description = "Occurred on or after this date or time",
            example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "Occurred before this time; a date includes the whole day",
            example = "2026-11-30")),
    responses((status = 200, description = "The conversions", body = Page<Conversion>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Conversion>>> {
    let pagination: Pagination<(Timestamp, Uuid)> = query.sorted_page()?;
    let filter = Filter {
        affiliate: query.id("affiliateId")?,
        program: query.id("programId")?,
        coupon: query.id("couponId")?,
        status: query.one_of("status", &STATUSES)?,
        external_event_id: query.text("externalEventId"),
        in_review: query.one_of("review", &["open"])?.is_some(),
        customer_id: query.text("customerId"),
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        kind: query.one_of("type", &["Sale", "Recurring", "Lead"])?,
        source: query.one_of("source", &SOURCES)?,
        currency: query.currency("currency")?,
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
        ..Filter::default()
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::conversions(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| (row.occurred_at, row.id.uuid()), |row| row)))
}

/// Retrieve a conversion
#[utoipa::path(get, path = "/api/v1/conversions/{id}", tag = "Conversions", operation_id = "getConversion",
    params(("id" = String, Path, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The conversion", body = Conversion),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<shared::id::ConversionId>,
) -> Result<Json<Conversion>> {
    let mut tx = key.reader(&state).await?;
    let found = store::conversion(&mut tx, id).await?;
    tx.end();
    found.map(Json).ok_or_else(Error::not_found)
}
