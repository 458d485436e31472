//! Reconciliations and differences as the API shows them.

use serde::Serialize;
use shared::{
    id::{PayoutConnectionId, PayoutDifferenceId, PayoutId, ReconciliationId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

/// A comparison of payouts with Stripe's transfers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Reconciliation {
    #[schema(value_type = String, example = "rec_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: ReconciliationId,
    /// The connection to the Stripe account whose transfers were listed.
    #[schema(value_type = String, example = "pcon_01kdvdna00fec9rpb7dk6gd3hy")]
    pub connection_id: PayoutConnectionId,
    /// The start of the compared period: 90 days back, or earlier if an open difference needs it.
    #[schema(value_type = String, format = DateTime, example = "2026-09-02T08:30:00Z")]
    pub since: Timestamp,
    /// The number of payouts that were compared.
    #[schema(example = 412)]
    pub payouts: i32,
    /// The number of transfers that Stripe listed.
    #[schema(example = 415)]
    pub transfers: i32,
    /// The number of these transfers that Rekomi didn't create.
    #[schema(example = 3)]
    pub foreign_transfers: i32,
    /// The number of differences found; 0 if everything matches.
    #[schema(example = 0)]
    pub differences: i32,
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:00Z")]
    pub started_at: Timestamp,
    /// When the comparison ended.
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:02Z")]
    pub ended_at: Timestamp,
}

/// A difference between a payout and Stripe's transfers.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct PayoutDifference {
    #[schema(value_type = String, example = "diff_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: PayoutDifferenceId,
    #[schema(value_type = String, example = "pcon_01kdvdna00fec9rpb7dk6gd3hy")]
    pub connection_id: PayoutConnectionId,
    /// `missing_at_stripe`, `not_booked`, `sent_twice`, `amount_differs`, `destination_differs` or `returned_there`.
    #[schema(example = "missing_at_stripe")]
    pub kind: String,
    /// Null if Stripe's transfer names an unknown payout.
    #[schema(value_type = Option<String>, required, example = "po_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub payout_id: Option<PayoutId>,
    /// The ID of the transfer at Stripe; null if there is none.
    #[schema(required, example = "tr_1NvAbCdEfGhIw3Xy")]
    pub transfer_id: Option<String>,
    /// The difference in one sentence.
    #[schema(
        example = "Payout po_01kdvdna00e5v8r2m6q1w9d3xk of USD 59.40 was paid, but Stripe has no transfer for it."
    )]
    pub detail: String,
    /// What to do about the difference.
    #[schema(example = "Search for the transfer in the Stripe dashboard.")]
    pub next_action: String,
    /// When the difference was first found.
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:02Z")]
    pub first_seen_at: Timestamp,
    /// When a reconciliation last found the difference.
    #[schema(value_type = String, format = DateTime, example = "2026-12-02T08:30:02Z")]
    pub last_seen_at: Timestamp,
    /// When a reconciliation no longer found the difference.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub resolved_at: Option<Timestamp>,
}

/// A reconciliation that will start.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReconciliationRequest {
    #[schema(value_type = String, example = "pcon_01kdvdna00fec9rpb7dk6gd3hy")]
    pub connection_id: PayoutConnectionId,
    /// The reconciliation starts within seconds of this time, and appears in the list once it has ended.
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:00Z")]
    pub due_at: Timestamp,
}
