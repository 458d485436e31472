//! `/api/v1/missing-sale-claims`: lists the claims of affiliates, and decides them.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::Deserialize;
use shared::id::ConversionId;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    decide::{self, Verdict},
    detail::known,
    store::{self, Filter, Status},
    trail_store,
    view::{MissingSaleClaim, MissingSaleClaimDetail},
};
use engine::{decision::reason, history::Reach};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        query::Query,
    },
    error::{Error, Result},
    state::AppState,
};

/// The sale to credit, and the message to the affiliate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreditedClaim {
    /// One of the claim's `matchingSales`.
    #[schema(value_type = String, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    conversion_id: ConversionId,
    /// `Conversion` (default) or `Customer`: this sale only, or this sale and everything the customer buys later.
    #[schema(example = "Conversion")]
    reach: Option<String>,
    /// The message to the affiliate: 1 to 1000 characters.
    #[schema(example = "You are right: the customer mentioned you.")]
    answer: String,
}

/// The message to the affiliate.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RejectedClaim {
    /// The message to the affiliate: 1 to 1000 characters.
    #[schema(example = "The customer bought before your first click.")]
    answer: String,
}

/// List missing-sale claims
#[utoipa::path(get, path = "/api/v1/missing-sale-claims", tag = "Missing-sale claims",
    operation_id = "listMissingSaleClaims",
    params(PageParams,
        ("status" = Option<String>, Query, description = "`Open`, `Credited` or `Rejected`", example = "Open"),
        ("affiliateId" = Option<String>, Query)),
    responses((status = 200, description = "Newest first", body = Page<MissingSaleClaim>), Refused))]
pub async fn list(
    State(state): State<AppState>,
    key: ReadKey,
    mut query: Query,
) -> Result<Json<Page<MissingSaleClaim>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    let filter = Filter {
        id: None,
        affiliate: query.id("affiliateId")?,
        status: query.one_of("status", &["Open", "Credited", "Rejected"])?.and_then(Status::parse),
        after: pagination.after,
        limit: pagination.limit(),
    };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, &filter).await?;
    tx.end();
    Ok(Json(pagination.page(rows, |row| row.id.uuid(), MissingSaleClaim::from)))
}

/// Retrieve a missing-sale claim
///
/// Includes the sales that match its order number or its customer's email address.
#[utoipa::path(get, path = "/api/v1/missing-sale-claims/{id}", tag = "Missing-sale claims",
    operation_id = "getMissingSaleClaim",
    params(("id" = String, Path, example = "inq_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses((status = 200, description = "The claim", body = MissingSaleClaimDetail), Refused))]
pub async fn read(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
) -> Result<Json<MissingSaleClaimDetail>> {
    let mut tx = key.reader(&state).await?;
    let claim = known(&mut tx, &id).await?;
    let sales = trail_store::sales(&mut tx, claim.order_id.as_deref(), claim.buyer_email.as_deref()).await?;
    tx.end();
    let matching_sales = sales.into_iter().map(Into::into).collect();
    Ok(Json(MissingSaleClaimDetail { claim: claim.into(), matching_sales }))
}

/// Credit a missing sale
#[utoipa::path(post, path = "/api/v1/missing-sale-claims/{id}/credit", tag = "Missing-sale claims",
    operation_id = "creditMissingSaleClaim",
    description = "Credits the sale to the affiliate who sent the claim, and emails them the answer. If the sale is \
                   already credited to them, only the claim is decided. Like any other re-attribution, it is booked \
                   immediately and shown on the commission's receipt, with the answer as its reason.",
    params(("id" = String, Path, example = "inq_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = CreditedClaim,
    responses(
        (status = 200, description = "The claim", body = MissingSaleClaim),
        (status = 404, description = "The claim doesn't exist, or the sale isn't one of its `matchingSales`",
            body = ErrorSchema),
        (status = 409, description = "`already_decided` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn credit(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<CreditedClaim>,
) -> Result<Response> {
    let CreditedClaim { conversion_id, reach, answer } = body.value;
    let reach = match reach.as_deref() {
        None => Reach::Conversion,
        Some(text) => {
            Reach::parse(text).ok_or_else(|| Error::field("reach", "reach must be Conversion or Customer"))?
        }
    };
    let answer = checked_answer(&answer)?;
    let verdict = Verdict { status: Status::Credited, answer, conversion: Some(conversion_id), reach };
    decided(&state, &key, &id, idempotency.with(body.request_digest), &verdict).await
}

/// Reject a missing-sale claim
#[utoipa::path(post, path = "/api/v1/missing-sale-claims/{id}/reject", tag = "Missing-sale claims",
    operation_id = "rejectMissingSaleClaim",
    description = "Credits nothing, and emails the affiliate the answer.",
    params(("id" = String, Path, example = "inq_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = RejectedClaim,
    responses(
        (status = 200, description = "The claim", body = MissingSaleClaim),
        (status = 409, description = "`already_decided` or `idempotency_conflict`", body = ErrorSchema),
        Refused))]
pub async fn reject(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<RejectedClaim>,
) -> Result<Response> {
    let answer = checked_answer(&body.value.answer)?;
    let verdict = Verdict { status: Status::Rejected, answer, conversion: None, reach: Reach::Conversion };
    decided(&state, &key, &id, idempotency.with(body.request_digest), &verdict).await
}

fn checked_answer(text: &str) -> Result<String> {
    let wrong = |_| Error::field("answer", "answer must be 1 to 1000 characters of plain text");
    reason::checked(text).map_err(wrong)
}

async fn decided(
    state: &AppState,
    key: &ReadKey,
    id: &str,
    idempotency: IdempotencyKey,
    verdict: &Verdict,
) -> Result<Response> {
    let mut write = Write::begin(state, key, idempotency).await?;
    let actor = write.actor();
    for entry in decide::enact(&mut write.tx, state, id, verdict, &actor).await? {
        write.audit(entry).await?;
    }
    let claim = known(&mut write.tx, id).await?;
    write.answer(StatusCode::OK, &MissingSaleClaim::from(claim)).await
}
