//! Parses Stripe's events into facts.
//!
//! An event's format follows the API version of the brand's endpoint, not ours. The big change is 2025-03-31.basil,
//! which moved an invoice's subscription to `parent.subscription_details`, its tax to `total_taxes` and its payments to
//! `payments` (Stripe changelog, "basil"); each field is read from both places. Fields: Stripe API reference, "The
//! Event object" and the object of each event.
//!
//! A sale is identified by its invoice, or by its payment if there is no invoice. Refunds and disputes refer to a
//! payment or a charge, so every event with two of these ids reports them as an alias: charge of payment, payment of
//! invoice.

mod checkout;
mod customer;
mod dispute;
mod invoice;
mod refund;

use serde::{Deserialize, de::DeserializeOwned};
use serde_json::Value;
use shared::timestamp::Timestamp;

use super::{Reading, malformed};
use crate::fact::{Alias, Evidence, Fact, Unreadable};

#[derive(Debug, Deserialize)]
struct Envelope {
    object: Option<String>,
    #[serde(rename = "type")]
    kind: String,
    /// Unix seconds; text in thin events.
    created: Value,
    data: Option<Data>,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Value,
}

pub(super) fn read(body: &str) -> Result<Reading, Unreadable> {
    let envelope: Envelope = serde_json::from_str(body).map_err(|error| malformed(error.to_string()))?;
    let at = match &envelope.created {
        Value::String(text) => Timestamp::parse_rfc3339(text).map_err(|error| malformed(format!("created {error}")))?,
        other => seconds(other.as_i64().ok_or_else(|| malformed("created isn't a time"))?)?,
    };
    // A thin event (v2) refers to an object without containing it; the snapshot event about it reports it too.
    if envelope.object.as_deref() == Some("v2.core.event") {
        return Ok(Reading::nothing(at));
    }
    let object = envelope.data.ok_or_else(|| malformed("data is missing"))?.object;
    match envelope.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            parse(object).and_then(|session: checkout::Session| session.read(at))
        }
        // `invoice.payment_succeeded` reports the same payments again: only one of the two may count.
        "invoice.paid" => parse(object).and_then(|invoice: invoice::Invoice| invoice.read(at)),
        "invoice_payment.paid" => parse(object).map(|payment: invoice::InvoicePayment| payment.read(at)),
        "refund.created" | "refund.updated" | "refund.failed" | "charge.refund.updated" => {
            parse(object).and_then(|refund: refund::Refund| refund.read(at))
        }
        "charge.refunded" => parse(object).and_then(|charge: refund::Charge| charge.read(at)),
        // `funds_withdrawn` and `funds_reinstated` move the brand's money, and don't decide the dispute.
        "charge.dispute.created" | "charge.dispute.updated" | "charge.dispute.closed" => {
            parse(object).and_then(|dispute: dispute::Dispute| dispute.read(at))
        }
        "customer.discount.created" => Ok(customer::discount(&object, at)),
        "customer.created" | "customer.updated" => parse(object).map(|customer: customer::Customer| customer.read(at)),
        "customer.subscription.created" => {
            parse(object).map(|subscription: customer::Subscription| subscription.created(at))
        }
        "customer.subscription.updated" => {
            parse(object).map(|subscription: customer::Subscription| subscription.read(at))
        }
        // These include credit notes, whose money is reported by their refund, and the end of a subscription, which
        // reverses nothing.
        _ => Ok(Reading::nothing(at)),
    }
}

fn parse<T: DeserializeOwned>(object: Value) -> Result<T, Unreadable> {
    serde_json::from_value(object).map_err(|error| malformed(error.to_string()))
}

fn seconds(seconds: i64) -> Result<Timestamp, Unreadable> {
    Timestamp::from_seconds(seconds).map_err(|error| malformed(format!("time {error}")))
}

/// Stripe sends an id, or the object itself if the endpoint expands it.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(String),
    Object {
        id: String,
        /// For a charge: its total.
        #[serde(default)]
        amount: Option<i64>,
    },
}

impl Reference {
    fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Object { id, .. } => id,
        }
    }

    const fn amount(&self) -> Option<i64> {
        match self {
            Self::Id(_) => None,
            Self::Object { amount, .. } => *amount,
        }
    }
}

fn id(reference: Option<&Reference>) -> Option<&str> {
    reference.map(Reference::id).filter(|id| !id.is_empty())
}

/// The ids of one payment, of which an event may contain all, some or none.
#[derive(Debug, Clone, Copy, Default)]
struct Payment<'a> {
    charge: Option<&'a str>,
    intent: Option<&'a str>,
    invoice: Option<&'a str>,
}

impl Payment<'_> {
    /// The id that a refund or dispute of it refers to.
    fn name(&self) -> Option<&str> {
        self.intent.or(self.charge)
    }

    /// Each id points to the next better one, always in the same direction, so that it doesn't matter which event
    /// reports it.
    fn aliases(&self) -> impl Iterator<Item = Fact> {
        let of_charge = self.charge.zip(self.intent.or(self.invoice));
        let of_intent = self.intent.zip(self.invoice);
        of_charge
            .into_iter()
            .chain(of_intent)
            .map(|(alias, name)| Fact::Alias(Alias { alias: alias.to_owned(), name: name.to_owned() }))
    }
}

/// Discounts are the brand's evidence, not money: an unknown format is ignored. Before 2025-09-30.clover a discount
/// contains `coupon`, since then `source.coupon`. A discount's own id (`di_…`) identifies only this use of it. It's all
/// that Stripe's events about subscriptions and invoices contain ([`customer::discount`]), but a brand that passes events on
/// may expand it.
fn take_discounts(evidence: &mut Evidence, discounts: &Value) {
    let one = |discount: &Value, evidence: &mut Evidence| {
        for named in [&discount["promotion_code"], &discount["coupon"], &discount["source"]["coupon"]] {
            for name in [named, &named["id"], &named["code"]] {
                name.as_str().into_iter().for_each(|name| evidence.take_coupon(name));
            }
        }
    };
    match discounts {
        Value::Array(several) => several.iter().for_each(|discount| one(discount, evidence)),
        discount => one(discount, evidence),
    }
}

#[cfg(test)]
mod tests;
