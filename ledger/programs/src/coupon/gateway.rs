//! Coupons whose code is created at the brand's gateway, with the discount of their program.

use serde::Serialize;
use shared::{event::Gateway, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{api, gateway_store, view::Coupon};
use crate::discount::store::{self as discounts, Discount};
use engine::book;
use kit::{
    db::TenantTx,
    error::{Error, Result},
};

/// The most codes that one affiliate may request in a day, among them those that the gateway refuses.
pub const CHOICES_PER_DAY: i64 = 5;
/// Paddle's codes: `^[a-zA-Z0-9]{1,32}$` (developer.paddle.com/api-reference/discounts/create-discount).
const PADDLE_CODE_MAX: usize = 32;

/// A coupon's code at the gateway.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CodeAtGateway {
    /// `stripe` or `paddle`.
    #[serde(rename = "type")]
    #[schema(example = "stripe")]
    pub gateway: &'static str,
    /// `waiting` (for the gateway to confirm the code; until then it credits no sales), `active`, `refused` (by the
    /// gateway, or deactivated there; see `problem`) or `archived`.
    #[schema(example = "active")]
    pub status: String,
    /// What the gateway rejected and what you can do, in plain words.
    #[schema(required, example = json!(null))]
    pub problem: Option<String>,
    /// Whether the affiliate chose the code.
    #[schema(example = false)]
    pub chosen_by_affiliate: bool,
}

/// Creates a coupon whose code the gateway gets. The job sends it after the commit.
///
/// # Errors
/// As [`api::make`]; 400 naming `createAtGateway` without a discount, or `code` if the gateway wouldn't accept it.
pub async fn make(tx: &mut TenantTx, coupon: &Coupon, now: Timestamp) -> Result<()> {
    book::store::lock(tx).await?;
    let message = "The program has no discount. Set one first, or create the code at the gateway yourself.";
    let discount = discounts::current(tx, coupon.program_id).await?;
    let discount = discount.ok_or_else(|| Error::field("createAtGateway", message))?;
    if !discount.is_open(now) {
        let message = "The program's discount has ended. Set another one first, or create the code yourself.";
        return Err(Error::field("createAtGateway", message));
    }
    if coupon.external_id.is_some() {
        let message = "externalId is set by Rekomi with createAtGateway. Omit one of them.";
        return Err(Error::field("externalId", message));
    }
    if let Some(message) = misspelled(discount.gateway, &coupon.code) {
        return Err(Error::field("code", message));
    }
    request(tx, coupon, &discount, false, now).await
}

/// Creates a coupon and requests its code.
///
/// # Errors
/// As [`api::make`].
pub async fn request(
    tx: &mut TenantTx,
    coupon: &Coupon,
    discount: &Discount,
    chosen: bool,
    now: Timestamp,
) -> Result<()> {
    api::make(tx, coupon, now).await?;
    gateway_store::insert(tx, coupon, discount.id, chosen, now).await?;
    Ok(())
}

/// Why the gateway wouldn't accept the code.
fn misspelled(gateway: Gateway, code: &str) -> Option<&'static str> {
    let is_plain = |more: &str| code.chars().all(|sign| sign.is_ascii_alphanumeric() || more.contains(sign));
    match gateway {
        Gateway::Paddle if !is_plain("") || code.len() > PADDLE_CODE_MAX => {
            Some("Codes in Paddle may only contain the letters A to Z and digits, at most 32.")
        }
        // docs.stripe.com/api/promotion_codes/create: letters, digits and dashes.
        Gateway::Stripe if !is_plain("-") => {
            Some("Codes in Stripe may only contain the letters A to Z, digits and hyphens.")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_spelled_as_the_gateway_allows() {
        assert_eq!((misspelled(Gateway::Stripe, "LAU-20"), misspelled(Gateway::Paddle, "LAU20")), (None, None));
        for (gateway, bad) in [
            (Gateway::Paddle, "LAU-20"),
            (Gateway::Paddle, "x".repeat(33).as_str()),
            (Gateway::Stripe, "20%"),
            (Gateway::Stripe, "ÄRGER"),
            (Gateway::Stripe, "LAU_20"),
        ] {
            assert!(misspelled(gateway, bad).is_some(), "{bad}");
        }
    }
}
