//! The receipt as the API returns it; the page renders the same structure.

use serde::Serialize;
use shared::{
    id::{AffiliateId, ClickId, CommissionId, ConversionId, EventId, PlanVersionId, ProgramId, TransferId},
    money::Currency,
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use crate::decision::view::Decision;

/// How a commission was calculated, in words and figures. Amounts are in minor units of `currency` unless stated
/// otherwise.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    #[schema(value_type = String, example = "com_01kdvdna00fj8n4t6c2q9y5wbe")]
    pub commission_id: CommissionId,
    /// The commission's amount and status, when it becomes payable, and why it isn't payable yet.
    #[schema(example = "USD 19.80 for Lauren Vale, Pending: payable on 20 Dec 2026, when its hold ends.")]
    pub headline: String,
    /// `Conversion`, `Click`, `Bonus` or `Adjustment`.
    #[serde(rename = "type")]
    #[schema(example = "Conversion")]
    pub kind: &'static str,
    /// The commission's status.
    #[schema(example = "Pending")]
    pub status: &'static str,
    #[schema(example = 1980)]
    pub amount_cents: i64,
    /// Before refunds.
    #[schema(example = 1980)]
    pub earned_cents: i64,
    /// The part that was paid, in minor units.
    #[schema(example = 0)]
    pub paid_cents: i64,
    /// For pages: whether an import left that part to the earlier platform, so that no one here paid it.
    #[serde(skip)]
    pub is_left: bool,
    /// The part that is in a payout that is neither sent nor given up yet.
    #[schema(example = 0)]
    pub in_payout_cents: i64,
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Vale")]
    pub affiliate_name: String,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// The program's name.
    #[schema(example = "Partner program")]
    pub program_name: String,
    /// Null if no conversion earned the commission.
    #[schema(required)]
    pub sale: Option<ReceiptSale>,
    /// Who is credited with the sale, and why; null if no conversion earned the commission.
    #[schema(required)]
    pub credit: Option<ReceiptCredit>,
    /// Null if no plan earned the commission.
    #[schema(required)]
    pub plan: Option<ReceiptPlan>,
    /// The calculation, one step per line, with every rounding.
    #[schema(example = json!(["20% of USD 99.00 = USD 19.80 (rounded half up)"]))]
    pub arithmetic: Vec<String>,
    /// When the commission becomes payable, and what holds it.
    pub hold: ReceiptHold,
    /// Decisions about the commission or its conversion, oldest first.
    pub decisions: Vec<Decision>,
    /// The ledger's transfers, oldest first.
    pub transfers: Vec<ReceiptTransfer>,
    /// The sum of the transfers. Always equals `amountCents`.
    #[schema(example = 1980)]
    pub booked_cents: i64,
    /// Other commissions of the same conversion.
    pub others: Vec<ReceiptOther>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub created_at: Timestamp,
}

/// What was sold, who reported the sale, and what was refunded.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptSale {
    #[schema(value_type = String, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub conversion_id: ConversionId,
    #[schema(example = "purchase_abc123")]
    pub external_event_id: String,
    /// The event that reported the sale first.
    #[schema(value_type = String, example = "evt_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub event_id: EventId,
    /// `Sale`, `Recurring` or `Lead`.
    #[serde(rename = "type")]
    #[schema(example = "Sale")]
    pub kind: &'static str,
    /// Who reported the sale, and when, in words.
    #[schema(example = "Sent by your server (signed) on 20 Nov 2026, 08:30 UTC.")]
    #[serde(rename = "told")]
    pub report: String,
    /// Whether anyone but a browser reported the sale.
    #[schema(example = true)]
    pub verified: bool,
    #[schema(required, example = "user_42")]
    pub customer_id: Option<String>,
    /// Commissionable amount without tax, in minor units of `currency`.
    #[schema(example = 9900)]
    pub amount_cents: i64,
    /// The refunded amount, in minor units.
    #[schema(example = 0)]
    pub refunded_cents: i64,
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub occurred_at: Timestamp,
    /// Refunds and disputes, oldest first.
    pub given_back: Vec<ReceiptGivenBack>,
    /// Problems with the sale's refunds or disputes, in words.
    #[schema(example = json!([]))]
    #[serde(rename = "troubles")]
    pub issues: Vec<String>,
}

/// A refund or dispute, as one event reported it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptGivenBack {
    /// `Refund` or `Dispute`.
    #[schema(example = "Refund")]
    pub what: &'static str,
    #[schema(example = "refund_abc123")]
    pub external_event_id: String,
    /// The ID of the event.
    #[schema(value_type = String, example = "evt_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub event_id: EventId,
    #[schema(value_type = String, format = DateTime, example = "2026-11-25T08:30:00Z")]
    pub at: Timestamp,
    /// The refund or dispute in words.
    #[schema(example = "USD 25.00 refunded")]
    pub in_words: String,
}

/// Who is credited with the sale, and why.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptCredit {
    /// Null if no one is credited.
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: Option<AffiliateId>,
    /// `manual`, `bound`, `import`, `coupon`, `click`, `slug` or `lead`.
    #[schema(required, example = "click")]
    pub rule: Option<&'static str>,
    /// The same as a sentence.
    #[schema(example = "The customer clicked Lauren Vale's link, the last click before the sale.")]
    pub in_words: String,
    /// Every touch that was considered, oldest first.
    pub touches: Vec<ReceiptTouch>,
}

