//! Codes with a discount at the gateways that have an API for them: Stripe and Paddle.

use shared::{
    event::Gateway,
    id::{AffiliateId, CouponId, DiscountId},
};

use super::{Client, ProviderError, paddle_discounts, stripe_coupons};
use rules::coupon::discount::Terms;

/// A code as the gateway should have it.
#[derive(Debug, Clone)]
pub struct NewCode {
    /// Identifies the code at the gateway: it is stored in its metadata.
    pub coupon: CouponId,
    pub affiliate: AffiliateId,
    pub discount: DiscountId,
    /// What the brand calls the discount.
    pub discount_name: Option<String>,
    pub terms: Terms,
    /// Whether the gateway has confirmed the discount itself.
    pub has_discount: bool,
    pub code: String,
    /// Whether the affiliate chose it.
    pub is_chosen: bool,
    /// How many definite refusals there were: each gets a new idempotency key.
    pub refusals: i32,
}

impl Client<'_> {
    /// Creates a code; one that an earlier request created is returned.
    ///
    /// # Errors
    /// [`ProviderError`]; after [`ProviderError::Away`] the code may exist.
    pub async fn create_code(&self, new: &NewCode) -> Result<String, ProviderError> {
        match self.gateway {
            Gateway::Stripe => stripe_coupons::create(self, new).await,
            Gateway::Paddle => paddle_discounts::create(self, new).await,
            Gateway::Braintree | Gateway::Shopify | Gateway::Dodo | Gateway::Creem => Err(no_codes()),
        }
    }

    /// Finds a code that an earlier request may have created.
    pub async fn find_code(&self, new: &NewCode) -> Result<Option<String>, ProviderError> {
        match self.gateway {
            Gateway::Stripe => stripe_coupons::find(self, new).await,
            Gateway::Paddle => paddle_discounts::find(self, new).await,
            Gateway::Braintree | Gateway::Shopify | Gateway::Dodo | Gateway::Creem => Ok(None),
        }
    }

    /// Activates or deactivates a code. Deactivating one that no longer exists is fine.
    pub async fn switch_code(&self, id: &str, active: bool) -> Result<(), ProviderError> {
        match self.gateway {
            Gateway::Stripe => stripe_coupons::switch(self, id, active).await,
            Gateway::Paddle => paddle_discounts::switch(self, id, active).await,
            Gateway::Braintree | Gateway::Shopify | Gateway::Dodo | Gateway::Creem => Err(no_codes()),
        }
    }

    /// Returns the ids of a discount's codes that the gateway has deactivated, up to the newest thousand. If its codes
    /// have a limit, those that were used as often as that are among them; at Paddle, if they are among the account's
    /// newest thousand.
    pub async fn inactive_codes(&self, discount: DiscountId, has_limit: bool) -> Result<Vec<String>, ProviderError> {
        match self.gateway {
            Gateway::Stripe => stripe_coupons::inactive(self, discount, has_limit).await,
            Gateway::Paddle => paddle_discounts::inactive(self, discount, has_limit).await,
            Gateway::Braintree | Gateway::Shopify | Gateway::Dodo | Gateway::Creem => Ok(Vec::new()),
        }
    }
}

fn no_codes() -> ProviderError {
    ProviderError::refused(None, "Codes can only be created in Stripe and Paddle.")
}

/// The refusal of a code that is in use at the gateway.
pub(super) fn taken(gateway: &str, code: &str, id: &str) -> ProviderError {
    let message = format!(
        "{gateway} already has the code {code}, which Rekomi didn\u{2019}t create. Archive this coupon and use another \
         code, or create a coupon with the gateway ID of the existing code ({id})."
    );
    ProviderError::refused(None, message)
}
