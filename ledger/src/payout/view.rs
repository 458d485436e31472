//! A payout as the API shows it.

use serde::Serialize;
use shared::id::{AffiliateId, PayoutId};
use utoipa::ToSchema;

use crate::api::view::Moment;

/// A payment to an affiliate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Payout {
    #[schema(value_type = String, example = "po_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: PayoutId,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = 5940)]
    pub amount_cents: i64,
    #[schema(example = "USD")]
    pub currency: String,
    /// How it went: so far only `Manual`, paid outside and written down here.
    #[schema(example = "Manual")]
    pub rail: String,
    /// `Sent`.
    #[schema(example = "Sent")]
    pub status: String,
    /// Your own name of the payment.
    #[schema(required, example = "bank transfer 2026-12-01 #118")]
    pub reference: Option<String>,
    /// Who wrote it down: `api_key:key_…` or `user:usr_…`.
    #[schema(example = "api_key:key_01kdvdna00e8v2m6q1w9d3xk7z")]
    pub actor: String,
    #[schema(value_type = String, format = DateTime, example = "2026-12-01T08:30:00Z")]
    pub created_at: Moment,
}
