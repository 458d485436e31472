//! `/api/v1/reconciliations` and `/api/v1/payout-differences`.

use axum::{Json, extract::State, http::StatusCode, response::Response};

use super::{
    compare::Kind,
    store::{self, Filter, Paging},
    view::{PayoutDifference, Reconciliation, ReconciliationRequest},
    write,
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination, SortParam},
        query::Query,
    },
    error::Result,
    state::AppState,
};

/// Start a reconciliation
#[utoipa::path(post, path = "/api/v1/reconciliations", tag = "Payouts", operation_id = "createReconciliation",
    description = "Lists Stripe's transfers of the last 90 days and compares them with the payouts. A reconciliation \
                   also runs automatically once a day, and right after you connect Stripe.",
    params(IdempotencyKey),
    responses(
        (status = 202, description = "The reconciliation starts within seconds", body = ReconciliationRequest),
        (status = 409, description = "`not_connected`, or `connection_paused` (Stripe rejects the key)",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let now = state.clock.now();
    let (connection_id, entry) = write::ask_for(&mut write.tx, now).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::ACCEPTED, &ReconciliationRequest { connection_id, due_at: now }).await
}

/// List reconciliations
#[utoipa::path(get, path = "/api/v1/reconciliations", tag = "Payouts", operation_id = "listReconciliations",
    params(PageParams, SortParam),
    responses(
        (status = 200, description = "A page of reconciliations, newest first by default", body = Page<Reconciliation>),
        Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Reconciliation>>> {
    let pagination: Pagination<uuid::Uuid> = query.sorted_page()?;
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::reconciliations(&mut tx, paging(&pagination)).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

/// List payout differences
#[utoipa::path(get, path = "/api/v1/payout-differences", tag = "Payouts", operation_id = "listPayoutDifferences",
    description = "Lists the differences that reconciliations found between payouts and Stripe's transfers. If none is \
                   open, everything matches.",
    params(PageParams, SortParam,
        ("status" = Option<String>, Query, description = "`Open` or `Resolved`; both by default", example = "Open"),
        ("kind" = Option<String>, Query, description = "The kind of difference, such as `not_booked`",
            example = "not_booked"),
        ("payoutId" = Option<String>, Query, example = "po_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "A page of differences, newest first by default", body = Page<PayoutDifference>),
        Refused))]
pub async fn differences(
    State(state): State<AppState>,
    key: ReadKey,
    mut query: Query,
) -> Result<Json<Page<PayoutDifference>>> {
    let pagination: Pagination<uuid::Uuid> = query.sorted_page()?;
    let filter = Filter {
        open: query.one_of("status", &["Open", "Resolved"])?.map(|status| status == "Open"),
        kind: query.one_of("kind", &Kind::ALL.map(Kind::as_str))?,
        payout: query.id("payoutId")?,
        paging: paging(&pagination),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::differences(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), |row| row)))
}

fn paging(pagination: &Pagination<uuid::Uuid>) -> Paging {
    Paging { after: pagination.after, oldest: pagination.oldest, limit: pagination.limit() }
}
