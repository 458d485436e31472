//! A customer as the API shows it.

use serde::Serialize;
use shared::{
    id::{AffiliateId, ConversionId, CustomerId, ProgramId},
    money::Currency,
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use crate::explain::receipt::ReceiptCredit;

/// A buyer, with all ids that belong to the same person.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Customer {
    #[schema(value_type = String, example = "cus_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: CustomerId,
    /// The customer's id in your system or at your gateway, or their email address if no id is known.
    #[schema(example = "user_42")]
    pub customer_id: String,
    /// Other ids of the same buyer, found by joins: for example, your backend and your gateway reported the same
    /// purchase with different ids.
    #[schema(example = json!(["cus_4fdAW5ftNQow1a"]))]
    pub other_customer_ids: Vec<String>,
    #[schema(required, example = "ann@example.com")]
    pub email: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

/// A customer, with the affiliates they are bound to and the revenue they generated.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerDetail {
    #[serde(flatten)]
    pub customer: Customer,
    /// The affiliate that the customer is bound to, in each program whose rules bind customers.
    pub bindings: Vec<CustomerBinding>,
    /// Sales and renewals, by currency.
    pub totals: Vec<CustomerTotal>,
    /// The number of leads.
    #[schema(example = 1)]
    pub leads: i64,
    /// When the first conversion took place.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub first_conversion_at: Option<Timestamp>,
    /// When the latest conversion took place.
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:00Z")]
    pub last_conversion_at: Option<Timestamp>,
}

/// The affiliate who is credited with the customer's next sale in a program, unless a decision says otherwise.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerBinding {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    /// When the customer became the affiliate's.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub since: Timestamp,
    /// How the sale that bound the customer was credited: `manual`, `coupon`, `click`, `slug` or `lead`; or `import`,
    /// if the customer was imported.
    #[schema(example = "click")]
    pub credited_by: &'static str,
    /// The sale that bound the customer, or `import` if the customer was imported.
    #[schema(example = "purchase_abc123")]
    pub external_event_id: String,
    /// Whether the affiliate earns on the next sale. False while the affiliate isn't approved.
    #[schema(example = true)]
    pub earns: bool,
}

/// A customer's totals in one currency, in minor units.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerTotal {
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The number of conversions.
    #[schema(example = 3)]
    pub conversions: i64,
    /// Commissionable amount, before refunds.
    #[schema(example = 29_700)]
    pub amount_cents: i64,
    /// The refunded amount.
    #[schema(example = 0)]
    pub refunded_cents: i64,
    /// Commissions that affiliates earned on it, after refunds.
    #[schema(example = 5_940)]
    pub commission_cents: i64,
}

/// The touches that led to each conversion of a customer.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CustomerJourney {
    #[schema(value_type = String, example = "cus_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: CustomerId,
    /// The latest 100 conversions, oldest first.
    pub conversions: Vec<JourneyStep>,
}

/// A conversion, the affiliate credited with it, and every touch that was considered.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct JourneyStep {
    #[schema(value_type = String, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub conversion_id: ConversionId,
    #[schema(example = "purchase_abc123")]
    pub external_event_id: String,
    /// `Sale`, `Recurring` or `Lead`.
    #[serde(rename = "type")]
    #[schema(example = "Sale")]
    pub kind: &'static str,
    #[schema(example = 9900)]
    pub amount_cents: i64,
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub occurred_at: Timestamp,
    /// Who is credited, and why.
    pub credit: ReceiptCredit,
}
