//! Parses Creem's events into facts.
//!
//! Creem is the merchant of record. A one-off sale comes as a completed checkout, and every payment of a subscription,
//! the first one too, as `subscription.paid`: so a subscription's checkout only brings evidence. A one-off sale has its
//! order's id, a subscription's payment its transaction's. Fields: docs.creem.io, "Webhooks", "Event types", and the
//! types of the official libraries `creem` and `creem_io`.

mod reversal;
mod sale;

use serde::Deserialize;
use serde_json::Value;
use shared::timestamp::Timestamp;

use super::{Reading, buyer, malformed, moment, parse};
use crate::fact::{Buyer, Evidence, Unreadable};

#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(rename = "eventType")]
    kind: String,
    /// Milliseconds since 1970.
    created_at: i64,
    object: Value,
}

pub(super) fn read(body: &str) -> Result<Reading, Unreadable> {
    let Envelope { kind, created_at, object } =
        serde_json::from_str(body).map_err(|error| malformed(error.to_string()))?;
    let at = Timestamp::from_millis(created_at).map_err(|error| malformed(format!("created_at {error}")))?;
    match kind.as_str() {
        "checkout.completed" => parse(object).and_then(|checkout: sale::Checkout| checkout.read(at)),
        "subscription.paid" => parse(object).and_then(|subscription: sale::Subscription| subscription.paid(at)),
        "refund.created" => parse(object).and_then(|refund: reversal::Refund| refund.read(at)),
        "dispute.created" => parse(object).and_then(|dispute: reversal::Dispute| dispute.read(at)),
        kind if kind.starts_with("subscription.") => {
            parse(object).map(|subscription: sale::Subscription| subscription.evidence_only(at))
        }
        _ => Ok(Reading::nothing(at)),
    }
}

/// Another object: its id, or the object itself.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(String),
    Whole { id: String, email: Option<String>, country: Option<String> },
}

impl Reference {
    fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Whole { id, .. } => id,
        }
    }

    fn buyer(&self) -> Option<Buyer> {
        match self {
            Self::Id(id) => buyer(Some(id), None),
            Self::Whole { id, email, .. } => buyer(Some(id), email.as_deref()),
        }
    }

    fn country(&self) -> Option<&str> {
        match self {
            Self::Id(_) => None,
            Self::Whole { country, .. } => country.as_deref(),
        }
    }
}

/// One charge.
#[derive(Debug, Deserialize)]
struct Transaction {
    id: String,
    /// Without tax.
    amount: i64,
    /// With tax and after discounts.
    amount_paid: Option<i64>,
    tax_amount: Option<i64>,
    currency: String,
    status: Option<String>,
    order: Option<Reference>,
    subscription: Option<Reference>,
}

/// A discount: its id, or the object, of which the code counts.
fn coupon(discount: &Value) -> impl Iterator<Item = &str> {
    [discount, &discount["code"], &discount["id"]].into_iter().filter_map(Value::as_str)
}

fn evidence<'a>(data: impl IntoIterator<Item = &'a Value>, discount: &Value) -> Evidence {
    let mut found = Evidence::default();
    data.into_iter().for_each(|data| found.take_data(data));
    coupon(discount).for_each(|name| found.take_coupon(name));
    found
}

#[cfg(test)]
mod tests;
