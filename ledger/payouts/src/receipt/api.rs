//! `GET /api/v1/payouts/{id}/receipt` and `GET /api/v1/affiliates/{id}/yearly-statement`.

use axum::{
    Json,
    extract::{Path, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use shared::id::{AffiliateId, PayoutId};

use super::{
    file,
    store::{self, Found},
    view::{PayoutReceipt, YearlyStatement},
    yearly_store,
};
use identity::access::api_key::ReadKey;
use kit::{
    api::{document::Refused, path::PathId, query::Query},
    error::{Error, Result},
    state::AppState,
    text::Texts,
};

/// The years that a request may name.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=9998;

/// Retrieve a payout's receipt
#[utoipa::path(get, path = "/api/v1/payouts/{id}/receipt", tag = "Payouts", operation_id = "getPayoutReceipt",
    description = "Returns the receipt that the affiliate gets: each commission's share, the tax withheld and the \
                   amount received. Send `Accept: application/pdf` to get a PDF.",
    params(("id" = String, Path, example = "po_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The receipt", content(
            (PayoutReceipt = "application/json"), (String = "application/pdf"))),
        Refused))]
pub async fn receipt(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    headers: HeaderMap,
    query: Query,
) -> Result<Response> {
    query.finish()?;
    let found = find(&state, &key, &id).await?;
    if file::wants_pdf(&headers) {
        return pdf_of(&found).await;
    }
    Ok(file::private(Json(PayoutReceipt::of(found)).into_response()))
}

/// Retrieve a payout's receipt as PDF
#[utoipa::path(get, path = "/api/v1/payouts/{id}/receipt.pdf", tag = "Payouts", operation_id = "getPayoutReceiptPdf",
    description = "Returns the same bytes as long as the payout doesn't change.",
    params(("id" = String, Path, example = "po_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The receipt", body = String, content_type = "application/pdf"),
        Refused))]
pub async fn receipt_pdf(
    State(state): State<AppState>,
    key: ReadKey,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response> {
    query.finish()?;
    pdf_of(&find(&state, &key, &id).await?).await
}

async fn find(state: &AppState, key: &ReadKey, id: &str) -> Result<Found> {
    let id: PayoutId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = key.reader(state).await?;
    let found = store::read(&mut tx, Texts::default(), None, id).await?;
    tx.end();
    found.ok_or_else(Error::not_found)
}

pub(crate) async fn pdf_of(found: &Found) -> Result<Response> {
    file::pdf(found.receipt.document(), &format!("receipt-{}", found.receipt.payout_id)).await
}

/// Retrieve a yearly statement
#[utoipa::path(get, path = "/api/v1/affiliates/{id}/yearly-statement", tag = "Balances",
    operation_id = "getYearlyStatement",
    description = "Returns an affiliate's payments in a calendar year by currency and month, as recorded in the \
                   ledger. It isn't a tax document. A transfer counts on the day on which it was sent, and a return on \
                   the day on which it came back, both in the organization's time zone. Send `Accept: application/pdf` \
                   to get a PDF.",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"),
        ("year" = i32, Query, description = "A calendar year", example = 2026)),
    responses(
        (status = 200, description = "The yearly statement", content(
            (YearlyStatement = "application/json"), (String = "application/pdf"))),
        Refused))]
pub async fn yearly(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<AffiliateId>,
    headers: HeaderMap,
    mut query: Query,
) -> Result<Response> {
    let mut tx = key.reader(&state).await?;
    let year = query.text("year").ok_or_else(|| Error::field("year", "year is required, such as 2026"))?;
    let year = year.parse().ok().filter(|year| YEARS.contains(year));
    let now = state.clock.now();
    // Checks ownership (404) before it validates the year.
    let found = yearly_store::read(&mut tx, id, year.unwrap_or(*YEARS.start()), now).await?;
    tx.end();
    let found = found.ok_or_else(Error::not_found)?;
    year.ok_or_else(|| Error::field("year", "year must be a calendar year, such as 2026"))?;
    query.finish()?;
    if file::wants_pdf(&headers) {
        return file::pdf(found.document(), &format!("statement-{}", found.year)).await;
    }
    Ok(file::private(Json(YearlyStatement::of(id, &found)).into_response()))
}
