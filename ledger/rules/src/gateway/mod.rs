//! Gateways: parses each one's webhooks into the ledger's own terms. One folder per gateway, pure.
//!
//! The edge has checked the signatures; here a body becomes a [`Reading`], or an error with the reason. Amounts are
//! checked once more, and so is every id: a gateway's text goes into indexed columns, where an endless one or a NUL
//! would stop the whole batch.

mod braintree;
mod creem;
mod dodo;
mod evidence;
pub mod origin;
mod paddle;
mod parts;
mod shopify;
mod stripe;
mod units;

use serde::de::DeserializeOwned;
use serde_json::Value;
use shared::{event::Gateway, timestamp::Timestamp};

/// The prefix for the ids of refunds that represent declined bank debits.
pub use self::braintree::DECLINED as DECLINED_DEBIT;
use crate::fact::{Buyer, ConversionFact, Details, Evidence, Fact, Unreadable};

/// Longer than any id of a gateway or brand.
const NAME_MAX: usize = 255;

/// The content of one event. An event without effect here has neither facts nor evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    /// The time that the event refers to.
    pub at: Timestamp,
    pub customer: Option<Buyer>,
    pub evidence: Evidence,
    /// At most one of them is a conversion.
    pub facts: Vec<Fact>,
}

impl Reading {
    fn nothing(at: Timestamp) -> Self {
        Self { at, customer: None, evidence: Evidence::default(), facts: Vec::new() }
    }

    fn of(at: Timestamp, facts: Vec<Fact>) -> Self {
        Self { facts, ..Self::nothing(at) }
    }
}

/// Parses a gateway's body.
///
/// # Errors
/// [`Unreadable`] if the body is not an event of this gateway, or an amount, currency or id in it is invalid.
pub fn read(gateway: Gateway, body: &str) -> Result<Reading, Unreadable> {
    let reading = match gateway {
        Gateway::Stripe => stripe::read(body),
        Gateway::Paddle => paddle::read(body),
        Gateway::Braintree => braintree::read(body),
        Gateway::Shopify => shopify::read(body),
        Gateway::Dodo => dodo::read(body),
        Gateway::Creem => creem::read(body),
    }?;
    let buyer = reading.customer.iter().map(|buyer| buyer.external_id.as_str());
    let purchase = reading.evidence.purchase.as_deref().filter(|name| !name.is_empty());
    match buyer.chain(purchase).chain(reading.facts.iter().flat_map(names)).find(|name| !fit(name)) {
        None => Ok(reading),
        Some(name) => {
            let shown: String = name.chars().filter(|c| !c.is_control()).take(40).collect();
            Err(malformed(format!("`{shown}` isn't a valid ID")))
        }
    }
}

fn malformed(detail: impl Into<String>) -> Unreadable {
    Unreadable::new("malformed_event", detail)
}

/// Parses a body, or a part of one, into what this gateway sends there.
fn parse<T: DeserializeOwned>(data: Value) -> Result<T, Unreadable> {
    serde_json::from_value(data).map_err(|error| malformed(error.to_string()))
}

fn moment(text: &str) -> Result<Timestamp, Unreadable> {
    Timestamp::parse_rfc3339(text).map_err(|error| malformed(format!("time {error}")))
}

fn fit(name: &str) -> bool {
    !name.is_empty() && name.len() <= NAME_MAX && !name.chars().any(char::is_control)
}

/// An email address that can't be stored is ignored: that is no reason to lose the sale.
fn buyer(id: Option<&str>, email: Option<&str>) -> Option<Buyer> {
    Buyer::new(id, email.filter(|email| fit(email)))
}

/// A subscription that begins without a payment, with a trial or a full discount: a lead. Each gateway reports it in
/// several events, which all name the same lead; its id differs from the subscription's, under which a brand's backend
/// may report a sale. Without a known currency there is none, rather than an event that can't be applied.
fn lead(subscription: &str, currency: Option<&str>, product_id: Option<&str>, details: Details) -> Option<Fact> {
    let currency = units::currency(currency?).ok()?;
    Some(Fact::Conversion(Box::new(ConversionFact {
        external_id: format!("lead_{subscription}"),
        lead: true,
        reported_recurring: false,
        amount: 0,
        paid: 0,
        paid_known: false,
        currency,
        subscription_id: Some(subscription.to_owned()),
        product_id: product_id.map(str::to_owned),
        details,
    })))
}

fn names(fact: &Fact) -> Vec<&str> {
    match fact {
        Fact::Conversion(conversion) => {
            let optional = [&conversion.subscription_id, &conversion.product_id].into_iter().flatten();
            let items = conversion.details.items.iter().map(|item| &item.product_id).filter(|name| !name.is_empty());
            [&conversion.external_id].into_iter().chain(optional).chain(items).map(String::as_str).collect()
        }
        Fact::Refund(refund) => vec![&refund.external_id, &refund.refund_of],
        Fact::Dispute(dispute) => vec![&dispute.external_id, &dispute.dispute_of],
        Fact::Alias(alias) => vec![&alias.alias, &alias.name],
    }
}

#[cfg(test)]
mod tests;