impl ReceiptCredit {
    /// The touches that decided: the winner, and those of affiliates who lost to it.
    pub fn decisive(&self) -> Vec<&ReceiptTouch> {
        self.touches.iter().filter(|touch| touch.not_needed.is_none()).collect()
    }

    /// The credited affiliate's other touches, each with the reason why it wasn't needed.
    pub fn not_needed(&self) -> Vec<(&ReceiptTouch, &str)> {
        self.touches.iter().filter_map(|touch| Some((touch, touch.not_needed.as_deref()?))).collect()
    }
}

/// A piece of evidence that an affiliate sent the buyer.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptTouch {
    /// `click`, `slug` or `coupon`.
    #[schema(example = "click")]
    pub kind: &'static str,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "Lauren Vale")]
    pub affiliate_name: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-18T19:02:11Z")]
    pub at: Timestamp,
    /// The link, without its scheme; null if no link is known.
    #[schema(required, example = "go.acme.test/lauren")]
    pub link: Option<String>,
    /// The coupon's code; null if no coupon is known.
    #[schema(required, example = json!(null))]
    pub coupon: Option<String>,
    #[schema(value_type = Option<String>, required, example = "clk_01kdvdna00ek7c2m1v5z8r4twn")]
    pub click_id: Option<ClickId>,
    /// `won` or `lost`.
    #[schema(example = "won")]
    pub outcome: &'static str,
    /// Why it won or lost, in words.
    #[schema(example = "the last click before the sale")]
    pub reason: String,
    /// For pages: why a touch of the credited affiliate, which won nothing, lost nothing either.
    #[serde(skip)]
    pub not_needed: Option<String>,
}

impl ReceiptTouch {
    /// The kind as pages write it.
    pub fn label(&self) -> &'static str {
        match self.kind {
            "slug" => "link name",
            kind => kind,
        }
    }
}

/// The plan version that determined the commission.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptPlan {
    /// The ID of the plan version.
    #[schema(value_type = String, example = "plan_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub plan_version_id: PlanVersionId,
    /// Who the version applies to.
    #[schema(example = "everyone in Partner program")]
    pub scope: String,
    /// When the version took effect.
    #[schema(value_type = String, format = DateTime, example = "2026-01-01T00:00:00Z")]
    pub effective_at: Timestamp,
    /// The component's `id` in the plan. It stays the same in all versions that keep the component.
    #[schema(required, example = "percentage")]
    pub component_id: Option<String>,
    /// The component that earned the commission.
    #[schema(example = "20% of each sale")]
    pub component: String,
    /// The component's name; null if it has none.
    #[schema(required, example = json!(null))]
    pub component_name: Option<String>,
    /// Why this version applied.
    #[schema(example = "In effect on 20 Nov 2026, when the sale was made.")]
    pub why: String,
}

/// When the commission becomes payable, and what holds it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptHold {
    /// When the hold period ends.
    #[schema(value_type = String, format = DateTime, example = "2026-12-20T08:30:00Z")]
    pub hold_until: Timestamp,
    /// When the commission became payable.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub approved_at: Option<Timestamp>,
    /// `Review`, `FirstSale` (the customer's first sale is waiting for review) or `Dispute`.
    #[schema(required, example = json!(null))]
    pub held_for: Option<&'static str>,
    /// What was flagged about the sale, in words.
    #[schema(example = json!([]))]
    pub flags: Vec<String>,
    /// The result of the review of the flags: `Approved` or `Denied`.
    #[schema(required, example = json!(null))]
    pub review: Option<&'static str>,
}

/// One transfer in the ledger.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptTransfer {
    #[schema(value_type = String, example = "xfer_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: TransferId,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub at: Timestamp,
    /// What the transfer is, in words.
    #[schema(example = "Earned")]
    pub what: &'static str,
    /// The account that the money comes from, in words.
    #[schema(example = "Your commission expense")]
    pub from: String,
    /// The account that the money goes to, in words.
    #[schema(example = "Lauren Vale, on hold")]
    pub to: String,
    #[schema(example = 1980)]
    pub amount_cents: i64,
    /// What caused the transfer: `Event`, `Decision`, `Payout` or `Schedule`.
    #[schema(example = "Event")]
    pub cause: &'static str,
    /// The id of the event, decision or payout.
    #[schema(required, example = "evt_01kdvdna00e5v8r2m6q1w9d3xk")]
    #[schema(pattern = "^[a-z]+_[0-7][0-9a-hjkmnp-tv-z]{25}$")]
    pub cause_id: Option<String>,
    /// What caused the transfer, in words.
    #[schema(example = "sale purchase_abc123")]
    pub because: String,
}

/// Another commission of the same conversion.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReceiptOther {
    #[schema(value_type = String, example = "com_01kdvdna00fj8n4t6c2q9y5wbf")]
    pub commission_id: CommissionId,
    #[schema(example = "Lauren Vale")]
    pub affiliate_name: String,
    #[schema(example = 500)]
    pub amount_cents: i64,
    /// The commission's status.
    #[schema(example = "Pending")]
    pub status: &'static str,
}
