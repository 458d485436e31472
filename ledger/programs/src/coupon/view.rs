//! A coupon in API responses.

use serde::Serialize;
use shared::{
    id::{AffiliateId, CouponId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

use super::gateway::CodeAtGateway;
use crate::discount::view::DiscountTerms;

/// A code that credits its affiliate with every sale that uses it.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Coupon {
    #[schema(value_type = String, example = "cpn_01kdvdna00fzv3m8q5t2r9w6xe")]
    pub id: CouponId,
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    pub program_id: ProgramId,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    /// The code that customers enter.
    #[schema(example = "LAUREN20")]
    pub code: String,
    /// Whether the code takes precedence over a click on another affiliate's link.
    #[schema(example = true)]
    pub overrides_click_attribution: bool,
    /// The gateway's id of the coupon: Stripe's promotion code `promo_…` or Paddle's discount `dsc_…`.
    #[schema(required, example = "promo_1PJBLEBBLEfV")]
    pub external_id: Option<String>,
    /// What customers save; null if the discount isn't known to Rekomi.
    #[schema(required)]
    pub discount: Option<DiscountTerms>,
    /// The code at the gateway; null if Rekomi didn't create it there.
    #[schema(required)]
    pub gateway: Option<CodeAtGateway>,
    /// What the coupon sold in the last 30 days.
    pub sold: CouponSales,
    /// When the coupon was archived. It credits no later sales.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub archived_at: Option<Timestamp>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

/// What a coupon sold in the last 30 days, in your organization's time zone: the sales that it won, and later payments
/// by the customers whom it brought. Denied ones don't count. Sales reported before coupons were recorded with them are
/// missing.
#[derive(Debug, Clone, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CouponSales {
    /// Sales, without those that were refunded in full.
    #[schema(example = 34)]
    pub sales: i64,
    /// Renewals, without those that were refunded in full.
    #[schema(example = 12)]
    pub renewals: i64,
    /// Sales and renewals that were refunded in full.
    #[schema(example = 2)]
    pub refunded: i64,
    /// The value of sales and renewals, by currency.
    pub revenue: Vec<CouponRevenue>,
}

/// What a coupon sold in one currency.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CouponRevenue {
    #[schema(value_type = String, example = "USD")]
    pub currency: Currency,
    /// The commissionable amount in minor units, minus refunds.
    #[schema(example = 336_600)]
    pub amount_cents: i64,
}

impl From<Money> for CouponRevenue {
    fn from(money: Money) -> Self {
        Self { currency: money.currency, amount_cents: money.minor }
    }
}
