//! `/api/v1/payout-runs`: previews, proposes, approves, cancels and shows runs.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use shared::{id::PayoutRunId, money::Currency};
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    decide, preview,
    propose::{self, By, Hand, Proposed},
    read_store::{self, Filter},
    view::{Exclusion, Needed, PayoutRun, PayoutRunDetail, PayoutRunPreview},
};
use crate::payout_connection::{self, funds};
use identity::{
    access::api_key::{ConfigureKey, ReadKey, WriteKey},
    api::write::Write,
    api_key::people,
    organization,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination, SortParam},
        query::Query,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// The run to preview or propose.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewPayoutRun {
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
}

/// Preview a payout run
#[utoipa::path(post, path = "/api/v1/payout-runs/preview", tag = "Payout runs", operation_id = "previewPayoutRun",
    description = "Shows who would be paid and how much if a run were proposed now, who would be left out and why, and \
                   whether the Stripe balance is sufficient. Nothing is proposed.",
    request_body = NewPayoutRun,
    responses(
        (status = 200, description = "The preview", body = PayoutRunPreview),
        Refused))]
pub async fn preview(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    body: JsonBody<NewPayoutRun>,
) -> Result<Json<PayoutRunPreview>> {
    funds::refresh(&state, key.organization).await?;
    let mut tx = key.reader(&state).await?;
    let selection = preview::select(&mut tx, body.value.currency, state.clock.now()).await?;
    tx.end();
    Ok(Json(PayoutRunPreview::of(&selection).map_err(|error| Error::internal(error))?))
}

/// Propose a payout run
#[utoipa::path(post, path = "/api/v1/payout-runs", tag = "Payout runs", operation_id = "proposePayoutRun",
    description = "Records who will be paid and how much, and who is left out and why. No money moves before the run \
                   is approved. No one receives more than the run states; a refund that arrives before the money is \
                   reserved lowers the amount.",
    params(IdempotencyKey),
    request_body = NewPayoutRun,
    responses(
        (status = 201, description = "The run, awaiting approval", body = PayoutRunDetail),
        (status = 409, description = "`run_open` (another run in this currency awaits approval; `runId` names it), \
                                      `nothing_payable` (no one can be paid; `exclusions` says why) or \
                                      `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewPayoutRun>,
) -> Result<Response> {
    let currency = body.value.currency;
    funds::refresh(&state, key.organization).await?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let by = by(&mut write).await?;
    let proposed = propose::propose(&mut write.tx, &state, &by, currency, None).await?;
    let (id, entry) = match proposed {
        Proposed::Made(id, entry) => (id, entry),
        Proposed::Open(open) => return Err(propose::open(open, currency)),
        Proposed::Nothing(selection) => return Err(propose::nothing(&selection)),
    };
    write.audit(entry).await?;
    let made = detail(&mut write.tx, id).await?;
    write.answer(StatusCode::CREATED, &made).await
}

/// List payout runs
#[utoipa::path(get, path = "/api/v1/payout-runs", tag = "Payout runs", operation_id = "listPayoutRuns",
    params(PageParams, SortParam,
        ("state" = Option<String>, Query, description = "`Proposed`, `Running`, `Done` or `Cancelled`", example = "Running"),
        ("currency" = Option<String>, Query, example = "USD")),
    responses(
        (status = 200, description = "A page of payout runs, newest first by default", body = Page<PayoutRun>),
        Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<PayoutRun>>> {
    let pagination: Pagination<Uuid> = query.sorted_page()?;
    let requested_state = query.one_of("state", &["Proposed", "Running", "Done", "Cancelled"])?;
    let currency = query.currency("currency")?;
    query.finish()?;
    let filter = Filter {
        id: None,
        state: requested_state,
        currency: currency.as_deref(),
        after: pagination.after,
        oldest: pagination.oldest,
        limit: pagination.limit(),
    };
    let mut tx = key.reader(&state).await?;
    let rows = read_store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), PayoutRun::of)))
}

