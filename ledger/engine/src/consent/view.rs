//! Consents as shown by the API and the pages.

use serde::Serialize;
use shared::{
    id::{AffiliateId, ConsentId, CustomerId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

/// A person's consent decision. It never changes: a withdrawal is a separate decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Consent {
    #[schema(value_type = String, example = "cst_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: ConsentId,
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: Option<AffiliateId>,
    /// The customer's `cus_…` id.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub customer_id: Option<CustomerId>,
    /// What the person agreed to, such as `program_terms`.
    #[schema(example = "program_terms")]
    pub kind: String,
    /// The version of the text that the person saw.
    #[schema(required, example = "2026-07")]
    pub version: Option<String>,
    /// Whether the person agreed.
    pub granted: bool,
    /// When the person decided.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub at: Timestamp,
    /// How the consent was given.
    #[schema(required, example = "Application form")]
    pub evidence: Option<String>,
    /// Who recorded it: `api_key:key_…`, `user:usr_…`, or, in the affiliate's portal, `affiliate:aff_…`.
    #[schema(example = "api_key:key_01kdvdna00e8v2m6q1w9d3xk7z")]
    pub actor: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub created_at: Timestamp,
}
