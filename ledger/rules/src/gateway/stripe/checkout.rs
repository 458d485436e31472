//! Parses checkout sessions: they contain the brand's reference, and the sale itself if no invoice reports it (Stripe
//! API reference, "The Checkout Session object").

use serde::Deserialize;
use serde_json::Value;
use shared::{event::Gateway, timestamp::Timestamp};

use super::{Payment, Reading, Reference, id, take_discounts};
use crate::{
    fact::{Alias, ConversionFact, Details, Evidence, Fact, Unreadable},
    gateway::{buyer, evidence, units},
};

#[derive(Debug, Deserialize)]
pub(super) struct Session {
    id: String,
    mode: String,
    payment_status: String,
    client_reference_id: Option<String>,
    customer: Option<Reference>,
    customer_email: Option<String>,
    #[serde(default)]
    customer_details: Value,
    subscription: Option<Reference>,
    invoice: Option<Reference>,
    payment_intent: Option<Reference>,
    currency: Option<String>,
    amount_total: Option<i64>,
    total_details: Option<TotalDetails>,
    shipping_cost: Option<ShippingCost>,
    #[serde(default)]
    discounts: Value,
    #[serde(default)]
    metadata: Value,
}

#[derive(Debug, Default, Deserialize)]
struct TotalDetails {
    amount_tax: Option<i64>,
    amount_shipping: Option<i64>,
}

/// In sessions and invoices alike.
#[derive(Debug, Deserialize)]
pub(super) struct ShippingCost {
    amount_subtotal: i64,
    amount_tax: Option<i64>,
    amount_total: Option<i64>,
}

impl ShippingCost {
    /// The cost without tax, whether its tax was inclusive or not.
    pub(super) fn without_tax(&self) -> i64 {
        match (self.amount_total, self.amount_tax) {
            (Some(total), Some(tax)) => total.saturating_sub(tax),
            _ => self.amount_subtotal,
        }
    }
}

impl Session {
    /// A session always brings evidence, for the purchase it is the checkout of; it is a sale itself only for a paid
    /// one-off payment without an invoice. An unpaid one waits for `checkout.session.async_payment_succeeded`.
    pub(super) fn read(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let mut evidence = Evidence::default();
        self.client_reference_id.iter().for_each(|reference| evidence.take_reference(reference));
        evidence.take_data(&self.metadata);
        take_discounts(&mut evidence, &self.discounts);
        let email = self.customer_details["email"].as_str().or(self.customer_email.as_deref());
        let (intent, invoice) = (id(self.payment_intent.as_ref()), id(self.invoice.as_ref()));
        let subscription = id(self.subscription.as_ref());
        evidence.purchase = Some(subscription.or(invoice).or(intent).unwrap_or(&self.id).to_owned());
        let mut facts: Vec<Fact> = Payment { charge: None, intent, invoice }.aliases().collect();
        if self.mode == "payment" && self.payment_status == "paid" && invoice.is_none() {
            facts.extend(self.sale(intent)?);
        }
        Ok(Reading { at, customer: buyer(id(self.customer.as_ref()), email), evidence, facts })
    }

    fn sale(&self, intent: Option<&str>) -> Result<Vec<Fact>, Unreadable> {
        let total = self.amount_total.unwrap_or(0);
        if total <= 0 {
            return Ok(Vec::new());
        }
        let currency = units::currency(self.currency.as_deref().unwrap_or_default())?;
        let none = TotalDetails::default();
        let details = self.total_details.as_ref().unwrap_or(&none);
        let shipping = match &self.shipping_cost {
            Some(cost) => cost.without_tax(),
            None => details.amount_shipping.unwrap_or(0),
        };
        let parts = units::sum([details.amount_tax.unwrap_or(0), shipping])?;
        let amount = units::nearest(Gateway::Stripe, currency, units::less(total, parts)?)?;
        if amount == 0 {
            return Ok(Vec::new());
        }
        // The id that refunds of it will refer to; the session's own id if there is no payment.
        let external_id = intent.unwrap_or(&self.id).to_owned();
        let alias =
            (external_id != self.id).then(|| Fact::Alias(Alias { alias: self.id.clone(), name: external_id.clone() }));
        let sale = Fact::Conversion(Box::new(ConversionFact {
            external_id,
            lead: false,
            reported_recurring: false,
            amount,
            paid: units::exact(Gateway::Stripe, currency, total)?,
            paid_known: true,
            currency,
            subscription_id: None,
            // A session's event has no lines.
            product_id: None,
            details: Details {
                country: self.customer_details["address"]["country"].as_str().and_then(evidence::country),
                items: Vec::new(),
                metadata: evidence::texts([&self.metadata]),
                past: None,
            },
        }));
        Ok([sale].into_iter().chain(alias).collect())
    }
}
