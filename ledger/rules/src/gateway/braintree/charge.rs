//! Parses charges of subscriptions, and settled transactions (developer.paypal.com/braintree, "Subscription",
//! "Transaction").

use shared::timestamp::Timestamp;

use super::{Reading, amount, currency, moment, required, xml::Element};
use crate::{
    fact::{Basis, Buyer, ConversionFact, Details, Evidence, Fact, RefundEffect, RefundFact, Unreadable},
    gateway::{buyer, evidence, units},
};

/// The prefix for the id of a declined settlement's refund: the transaction has no other id.
pub const DECLINED: &str = "settlement_declined:";
/// Statuses in which no money came or will come ("Transaction statuses").
const FAILED: [&str; 6] =
    ["voided", "failed", "processor_declined", "gateway_rejected", "settlement_declined", "authorization_expired"];

/// A subscription's list contains all its transactions; this notification is about the newest one.
pub(super) fn subscription(at: Timestamp, subscription: &Element) -> Result<Reading, Unreadable> {
    let mut newest: Option<(&Element, Option<Timestamp>)> = None;
    for transaction in subscription.list("transactions").iter().filter(|transaction| is_sale(transaction)) {
        let created = transaction.text_of("created-at").map(moment).transpose()?;
        // Braintree lists the newest first, so without times the first one is used.
        if newest.is_none_or(|(_, known)| created > known) {
            newest = Some((transaction, created));
        }
    }
    // A charge of zero, as with a full discount, has no transaction.
    let Some((transaction, created)) = newest else { return Ok(Reading::nothing(at)) };
    let cycle = subscription.text_of("current-billing-cycle").and_then(|cycle| cycle.parse::<i64>().ok());
    let mut evidence = Evidence::default();
    take(&mut evidence, transaction);
    for discount in subscription.list("discounts").iter().chain(transaction.list("discounts")) {
        discount.text_of("id").into_iter().for_each(|id| evidence.take_coupon(id));
    }
    let plan = subscription.text_of("plan-id").or(transaction.text_of("plan-id"));
    let fact = sale(transaction, subscription.text_of("id"), plan, cycle.is_some_and(|cycle| cycle > 1))?;
    let at = created.unwrap_or(at);
    Ok(Reading { at, customer: customer(transaction), evidence, facts: fact.into_iter().collect() })
}

/// Bank debits only. A subscription's debit was already reported as its charge.
pub(super) fn settled(at: Timestamp, transaction: &Element) -> Result<Reading, Unreadable> {
    if transaction.text_of("type") == Some("credit") {
        return refund(at, transaction, RefundEffect::Made);
    }
    if transaction.text_of("subscription-id").is_some() {
        return Ok(Reading::nothing(at));
    }
    let mut evidence = Evidence::default();
    take(&mut evidence, transaction);
    let facts = sale(transaction, None, transaction.text_of("plan-id"), false)?.into_iter().collect();
    let at = transaction.text_of("created-at").map_or(Ok(at), moment)?;
    Ok(Reading { at, customer: customer(transaction), evidence, facts })
}

/// A bank debit that the bank declined, immediately or after it settled: the sale reported by a subscription's charge
/// or by the settlement is fully reversed. One that never settled has no sale, and nothing is reversed: it identifies
/// no buyer either, since no one bought anything.
pub(super) fn declined(at: Timestamp, transaction: &Element) -> Result<Reading, Unreadable> {
    if transaction.text_of("type") == Some("credit") {
        return refund(at, transaction, RefundEffect::Undone);
    }
    let id = required(transaction, "id")?;
    let taken = given_back(at, transaction, format!("{DECLINED}{id}"), id, RefundEffect::Made)?;
    Ok(Reading { customer: None, ..taken })
}

pub(super) fn refund_failed(at: Timestamp, transaction: &Element) -> Result<Reading, Unreadable> {
    refund(at, transaction, RefundEffect::Undone)
}

/// A standalone credit, which refunds no sale, reverses nothing.
fn refund(at: Timestamp, transaction: &Element, effect: RefundEffect) -> Result<Reading, Unreadable> {
    let Some(refunded) = transaction.text_of("refunded-transaction-id") else { return Ok(Reading::nothing(at)) };
    given_back(at, transaction, required(transaction, "id")?.to_owned(), refunded, effect)
}

fn given_back(
    at: Timestamp,
    transaction: &Element,
    external_id: String,
    refund_of: &str,
    effect: RefundEffect,
) -> Result<Reading, Unreadable> {
    let currency = currency(transaction)?;
    required(transaction, "amount")?;
    let amount = amount(transaction, "amount", currency)?.unwrap_or(0);
    let fact =
        RefundFact { external_id, refund_of: refund_of.to_owned(), amount, currency, basis: Basis::Paid, effect };
    Ok(Reading { customer: customer(transaction), ..Reading::of(at, vec![Fact::Refund(fact)]) })
}

fn is_sale(transaction: &Element) -> bool {
    transaction.text_of("type") != Some("credit")
        && !transaction.text_of("status").is_some_and(|status| FAILED.contains(&status))
}

fn sale(
    transaction: &Element,
    subscription: Option<&str>,
    plan: Option<&str>,
    reported_recurring: bool,
) -> Result<Option<Fact>, Unreadable> {
    let currency = currency(transaction)?;
    required(transaction, "amount")?;
    let of = |name: &str| amount(transaction, name, currency).map(Option::unwrap_or_default);
    let paid = of("amount")?;
    let net = units::less(paid, units::sum([of("tax-amount")?, of("shipping-amount")?])?)?;
    if net == 0 {
        return Ok(None);
    }
    let mut details = Details::default();
    for field in transaction.list("custom-fields") {
        evidence::keep(&mut details.metadata, &field.name.replace('-', "_"), field.text.trim().to_owned());
    }
    let country = ["billing", "shipping"].iter().find_map(|name| {
        transaction.child(name).and_then(|address| address.text_of("country-code-alpha2")).and_then(evidence::country)
    });
    Ok(Some(Fact::Conversion(Box::new(ConversionFact {
        external_id: required(transaction, "id")?.to_owned(),
        lead: false,
        reported_recurring,
        amount: net,
        paid,
        paid_known: true,
        currency,
        subscription_id: subscription.map(str::to_owned),
        product_id: plan.map(str::to_owned),
        details: Details { country, ..details },
    }))))
}

fn customer(transaction: &Element) -> Option<Buyer> {
    let customer = transaction.child("customer")?;
    buyer(customer.text_of("id"), customer.text_of("email"))
}

/// Reads the custom fields of the transaction and of its customer, and the order's id, in case the brand puts the token
/// there.
fn take(evidence: &mut Evidence, transaction: &Element) {
    let of_customer = transaction.child("customer").map(|customer| customer.list("custom-fields")).unwrap_or_default();
    for field in transaction.list("custom-fields").iter().chain(of_customer) {
        evidence.take_pair(&field.name, &field.text);
    }
    transaction.text_of("order-id").into_iter().for_each(|id| evidence.take_pair("order-id", id));
}
