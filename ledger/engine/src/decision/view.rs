//! A decision as the API shows it.

use serde::Serialize;
use shared::{
    id::{AffiliateId, CommissionId, ConversionId, CustomerJoinId, DecisionId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

/// A decision that a person or their software made about a conversion, a commission or a customer join. A decision
/// never changes; a later one can override it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    #[schema(value_type = String, example = "dec_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: DecisionId,
    /// `Reattribute`, `Approve`, `Deny`, `Release`, `Refund`, `Bonus`, `Adjustment`, `Join` or `Split`.
    #[serde(rename = "type")]
    #[schema(example = "Reattribute")]
    pub kind: String,
    /// The subject of the decision: a conversion, a commission or a customer join.
    #[schema(value_type = Option<String>, required, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub conversion_id: Option<ConversionId>,
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub commission_id: Option<CommissionId>,
    /// The ID of the customer join, if the decision is about one.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub join_id: Option<CustomerJoinId>,
    /// For a re-attribution: the program and affiliate credited. Null if no one is credited.
    #[schema(value_type = Option<String>, required, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: Option<ProgramId>,
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: Option<AffiliateId>,
    /// For a re-attribution: `Customer` (this conversion and everything the customer buys later) or `Conversion`.
    #[schema(required, example = "Customer")]
    pub reach: Option<String>,
    /// Who made the decision: `api_key:key_…` or `user:usr_…`.
    #[schema(example = "api_key:key_01kdvdna00e8v2m6q1w9d3xk7z")]
    pub actor: String,
    /// The reason that was given.
    #[schema(example = "The customer wrote that Lauren sent them.")]
    pub reason: String,
    /// When the decision was made.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub decided_at: Timestamp,
}