/// Retrieve a payout run
#[utoipa::path(get, path = "/api/v1/payout-runs/{id}", tag = "Payout runs", operation_id = "getPayoutRun",
    description = "Returns the run's progress, the Stripe funds that it still needs, and the affiliates who were left \
                   out. To list its payouts, use `GET /api/v1/payouts?runId=…`.",
    params(("id" = String, Path, example = "run_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The run", body = PayoutRunDetail),
        Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
) -> Result<Json<PayoutRunDetail>> {
    let id = parse(&id)?;
    let mut tx = key.reader(&state).await?;
    let found = detail(&mut tx, id).await?;
    tx.end();
    if found.stripe.is_none() || !funds::refresh(&state, key.organization).await? {
        return Ok(Json(found));
    }
    let mut tx = key.tx(&state).await?;
    let found = detail(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Json(found))
}

/// Approve a payout run
#[utoipa::path(post, path = "/api/v1/payout-runs/{id}/approve", tag = "Payout runs", operation_id = "approvePayoutRun",
    security(("bearer" = ["admin"])),
    description = "Starts the run's payouts. The key's creator must be a member, and no one else may ever have seen \
                   its secret. A run that was proposed while `secondApprover` was set (`needsSecondApprover`) can be \
                   approved only in the dashboard, by someone other than the person who proposed it.",
    params(("id" = String, Path, example = "run_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The run, now running. A run that is already running is returned unchanged",
            body = PayoutRunDetail),
        (status = 409, description = "`run_closed`, `second_approver_required`, `approver_unknown` (the key doesn't \
                                      act for exactly one person) or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn approve(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let id = parse(&id)?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let by = by(&mut write).await?;
    let entry = decide::approve(&mut write.tx, &state, id, &by).await?;
    decided(write, id, entry).await
}

/// Cancel a payout run
#[utoipa::path(post, path = "/api/v1/payout-runs/{id}/cancel", tag = "Payout runs", operation_id = "cancelPayoutRun",
    description = "Cancels the payouts whose money isn't reserved yet; it is owed as before. Payouts in progress \
                   continue, and the run stays `Running` until they end. You can cancel those one by one.",
    params(("id" = String, Path, example = "run_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The run, cancelled as far as possible", body = PayoutRunDetail),
        (status = 409, description = "`run_closed`, `run_under_way` (no payout could be cancelled) or \
                                      `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn cancel(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let id = parse(&id)?;
    let mut write = Write::begin(&state, &key, idempotency).await?;
    let by = by(&mut write).await?;
    let entry = decide::cancel(&mut write.tx, &state, id, &by).await?;
    decided(write, id, entry).await
}

async fn decided(mut write: Write<'_>, id: PayoutRunId, entry: Option<identity::audit::Entry>) -> Result<Response> {
    let now = detail(&mut write.tx, id).await?;
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &now).await
        }
        None => write.unchanged(StatusCode::OK, &now).await,
    }
}

async fn by(write: &mut Write<'_>) -> Result<By> {
    let actor = write.actor();
    let person = people::behind(&mut write.tx, &actor).await?;
    let is_personal = match person {
        Some(person) => people::knows_alone(&mut write.tx, &actor, person).await?,
        None => false,
    };
    // No money moves in test mode, and the API keys that created its keys belong to the live organization.
    let kin = organization::store::kinship(&mut write.tx).await?;
    let is_test = kin.is_some_and(|kin| kin.test_of.is_some());
    Ok(By { actor, person, hand: Hand::Key { is_personal: is_personal || is_test } })
}

/// # Errors
/// 404 if it isn't a run's ID.
pub(super) fn parse(id: &str) -> Result<PayoutRunId> {
    id.parse().map_err(|_| Error::not_found())
}

/// # Errors
/// 404 if it isn't one of the organization's; database errors.
pub(super) async fn detail(tx: &mut TenantTx, id: PayoutRunId) -> Result<PayoutRunDetail> {
    let run = read_store::read(tx, id).await?.ok_or_else(Error::not_found)?;
    let connection = payout_connection::store::current(tx).await?;
    let exclusions = read_store::exclusions(tx, id).await?;
    let stripe = Needed::of(connection.as_ref(), run.currency, run.by_stripe());
    Ok(PayoutRunDetail { run: PayoutRun::of(run), stripe, exclusions: exclusions.iter().map(Exclusion::of).collect() })
}
