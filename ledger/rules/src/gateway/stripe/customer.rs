//! Parses customers, subscriptions and discounts: they move no money, but a brand may keep its reference there, and a
//! trial is a lead (Stripe API reference, "The Customer object", "The Subscription object", "The Discount object").

use serde::Deserialize;
use serde_json::Value;
use shared::timestamp::Timestamp;

use super::{Reading, Reference, id, take_discounts};
use crate::{
    fact::{Details, Evidence, Fact},
    gateway::{buyer, evidence, lead},
};

#[derive(Debug, Deserialize)]
pub(super) struct Customer {
    id: String,
    email: Option<String>,
    #[serde(default)]
    discount: Value,
    #[serde(default)]
    metadata: Value,
}

impl Customer {
    pub(super) fn read(self, at: Timestamp) -> Reading {
        let customer = buyer(Some(&self.id), self.email.as_deref());
        Reading { customer, evidence: report(&self.metadata, &[&self.discount]), ..Reading::nothing(at) }
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Subscription {
    #[serde(default)]
    id: String,
    #[serde(default)]
    status: String,
    /// Absent in old API versions, in which the trial's invoice reports the lead.
    currency: Option<String>,
    #[serde(default)]
    items: Value,
    customer: Option<Reference>,
    /// Before basil.
    #[serde(default)]
    discount: Value,
    #[serde(default)]
    discounts: Value,
    #[serde(default)]
    metadata: Value,
}

impl Subscription {
    /// What it names is about its own payments, and no other purchase of the customer.
    pub(super) fn read(self, at: Timestamp) -> Reading {
        let evidence = report(&self.metadata, &[&self.discount, &self.discounts]);
        let evidence = Evidence { purchase: Some(self.id).filter(|id| !id.is_empty()), ..evidence };
        Reading { customer: buyer(id(self.customer.as_ref()), None), evidence, ..Reading::nothing(at) }
    }

    /// A new subscription; if it begins with a trial, it is a lead. One that gets a trial later isn't: it may have been
    /// paid for years.
    pub(super) fn created(self, at: Timestamp) -> Reading {
        let trial = (self.status == "trialing" && !self.id.is_empty()).then(|| self.lead()).flatten();
        Reading { facts: trial.into_iter().collect(), ..self.read(at) }
    }

    fn lead(&self) -> Option<Fact> {
        let price = &self.items["data"][0]["price"];
        let product = price["product"].as_str().or_else(|| price["product"]["id"].as_str());
        let details = Details { metadata: evidence::texts([&self.metadata]), ..Details::default() };
        lead(&self.id, self.currency.as_deref(), product.filter(|id| !id.is_empty()), details)
    }
}

/// The fields for what a discount was given to. All are empty if it was given to the customer as a whole.
const DISCOUNTED: [&str; 5] = ["subscription", "invoice", "checkout_session", "subscription_item", "invoice_item"];

/// A new discount, which names its code. It counts for the purchase that it was given to, such as a subscription's
/// payments, and one of a customer as a whole for any later sale.
pub(super) fn discount(discount: &Value, at: Timestamp) -> Reading {
    let named = |name: &str| discount[name].as_str().filter(|id| !id.is_empty());
    let purchase = DISCOUNTED.into_iter().find_map(named).map(str::to_owned);
    let mut evidence = Evidence { purchase, ..Evidence::default() };
    take_discounts(&mut evidence, discount);
    Reading { customer: buyer(named("customer"), None), evidence, ..Reading::nothing(at) }
}

fn report(metadata: &Value, discounts: &[&Value]) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.take_data(metadata);
    discounts.iter().for_each(|discounts| take_discounts(&mut evidence, discounts));
    evidence
}
