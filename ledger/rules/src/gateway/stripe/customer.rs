//! Parses customers and subscriptions: they move no money, but a brand may keep its reference there (Stripe API
//! reference, "The Customer object", "The Subscription object").

use serde::Deserialize;
use serde_json::Value;
use shared::timestamp::Timestamp;

use super::{Reading, Reference, id, take_discounts};
use crate::{fact::Evidence, gateway::buyer};

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
    pub(super) fn read(self, at: Timestamp) -> Reading {
        let evidence = report(&self.metadata, &[&self.discount, &self.discounts]);
        Reading { customer: buyer(id(self.customer.as_ref()), None), evidence, ..Reading::nothing(at) }
    }
}

fn report(metadata: &Value, discounts: &[&Value]) -> Evidence {
    let mut evidence = Evidence::default();
    evidence.take_data(metadata);
    discounts.iter().for_each(|discounts| take_discounts(&mut evidence, discounts));
    evidence
}
