//! The API's view of each resource, in camelCase, with ids as text and times in RFC 3339.

use serde::{Deserialize, Serialize};
use shared::{
    id::{AffiliateId, ClickId, CommissionId, ConversionId, LinkId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use rules::attribution::policy::Worth;

/// A program: what is paid for which sales, and where its links lead.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Program {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub id: ProgramId,
    #[schema(example = "partners")]
    pub slug: String,
    #[schema(example = "Partner program")]
    pub name: String,
    /// `LastTouch` or `FirstTouch`.
    #[schema(example = "LastTouch")]
    pub attribution_model: String,
    /// Days for which a click may earn.
    #[schema(example = 60)]
    pub cookie_window_days: i32,
    /// Days for which a commission stays Pending; by the program's plan in force.
    #[schema(example = 30)]
    pub hold_days: i32,
    /// What a customer keeps from the first credited sale on: `AffiliateAndPlan`, `Affiliate` (with the plan in force at
    /// each sale) or `None`.
    #[schema(example = "AffiliateAndPlan")]
    pub customer_binding: String,
    pub review: Checks,
    pub claimed_sales: ClaimedSales,
    /// Browsers show it: it is no secret.
    #[schema(example = "pk_01kdvdna00ev6r6z8m4h71sm1g")]
    pub public_key: String,
    /// Origins whose pages may send clicks and conversions.
    #[schema(example = json!(["https://acme.test"]))]
    pub allowed_origins: Vec<String>,
    /// Where visitors go who follow a link, unless the link says otherwise.
    #[schema(required, example = "https://acme.test/pricing")]
    pub destination: Option<String>,
    /// Out of use since then: no new links, and its links and scripts are off. What its customers buy is still credited.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub archived_at: Option<Timestamp>,
    /// What visitors get who send Global Privacy Control: `ignore`, `no_cookie` or `no_tracking`.
    #[schema(example = "no_cookie")]
    pub gpc_mode: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

/// What puts a conversion into the review queue and holds its money.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Checks {
    /// The customer has the affiliate's e-mail address.
    #[schema(example = true)]
    pub self_referral: bool,
    /// The first sale of a customer whose address another customer had before.
    #[schema(example = true)]
    pub duplicate_customer: bool,
    /// More conversions of one affiliate in one clock hour than this; null is no limit.
    #[schema(example = 200)]
    pub velocity_per_hour: Option<i32>,
    /// A sale sooner after its click than this; null is no check.
    #[schema(example = 5)]
    pub min_click_to_sale_seconds: Option<i32>,
}

impl Default for Checks {
    fn default() -> Self {
        Self { self_referral: true, duplicate_customer: true, velocity_per_hour: None, min_click_to_sale_seconds: None }
    }
}

/// What sales and leads are worth that only a page reported, and the limits of a program that trusts its pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClaimedSales {
    /// `off`, `review` or `trusted`. Off: they are kept and credit no one. Review, the default: they are credited and priced,
    /// and never payable until a person approves them or your backend or gateway reports the same purchase. Trusted: they are
    /// payable after the whole hold, counted from their arrival, within the limits below.
    #[schema(example = "review")]
    pub mode: String,
    /// The largest amount that is trusted, in minor units of the sale's own currency. A larger sale waits for a person.
    #[schema(example = 50000)]
    pub max_amount_cents: i64,
    /// How many of them are trusted in one UTC day; the others wait for a person.
    #[schema(example = 100)]
    pub per_day: i32,
    /// The same, of one affiliate.
    #[schema(example = 10)]
    pub per_affiliate_per_day: i32,
}

impl ClaimedSales {
    pub fn worth(&self) -> Option<Worth> {
        match self.mode.as_str() {
            "off" => Some(Worth::Off),
            "review" => Some(Worth::Review),
            "trusted" => Some(Worth::Trusted),
            _ => None,
        }
    }
}

impl Default for ClaimedSales {
    fn default() -> Self {
        Self { mode: "review".to_owned(), max_amount_cents: 50_000, per_day: 100, per_affiliate_per_day: 10 }
    }
}

/// A creator's membership in the organization.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Affiliate {
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub id: AffiliateId,
    #[schema(example = "lauren")]
    pub slug: String,
    #[schema(example = "lauren@creators.test")]
    pub email: String,
    #[schema(example = "Lauren Vale")]
    pub name: String,
    /// `Pending`, `Approved`, `Rejected`, `Banned` or `Archived`. Only approved affiliates are credited.
    #[schema(example = "Approved")]
    pub status: String,
    /// Why they have this status, where somebody said.
    #[schema(required, example = json!(null))]
    pub status_reason: Option<String>,
    /// The segment that the affiliate is in now.
    #[schema(required, example = "gold")]
    pub segment: Option<String>,
    /// What they answered when they applied.
    #[schema(value_type = Option<Object>, required, example = json!({"website": "https://lauren.creators.test"}))]
    pub application: Option<serde_json::Value>,
    /// For your own people: the affiliate never sees it.
    #[schema(required, example = json!(null))]
    pub notes: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

