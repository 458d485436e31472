//! The API's view of each resource, in camelCase, with ids as text and times in RFC 3339.

use serde::{Deserialize, Serialize};
use shared::{
    id::{AffiliateId, ClickId, CommissionId, ConversionId, CouponId, LinkId, ProgramId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use rules::attribution::policy::Worth;

/// A program. It defines what affiliates earn for which sales, and where its links lead.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Program {
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub id: ProgramId,
    /// The program's name in URLs.
    #[schema(example = "partners")]
    pub slug: String,
    #[schema(example = "Partner program")]
    pub name: String,
    /// `LastTouch` or `FirstTouch`.
    #[schema(example = "LastTouch")]
    pub attribution_model: String,
    /// The number of days after a click during which a sale still earns.
    #[schema(example = 60)]
    pub cookie_window_days: i32,
    /// The number of days for which a commission stays Pending, according to the program's current plan.
    #[schema(example = 30)]
    pub hold_days: i32,
    /// What a customer keeps after their first credited sale: `AffiliateAndPlan`, `Affiliate` (with the plan in force
    /// at each sale) or `None`.
    #[schema(example = "AffiliateAndPlan")]
    pub customer_binding: String,
    /// The checks that put a conversion into the review queue.
    pub review: Checks,
    /// What sales and leads that pages report are worth.
    pub claimed_sales: ClaimedSales,
    /// The key of the tracking script. It is visible in browsers, so it isn't a secret.
    #[schema(example = "pk_01kdvdna00ev6r6z8m4h71sm1g")]
    pub public_key: String,
    /// The origins whose pages may send clicks and conversions.
    #[schema(example = json!(["https://acme.test"]))]
    pub allowed_origins: Vec<String>,
    /// The landing page of the program's links, unless a link has its own.
    #[schema(required, example = "https://acme.test/pricing")]
    pub destination: Option<String>,
    /// Whether applicants on the program's page are approved as soon as they confirm their email address.
    #[schema(example = false)]
    pub auto_approve: bool,
    /// When the program was archived. It takes no new links, and its links and scripts are off. Sales to its customers
    /// are still credited.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub archived_at: Option<Timestamp>,
    /// How the program treats visitors who send Global Privacy Control: `ignore`, `no_cookie` or `no_tracking`.
    #[schema(example = "no_cookie")]
    pub gpc_mode: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

/// The checks that put a conversion into the review queue and hold its money.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct Checks {
    /// Flags a customer who has the affiliate's email address.
    #[schema(example = true)]
    pub self_referral: bool,
    /// Flags the first sale to a customer whose email address belonged to another customer before.
    #[schema(example = true)]
    pub duplicate_customer: bool,
    /// The maximum number of conversions per affiliate in a clock hour. Null means no limit.
    #[schema(example = 200)]
    pub velocity_per_hour: Option<i32>,
    /// The minimum number of seconds between a click and its sale. Null turns the check off.
    #[schema(example = 5)]
    pub min_click_to_sale_seconds: Option<i32>,
}

impl Default for Checks {
    fn default() -> Self {
        Self { self_referral: true, duplicate_customer: true, velocity_per_hour: None, min_click_to_sale_seconds: None }
    }
}

/// How sales and leads that only a page reported are credited, and the limits for a program that trusts its pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ClaimedSales {
    /// `off`, `review` or `trusted`. Off: they are stored and credit no one. Review (the default): they are credited
    /// and priced, but not payable until a person approves them or your backend or gateway reports the same purchase.
    /// Trusted: they are payable after the full hold, counted from their arrival, within the limits below; leads that
    /// the plan pays for still need manual approval.
    #[schema(example = "review")]
    pub mode: String,
    /// The largest trusted amount, in minor units of the sale's own currency. Larger sales need manual approval.
    #[schema(example = 50000)]
    pub max_amount_cents: i64,
    /// The number of sales and leads that are trusted per UTC day. The others need manual approval.
    #[schema(example = 100)]
    pub per_day: i32,
    /// The same limit for each affiliate.
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
    /// Identifies the affiliate in sales.
    #[schema(example = "lauren")]
    pub slug: String,
    #[schema(example = "lauren@creators.test")]
    pub email: String,
    /// Whether the affiliate confirmed the email address: they opened a link in an email to it. Until then, someone else
    /// may have entered it.
    #[schema(example = true)]
    pub email_confirmed: bool,
    #[schema(example = "Lauren Vale")]
    pub name: String,
    /// `Invited`, `Pending`, `Approved`, `Rejected`, `Banned` or `Archived`. Only approved affiliates are credited.
    #[schema(example = "Approved")]
    pub status: String,
    /// The reason for this status, if one was given.
    #[schema(required, example = json!(null))]
    pub status_reason: Option<String>,
    /// The affiliate's current segment.
    #[schema(required, example = "gold")]
    pub segment: Option<String>,
    /// The affiliate's answers on the application form.
    #[schema(value_type = Option<Object>, required, example = json!({"website": "https://lauren.creators.test"}))]
    pub application: Option<serde_json::Value>,
    /// Internal only. The affiliate never sees it.
    #[schema(required, example = json!(null))]
    pub notes: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    /// When the affiliate joined. For an imported one this can be before `createdAt`: when they joined on the platform
    /// that they were imported from.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub joined_at: Timestamp,
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
    /// The link's host.
    #[schema(example = "go.acme.test")]
    pub host: String,
    /// The link's path, without the slash.
    #[schema(example = "lauren")]
    pub slug: String,
    /// The full URL to share.
    #[schema(example = "https://go.acme.test/lauren")]
    pub url: String,
    /// The URL that the link leads to.
    #[schema(example = "https://acme.test/pricing")]
    pub destination: String,
    /// When the link was disabled. It no longer leads anywhere. Earlier clicks still earn.
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
    /// The brand's or gateway's own id. The same id is never booked twice.
    #[schema(example = "purchase_abc123")]
    pub external_event_id: String,
    /// `Sale`, `Recurring` or `Lead`.
    #[serde(rename = "type")]
    #[schema(example = "Sale")]
    pub kind: String,
    /// `Pending`, `Approved`, `Paid` (also if an import left its commission to the earlier platform), `Refunded`,
    /// `Denied` or `Unattributed` (no one is credited).
    #[schema(example = "Pending")]
    pub status: String,
    #[schema(value_type = Option<String>, required, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: Option<ProgramId>,
    #[schema(value_type = Option<String>, required, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: Option<AffiliateId>,
    /// The customer's id at the brand or its gateway.
    #[schema(required, example = "cus_4fdAW5ftNQow1a")]
    pub customer_id: Option<String>,
    /// The commissionable amount in minor units, without tax.
    #[schema(example = 9900)]
    pub amount_cents: i64,
    /// The refunded part of the amount, in minor units.
    #[schema(example = 0)]
    pub refunded_cents: i64,
    #[schema(example = "USD")]
    pub currency: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub occurred_at: Timestamp,
    /// Who reported it: `S2s`, `Pixel`, `Import`, `Stripe`, `Paddle`, `Braintree`, `Shopify`, `Dodo` or `Creem`.
    #[schema(example = "S2s")]
    pub source: String,
    /// False if only a browser reported it.
    pub verified: bool,
    /// The rule that gave the credit: `manual`, `bound`, `import`, `coupon`, `click`, `slug` or `lead`.
    #[schema(required, example = "click")]
    pub credited_by: Option<String>,
    /// Why it was flagged for review: `Unverified` (only a page reported it), `SelfReferral`, `DuplicateCustomer`,
    /// `UnknownLead`, `DeniedBefore`, `Velocity`, `ClickToSale`, `SelfRecruit` (the recruiter who would earn a share is
    /// probably the affiliate or the buyer; it holds that share only).
    #[schema(example = json!([]))]
    pub flags: Vec<String>,
    /// The reviewer's decision about the flags: `Approved` or `Denied`.
    #[schema(required, example = json!(null))]
    pub review: Option<String>,
    /// `Open`, `Won` or `Lost`.
    #[schema(required, example = json!(null))]
    pub dispute: Option<String>,
    /// Issues with refunds or disputes of the sale: `RefundCurrency` (they are in another currency and reverse
    /// nothing), `RefundExceedsSale` (the sale counts as fully refunded).
    #[schema(example = json!([]))]
    #[serde(rename = "troubles")]
    pub issues: Vec<String>,
    #[schema(value_type = Option<String>, required, example = "clk_01kdvdna00ek7c2m1v5z8r4twn")]
    pub click_id: Option<ClickId>,
    /// The coupon that gave the credit, or that brought the customer to the affiliate. Null for others, and for sales
    /// reported before it was recorded.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub coupon_id: Option<CouponId>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub created_at: Timestamp,
}

