//! Parses Paddle Billing's events into facts.
//!
//! Paddle is the merchant of record: a sale is a completed transaction, and any return of its money is an adjustment of
//! it. Amounts are text in the currency's lowest unit (developer.paddle.com, "Webhooks", "Data types"). Fields: the
//! events' own pages there, `transaction.completed`, `adjustment.created`, `customer.created`, `subscription.created`.

mod adjustment;
mod transaction;

use serde::Deserialize;
use serde_json::Value;
use shared::timestamp::Timestamp;

use super::{Reading, buyer, evidence, lead, malformed, moment, parse};
use crate::fact::{Details, Evidence, Fact, Unreadable};

#[derive(Debug, Deserialize)]
struct Envelope {
    event_type: String,
    occurred_at: String,
    data: Value,
}

pub(super) fn read(body: &str) -> Result<Reading, Unreadable> {
    let envelope: Envelope = serde_json::from_str(body).map_err(|error| malformed(error.to_string()))?;
    let at = moment(&envelope.occurred_at)?;
    match envelope.event_type.as_str() {
        // `transaction.paid` comes first and reports the same money, but doesn't have its totals and subscription yet.
        "transaction.completed" => {
            parse(envelope.data).and_then(|transaction: transaction::Transaction| transaction.read(at))
        }
        "adjustment.created" | "adjustment.updated" => {
            parse(envelope.data).and_then(|adjustment: adjustment::Adjustment| adjustment.read(at))
        }
        kind if kind.starts_with("customer.") => parse(envelope.data).map(|customer: Customer| customer.read(at)),
        "subscription.created" | "subscription.trialing" => {
            parse(envelope.data).map(|subscription: Subscription| subscription.begun(at))
        }
        kind if kind.starts_with("subscription.") => {
            parse(envelope.data).map(|subscription: Subscription| subscription.read(at))
        }
        _ => Ok(Reading::nothing(at)),
    }
}

/// The only place where Paddle reports an email address.
#[derive(Debug, Deserialize)]
struct Customer {
    id: String,
    email: Option<String>,
    #[serde(default)]
    custom_data: Value,
}

impl Customer {
    fn read(self, at: Timestamp) -> Reading {
        let mut evidence = Evidence::default();
        evidence.take_data(&self.custom_data);
        Reading { customer: buyer(Some(&self.id), self.email.as_deref()), evidence, ..Reading::nothing(at) }
    }
}

#[derive(Debug, Deserialize)]
struct Subscription {
    #[serde(default)]
    id: String,
    #[serde(default)]
    status: String,
    currency_code: Option<String>,
    #[serde(default)]
    items: Value,
    customer_id: Option<String>,
    #[serde(default)]
    discount: Value,
    #[serde(default)]
    custom_data: Value,
}

impl Subscription {
    /// What it names is about its own payments, and no other purchase of the customer.
    fn read(self, at: Timestamp) -> Reading {
        let purchase = Some(self.id).filter(|id| !id.is_empty());
        let mut evidence = Evidence { purchase, ..Evidence::default() };
        evidence.take_data(&self.custom_data);
        self.discount["id"].as_str().into_iter().for_each(|id| evidence.take_coupon(id));
        Reading { customer: buyer(self.customer_id.as_deref(), None), evidence, ..Reading::nothing(at) }
    }

    /// A subscription in its trial is a lead. Paddle has trials at the beginning only: a price's `trial_period`.
    fn begun(self, at: Timestamp) -> Reading {
        let trial = (self.status == "trialing" && !self.id.is_empty()).then(|| self.lead()).flatten();
        Reading { facts: trial.into_iter().collect(), ..self.read(at) }
    }

    fn lead(&self) -> Option<Fact> {
        let product = self.items[0]["price"]["product_id"].as_str().filter(|id| !id.is_empty());
        let details = Details { metadata: evidence::texts([&self.custom_data]), ..Details::default() };
        lead(&self.id, self.currency_code.as_deref(), product, details)
    }
}

#[cfg(test)]
mod tests;
