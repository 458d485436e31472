//! `GET /api/v1/affiliates/{id}/statement`: every change of what an affiliate is owed, with the balance after it.

use axum::{Json, extract::State};
use serde::Serialize;
use shared::{
    id::{AffiliateId, CommissionId, ConversionId, PayoutId, TransferId},
    money::Currency,
    timestamp::Timestamp,
};
use utoipa::ToSchema;
use uuid::Uuid;

use super::store::{self, Move, Span};
use engine::lookup_store;
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        pagination::{PageParams, Pagination},
        path::PathId,
        query::{Query, When},
    },
    error::{Error, Result},
    state::AppState,
};

/// What an affiliate was owed over time, in one currency.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    affiliate_id: AffiliateId,
    #[schema(value_type = String, example = "USD")]
    currency: Currency,
    /// The amount owed at the start: pending and payable together.
    #[schema(example = 0)]
    opening_cents: i64,
    /// The amount owed at the end of the whole period, on every page.
    #[schema(example = 1980)]
    closing_cents: i64,
    /// The changes, oldest first. Movements between pending and payable don't change the amount owed, and are left out.
    data: Vec<Line>,
    /// Pass it as `cursor` to get the next page; null on the last page.
    #[schema(required, nullable)]
    next_cursor: Option<String>,
}

/// A change of the amount owed.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// The transfer in the ledger.
    #[schema(value_type = String, example = "xfer_01kdvdna00e5v8r2m6q1w9d3xk")]
    id: TransferId,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    at: Timestamp,
    /// The change in plain words.
    #[schema(example = "Commission earned")]
    what: String,
    #[schema(value_type = String, example = "com_01kdvdna00fj8n4t6c2q9y5wbe")]
    commission_id: CommissionId,
    #[schema(value_type = Option<String>, required, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    conversion_id: Option<ConversionId>,
    #[schema(value_type = Option<String>, required, example = json!(null))]
    payout_id: Option<PayoutId>,
    /// The change of the amount owed; negative if less is owed.
    #[schema(example = 1980)]
    amount_cents: i64,
    /// The amount owed after the change.
    #[schema(example = 1980)]
    balance_cents: i64,
}

/// Retrieve an affiliate's statement
#[utoipa::path(get, path = "/api/v1/affiliates/{id}/statement", tag = "Balances", operation_id = "getStatement",
    description = "Returns the opening balance, every change and the closing balance: `openingCents` plus all \
                   `amountCents` equals `closingCents`.",
    params(("id" = String, Path, example = "aff_01kdvdna00fec9rpb7dk6gd3hy"), PageParams,
        ("currency" = String, Query, example = "USD"),
        ("from" = Option<String>, Query, description = "The start: a date or time, inclusive",
            example = "2026-11-01"),
        ("to" = Option<String>, Query, description = "The end: a time, exclusive, or a date, which includes the whole \
                                                      day. Defaults to now",
            example = "2026-11-30")),
    responses(
        (status = 200, description = "The statement", body = Statement),
        Refused))]
pub async fn statement(
    State(state): State<AppState>,
    key: ReadKey,
    PathId(id): PathId<AffiliateId>,
    mut query: Query,
) -> Result<Json<Statement>> {
    let mut tx = key.reader(&state).await?;
    lookup_store::affiliate(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let pagination: Pagination<(Timestamp, Uuid)> = query.page()?;
    let currency = query.text("currency");
    let currency = currency.ok_or_else(|| Error::field("currency", "currency is required, such as USD"))?;
    let currency: Currency = currency.parse().map_err(|error| Error::field("currency", format!("currency {error}")))?;
    let span = Span {
        from: query.when("from")?.map(When::start),
        to: query.when("to")?.map(When::end),
        after: pagination.after,
    };
    query.finish()?;
    let accounts = store::owed_accounts(&mut tx, id, currency).await?;
    let owed = store::owed(&mut tx, &accounts, span, state.clock.now()).await?;
    let moves = store::moves(&mut tx, &accounts, span, pagination.limit()).await?;
    tx.end();
    let mut balance = owed.before_page;
    let lines = moves.into_iter().map(|row| line(row, &mut balance)).collect();
    let page = pagination.page(lines, |line: &Line| (line.at, line.id.uuid()), |line| line);
    Ok(Json(Statement {
        affiliate_id: id,
        currency,
        opening_cents: owed.at_start,
        closing_cents: owed.at_end,
        data: page.data,
        next_cursor: page.next_cursor,
    }))
}

fn line(row: Move, balance: &mut i64) -> Line {
    *balance = balance.saturating_add(row.change);
    Line {
        id: row.id,
        at: row.at,
        what: in_words(&row),
        commission_id: row.commission,
        conversion_id: row.conversion,
        payout_id: row.payout,
        amount_cents: row.change,
        balance_cents: *balance,
    }
}

/// Describes a change in plain words.
pub fn in_words(row: &Move) -> String {
    let named = |words: &str| match &row.reference {
        Some(reference) => format!("{words} ({reference})"),
        None => words.to_owned(),
    };
    let by = if row.decided { ", manually" } else { "" };
    match (row.kind.as_str(), row.earned_by.as_str()) {
        ("payout_reserved", _) if row.change < 0 => named("Moved to a payout run"),
        ("payout_reserved", _) => named("Earlier overpayment settled by a payout"),
        ("payout_voided", _) => named("Payout failed"),
        ("payout_returned", _) => named("Payout reversed"),
        ("commission_paid", _) if row.change < 0 => named("Paid out"),
        ("commission_paid", _) => named("Earlier overpayment settled by a payout"),
        (_, "Adjustment") => "Adjustment".to_owned(),
        (_, "Bonus") if row.change > 0 => "Bonus".to_owned(),
        (_, "Click") if row.change > 0 => "Clicks".to_owned(),
        (_, "Override") if row.change > 0 => format!("Override earned{by}"),
        (_, "Override") => format!("Override reversed{by}"),
        (_, _) if row.change > 0 => format!("Commission earned{by}"),
        (_, _) => format!("Commission reversed{by}"),
    }
}