/// What an affiliate earns from a conversion, a day's clicks, a bonus or an adjustment.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Commission {
    #[schema(value_type = String, example = "com_01kdvdna00fj8n4t6c2q9y5wbe")]
    pub id: CommissionId,
    /// `Conversion`, `Override` (a share of a recruit's commission), `Click` (a day's clicks), `Bonus` or `Adjustment`.
    #[serde(rename = "type")]
    #[schema(example = "Conversion")]
    pub kind: String,
    /// Null if the commission doesn't come from a conversion.
    #[schema(value_type = Option<String>, required, example = "conv_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub conversion_id: Option<ConversionId>,
    /// The recruit's commission that an override is a share of. Null for all others.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub of_commission_id: Option<CommissionId>,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    /// The current value in minor units: the earned amount minus reversals for refunds.
    #[schema(example = 1980)]
    pub amount_cents: i64,
    /// The value before any refund.
    #[schema(example = 1980)]
    pub earned_cents: i64,
    /// The amount paid out. After a refund it may exceed `amountCents`; the next payout deducts the difference.
    #[schema(example = 0)]
    pub paid_cents: i64,
    /// The amount in payouts in progress: neither sent nor voided yet.
    #[schema(example = 0)]
    pub in_payout_cents: i64,
    #[schema(example = "USD")]
    pub currency: String,
    /// `Pending`, `Approved`, `Paid` (also if an import left it to the earlier platform), `Refunded` or `Denied`.
    #[schema(example = "Pending")]
    pub status: String,
    /// Why it stays Pending after its hold: `Review` (flagged and not reviewed yet), `FirstSale` (the customer's first
    /// sale is waiting for review) or `Dispute`.
    #[schema(required, example = json!(null))]
    pub held_for: Option<String>,
    /// When it stops being Pending, if nothing else happens first.
    #[schema(value_type = String, format = DateTime, example = "2026-12-20T08:30:00Z")]
    pub hold_until: Timestamp,
    /// The calculation in words.
    #[schema(example = "20% of USD 99.00 = USD 19.80 (rounded half up)")]
    pub reason: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub created_at: Timestamp,
}
