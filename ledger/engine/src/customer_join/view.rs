//! A join as the API shows it.

use serde::Serialize;
use shared::{
    id::{AffiliateId, ConversionId, CustomerId, CustomerJoinId},
    money::Currency,
    timestamp::Timestamp,
};
use utoipa::ToSchema;

/// Two customers that were both reported as the buyer of one sale, and whether they are treated as the same person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerJoin {
    #[schema(value_type = String, example = "join_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: CustomerJoinId,
    /// `Joined`, `Waiting` or `Split`. A `Waiting` join needs your decision.
    #[schema(example = "Waiting")]
    pub state: &'static str,
    /// Why the join needs a decision: `Credit` (an existing conversion would be credited to another affiliate, or to no
    /// one), `Amount` (an existing commission would decrease), `Addresses` (the customers have more email addresses
    /// than one person has) or `Split` (customers that you split would be joined again).
    #[schema(required, example = "Credit")]
    pub cause: Option<&'static str>,
    /// The two customers.
    pub customers: Vec<JoinedCustomer>,
    /// The sale for which both customers were reported. Null for customers that were joined before joins were recorded.
    #[schema(value_type = Option<String>, required, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub conversion_id: Option<ConversionId>,
    #[schema(required, example = "purchase_abc123")]
    pub external_event_id: Option<String>,
    /// When the second customer was reported.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub found_at: Timestamp,
    /// Who made the latest decision: `api_key:key_…` or `user:usr_…`. Null if no one has decided yet.
    #[schema(required, example = "user:usr_01kdvdna00e8v2m6q1w9d3xk7z")]
    pub decided_by: Option<String>,
    /// When someone decided; null while it is open.
    #[schema(value_type = Option<String>, required, format = DateTime, example = "2026-11-21T10:00:00Z")]
    pub decided_at: Option<Timestamp>,
    /// The reason that was given for the decision.
    #[schema(required, example = "Two people share the office's tablet.")]
    pub reason: Option<String>,
}

/// One of the two customers of a join.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinedCustomer {
    #[schema(value_type = String, example = "cus_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: CustomerId,
    /// The customer's id in your system or at your gateway.
    #[schema(example = "user_42")]
    pub customer_id: String,
    #[schema(required, example = "ann@example.com")]
    pub email: Option<String>,
}

/// A join, with a preview of the opposite decision.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerJoinDetail {
    #[serde(flatten)]
    pub join: CustomerJoin,
    /// What joining the customers would change.
    pub preview: JoinPreview,
}

/// What the opposite decision would change: joining customers that aren't joined, or splitting customers that are.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JoinPreview {
    /// `Join` or `Split`.
    #[schema(example = "Join")]
    pub decision: &'static str,
    /// Conversions that would be credited differently.
    pub conversions: Vec<MovedConversion>,
    /// What each affiliate would gain or lose, by currency.
    pub commissions: Vec<MovedCommission>,
}

/// A conversion that would be credited differently.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MovedConversion {
    #[schema(value_type = String, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub conversion_id: ConversionId,
    #[schema(example = "purchase_abc123")]
    pub external_event_id: String,
    /// Null if no one is credited.
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub before: Option<AffiliateId>,
    /// The affiliate who would be credited; null if no one would be.
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fj8n4t6c2q9y5wbe")]
    pub after: Option<AffiliateId>,
}

/// What an affiliate would gain or lose in one currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct MovedCommission {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Vale")]
    pub affiliate_name: String,
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The current total of the commissions that would change, in minor units.
    #[schema(example = 18_000)]
    pub before_cents: i64,
    /// The total of the same commissions, and of new ones, after the change, in minor units.
    #[schema(example = 0)]
    pub after_cents: i64,
    /// The change of the total, in minor units.
    #[schema(example = -18_000)]
    pub difference_cents: i64,
}