/// A short link, `https://{host}/{slug}`.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Link {
    #[schema(value_type = String, example = "lnk_01kdvdna00fsc8v9e8c2t4hv3a")]
    pub id: LinkId,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(example = "go.acme.test")]
    pub host: String,
    #[schema(example = "lauren")]
    pub slug: String,
    /// What to share.
    #[schema(example = "https://go.acme.test/lauren")]
    pub url: String,
    #[schema(example = "https://acme.test/pricing")]
    pub destination: String,
    /// Out of use since then: it leads nowhere. Clicks of before still earn.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub disabled_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

/// A sale, renewal or lead.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conversion {
    #[schema(value_type = String, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: ConversionId,
    /// The brand's or gateway's own id; the same one is never booked twice.
    #[schema(example = "purchase_abc123")]
    pub external_event_id: String,
    /// `Sale`, `Recurring` or `Lead`.
    #[serde(rename = "type")]
    #[schema(example = "Sale")]
    pub kind: String,
    /// `Pending`, `Approved`, `Paid`, `Refunded`, `Denied` or `Unattributed`: nobody has the credit.
    #[schema(example = "Pending")]
    pub status: String,
    #[schema(value_type = Option<String>, required, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: Option<ProgramId>,
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: Option<AffiliateId>,
    /// As the brand or its gateway names the buyer.
    #[schema(required, example = "cus_4fdAW5ftNQow1a")]
    pub customer_id: Option<String>,
    /// Commissionable amount in minor units, without tax.
    #[schema(example = 9900)]
    pub amount_cents: i64,
    /// How much of it was refunded.
    #[schema(example = 0)]
    pub refunded_cents: i64,
    #[schema(example = "USD")]
    pub currency: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub occurred_at: Timestamp,
    /// Who told it: `S2s`, `Pixel`, `Stripe`, `Paddle` or `Braintree`.
    #[schema(example = "S2s")]
    pub source: String,
    /// False where only a browser reported it.
    pub verified: bool,
    /// Which rule gave the credit: `manual`, `bound`, `coupon`, `click`, `slug` or `lead`.
    #[schema(required, example = "click")]
    pub credited_by: Option<String>,
    /// What put it into review: `Unverified` (only a page reported it), `SelfReferral`, `DuplicateCustomer`, `UnknownLead`,
    /// `DeniedBefore`, `Velocity`, `ClickToSale`.
    #[schema(example = json!([]))]
    pub flags: Vec<String>,
    /// What a person decided about the flags: `Approved` or `Denied`.
    #[schema(required, example = json!(null))]
    pub review: Option<String>,
    /// `Open`, `Won` or `Lost`.
    #[schema(required, example = json!(null))]
    pub dispute: Option<String>,
    /// What can't be set against the sale: `RefundCurrency`, `RefundExceedsSale`.
    #[schema(example = json!([]))]
    #[serde(rename = "troubles")]
    pub issues: Vec<String>,
    #[schema(value_type = Option<String>, required, example = "clk_01kdvdna00ek7c2m1v5z8r4twn")]
    pub click_id: Option<ClickId>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub created_at: Timestamp,
}

/// What one conversion earns one affiliate.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Commission {
    #[schema(value_type = String, example = "com_01kdvdna00fj8n4t6c2q9y5wbe")]
    pub id: CommissionId,
    /// `Conversion`, `Click` (a day's clicks), `Bonus` or `Adjustment`.
    #[serde(rename = "type")]
    #[schema(example = "Conversion")]
    pub kind: String,
    /// Null for what no conversion earned.
    #[schema(value_type = Option<String>, required, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub conversion_id: Option<ConversionId>,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// What it is worth now, in minor units: earned less what refunds took.
    #[schema(example = 1980)]
    pub amount_cents: i64,
    /// What it was worth before any refund.
    #[schema(example = 1980)]
    pub earned_cents: i64,
    /// How much of it was paid out; more than `amountCents` after a refund: the next payout takes it back.
    #[schema(example = 0)]
    pub paid_cents: i64,
    /// How much of it is in a payout that is neither sent nor given up yet.
    #[schema(example = 0)]
    pub in_payout_cents: i64,
    #[schema(example = "USD")]
    pub currency: String,
    /// `Pending`, `Approved`, `Paid`, `Refunded` or `Denied`.
    #[schema(example = "Pending")]
    pub status: String,
    /// Why it stays Pending beyond its hold: `Review` (flagged, not looked at yet), `FirstSale` (the sale by which the
    /// customer came waits for its review) or `Dispute`.
    #[schema(required, example = json!(null))]
    pub held_for: Option<String>,
    /// When it stops being Pending, if nothing happens.
    #[schema(value_type = String, format = DateTime, example = "2026-12-20T08:30:00Z")]
    pub hold_until: Timestamp,
    /// The arithmetic in words.
    #[schema(example = "20 % of USD 99.00 = USD 19.80 (rounded half up)")]
    pub reason: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub created_at: Timestamp,
}
