//! Parses Dodo Payments' events into facts.
//!
//! Dodo is the merchant of record: a sale is a successful payment, the first of a subscription or a later one alike.
//! Amounts are in the currency's smallest unit and in the currency that the buyer paid in; what Dodo settles is in
//! `settlement_amount` and isn't used. Fields: the types of the official library `dodopayments` (API reference,
//! "Payment", "Refund", "Dispute", "Subscription").

mod payment;
mod reversal;

use serde::Deserialize;
use serde_json::Value;
use shared::timestamp::Timestamp;

use super::{Reading, buyer, malformed, moment, parse};
use crate::fact::{Buyer, DisputeState, Evidence, RefundEffect, Unreadable};

#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    timestamp: String,
    data: Value,
}

pub(super) fn read(body: &str) -> Result<Reading, Unreadable> {
    let Envelope { kind, timestamp, data } =
        serde_json::from_str(body).map_err(|error| malformed(error.to_string()))?;
    let at = moment(&timestamp)?;
    let refund = |effect| parse(data.clone()).and_then(|refund: reversal::Refund| refund.read(at, effect));
    let dispute = |state| parse(data.clone()).and_then(|dispute: reversal::Dispute| dispute.read(at, state));
    match kind.as_str() {
        "payment.succeeded" => parse(data).and_then(|payment: payment::Payment| payment.read(at)),
        "refund.succeeded" => refund(RefundEffect::Made),
        "refund.failed" => refund(RefundEffect::Undone),
        "dispute.opened" | "dispute.challenged" => dispute(DisputeState::Open),
        "dispute.won" | "dispute.cancelled" => dispute(DisputeState::Won),
        // Accepted by the brand, or expired because no one answered: the buyer keeps the money.
        "dispute.lost" | "dispute.accepted" | "dispute.expired" => dispute(DisputeState::Lost),
        kind if kind.starts_with("subscription.") => {
            parse(data).map(|subscription: Subscription| subscription.read(at))
        }
        _ => Ok(Reading::nothing(at)),
    }
}

#[derive(Debug, Deserialize)]
struct Customer {
    customer_id: String,
    email: Option<String>,
}

impl Customer {
    fn buyer(&self) -> Option<Buyer> {
        buyer(Some(&self.customer_id), self.email.as_deref())
    }
}

#[derive(Debug, Deserialize)]
struct Discount {
    code: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Subscription {
    subscription_id: String,
    customer: Option<Customer>,
    discounts: Option<Vec<Discount>>,
    discount_id: Option<String>,
    #[serde(default)]
    metadata: Value,
}

impl Subscription {
    fn read(self, at: Timestamp) -> Reading {
        let mut evidence = evidence(&self.metadata, self.discounts.as_deref(), self.discount_id.as_deref());
        evidence.purchase = Some(self.subscription_id);
        Reading { customer: self.customer.as_ref().and_then(Customer::buyer), evidence, ..Reading::nothing(at) }
    }
}

fn evidence(metadata: &Value, discounts: Option<&[Discount]>, discount_id: Option<&str>) -> Evidence {
    let mut found = Evidence::default();
    found.take_data(metadata);
    let codes = discounts.unwrap_or_default().iter().filter_map(|discount| discount.code.as_deref());
    codes.chain(discount_id).for_each(|name| found.take_coupon(name));
    found
}

#[cfg(test)]
mod tests;
