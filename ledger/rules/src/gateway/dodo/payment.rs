//! Parses successful payments: sales and renewals.

use serde::Deserialize;
use serde_json::Value;
use shared::{event::Gateway, timestamp::Timestamp};

use super::{Customer, Discount, Reading, evidence as evidence_of};
use crate::{
    fact::{ConversionFact, Details, Fact, Unreadable},
    gateway::{evidence, units},
};

#[derive(Debug, Deserialize)]
pub(super) struct Payment {
    payment_id: String,
    /// Including tax.
    total_amount: i64,
    tax: Option<i64>,
    currency: String,
    subscription_id: Option<String>,
    customer: Option<Customer>,
    billing: Option<Billing>,
    product_cart: Option<Vec<Product>>,
    discounts: Option<Vec<Discount>>,
    discount_id: Option<String>,
    #[serde(default)]
    metadata: Value,
    /// A charge that only changes the payment method of a subscription.
    #[serde(default)]
    is_update_payment_method: bool,
}

#[derive(Debug, Deserialize)]
struct Billing {
    country: Option<String>,
}

/// The cart says what was bought, not what each product cost.
#[derive(Debug, Deserialize)]
struct Product {
    product_id: String,
}

impl Payment {
    pub(super) fn read(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let mut evidence = evidence_of(&self.metadata, self.discounts.as_deref(), self.discount_id.as_deref());
        evidence.purchase.clone_from(&self.subscription_id);
        let customer = self.customer.as_ref().and_then(Customer::buyer);
        let facts = self.sale()?.into_iter().collect();
        Ok(Reading { at, customer, evidence, facts })
    }

    /// A trial starts with a payment of zero.
    fn sale(self) -> Result<Option<Fact>, Unreadable> {
        let currency = units::currency(&self.currency)?;
        let exact = |amount| units::exact(Gateway::Dodo, currency, amount);
        let paid = exact(self.total_amount)?;
        let amount = units::less(paid, exact(self.tax.unwrap_or(0))?)?;
        if amount == 0 || self.is_update_payment_method {
            return Ok(None);
        }
        let country = self.billing.and_then(|billing| evidence::country(&billing.country?));
        Ok(Some(Fact::Conversion(Box::new(ConversionFact {
            external_id: self.payment_id,
            lead: false,
            // No field tells a renewal from a first payment; the ledger knows by the subscription's earlier ones.
            reported_recurring: false,
            amount,
            paid,
            paid_known: true,
            currency,
            subscription_id: self.subscription_id,
            product_id: self.product_cart.and_then(|cart| cart.into_iter().next()).map(|first| first.product_id),
            details: Details { country, metadata: evidence::texts([&self.metadata]), ..Details::default() },
        }))))
    }
}
