//! A missing-sale claim as the API returns it.

use serde::Serialize;
use shared::{
    id::{AffiliateId, ConversionId, MissingSaleClaimId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::{store::Claim, trail_store::Sale};

/// An affiliate's question about a sale that isn't credited to them.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MissingSaleClaim {
    #[schema(value_type = String, example = "inq_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: MissingSaleClaimId,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Vale")]
    pub affiliate_name: String,
    /// `Open`, `Credited` or `Rejected`.
    #[schema(example = "Open")]
    pub status: &'static str,
    /// The day of the order, as the affiliate reports it.
    #[schema(format = Date, example = "2026-11-18")]
    pub ordered_on: String,
    /// What the customer bought, in the affiliate's words.
    #[schema(example = "The yearly plan")]
    pub bought: String,
    /// The order number, if the affiliate knows it.
    #[schema(required, example = "A-1017")]
    pub order_id: Option<String>,
    /// The customer's email address, if the affiliate knows it. It is deleted once the claim is decided.
    #[schema(required, example = json!(null))]
    pub buyer_email: Option<String>,
    /// The affiliate's note.
    #[schema(required, example = "She used my link on her phone.")]
    pub note: Option<String>,
    /// When the affiliate sent the claim.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub submitted_at: Timestamp,
    /// When someone decided; null while it is open.
    #[schema(value_type = Option<String>, required, format = DateTime, example = json!(null))]
    pub decided_at: Option<Timestamp>,
    /// Who decided: `api_key:key_…` or `user:usr_…`. Null while it is open.
    #[schema(required, example = json!(null))]
    pub decided_by: Option<String>,
    /// The message to the affiliate.
    #[schema(required, example = json!(null))]
    pub answer: Option<String>,
    /// The sale that was credited.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub conversion_id: Option<ConversionId>,
}

/// A claim, with the sales that match its order number or its customer's email address.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MissingSaleClaimDetail {
    #[serde(flatten)]
    pub claim: MissingSaleClaim,
    /// The matching sales, newest first, at most 10. Only these can be credited.
    pub matching_sales: Vec<MatchingSale>,
}

/// A sale that matches a claim.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MatchingSale {
    #[schema(value_type = String, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub conversion_id: ConversionId,
    #[schema(example = "A-1017")]
    pub external_event_id: String,
    /// `Sale`, `Recurring` or `Lead`.
    #[serde(rename = "type")]
    #[schema(example = "Sale")]
    pub kind: String,
    /// `Pending`, `Approved`, `Paid`, `Refunded`, `Denied` or `Unattributed`.
    #[schema(example = "Unattributed")]
    pub status: String,
    #[schema(example = 9900)]
    pub amount_cents: i64,
    #[schema(example = "USD")]
    pub currency: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-18T14:02:11Z")]
    pub occurred_at: Timestamp,
    /// The affiliate who has the credit now.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub affiliate_id: Option<AffiliateId>,
    /// The rule that gave the credit: `manual`, `bound`, `coupon`, `click`, `slug` or `lead`.
    #[schema(required, example = json!(null))]
    pub credited_by: Option<String>,
    /// `OrderId` or `BuyerEmail`: what matches.
    #[schema(example = "OrderId")]
    pub matched_by: &'static str,
}

impl From<Claim> for MissingSaleClaim {
    fn from(claim: Claim) -> Self {
        Self {
            id: claim.id,
            affiliate_id: claim.affiliate,
            affiliate_name: claim.affiliate_name,
            status: claim.status.as_str(),
            ordered_on: claim.ordered_on.to_string(),
            bought: claim.bought,
            order_id: claim.order_id,
            buyer_email: claim.buyer_email,
            note: claim.note,
            submitted_at: claim.submitted_at,
            decided_at: claim.decided_at,
            decided_by: claim.decided_by,
            answer: claim.answer,
            conversion_id: claim.conversion,
        }
    }
}

impl From<Sale> for MatchingSale {
    fn from(sale: Sale) -> Self {
        Self {
            conversion_id: sale.id,
            external_event_id: sale.external_id,
            kind: sale.kind,
            status: sale.status,
            amount_cents: sale.amount,
            currency: sale.currency,
            occurred_at: sale.at,
            affiliate_id: sale.affiliate,
            credited_by: sale.credited_by,
            matched_by: if sale.by_number { "OrderId" } else { "BuyerEmail" },
        }
    }
}
