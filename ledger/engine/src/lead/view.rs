//! A lead as the API shows it.

use serde::Serialize;
use shared::{
    id::{AffiliateId, ConversionId, CustomerId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

/// A person who left their email address, and whether they have bought since.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Lead {
    /// A lead is a conversion, so this id works with every conversion endpoint.
    #[schema(value_type = String, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: ConversionId,
    #[schema(example = "signup_42")]
    pub external_event_id: String,
    /// `Open` or `Converted`: the person bought, or someone with the same email address did.
    #[schema(example = "Open")]
    pub status: String,
    /// The first sale since the lead.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub converted_by: Option<ConversionId>,
    /// When the lead's first sale took place; null until then.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub converted_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, required, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: Option<ProgramId>,
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: Option<AffiliateId>,
    /// The rule that decided the credit: `manual`, `bound`, `coupon`, `click`, `slug` or `lead`.
    #[schema(required, example = "click")]
    pub credited_by: Option<String>,
    /// The customer's id, for use with `/customers/{id}`.
    #[schema(value_type = Option<String>, required, example = "cus_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub customer: Option<CustomerId>,
    /// Your own id of the customer.
    #[schema(required, example = "user_42")]
    pub customer_id: Option<String>,
    #[schema(required, example = "ann@example.com")]
    pub email: Option<String>,
    /// The person's name, if it was reported with the lead.
    #[schema(required, example = "Ann Lee")]
    pub name: Option<String>,
    /// The source that reported the lead: `S2s`, `Pixel`, `Stripe`, `Paddle`, `Braintree`, `Shopify`, `Dodo` or
    /// `Creem`.
    #[schema(example = "S2s")]
    pub source: String,
    /// False if a browser reported the lead.
    pub verified: bool,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub occurred_at: Timestamp,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub created_at: Timestamp,
}
