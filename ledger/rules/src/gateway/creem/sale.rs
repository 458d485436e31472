//! Parses completed checkouts and paid subscriptions.

use serde::Deserialize;
use serde_json::Value;
use shared::{event::Gateway, timestamp::Timestamp};

use super::{Reading, Reference, Transaction, evidence as evidence_of, moment};
use crate::{
    fact::{ConversionFact, Details, Fact, Unreadable},
    gateway::{evidence, units},
};

#[derive(Debug, Deserialize)]
pub(super) struct Checkout {
    order: Option<Order>,
    customer: Option<Reference>,
    subscription: Option<Reference>,
    #[serde(default)]
    discount: Value,
    #[serde(default)]
    metadata: Value,
}

#[derive(Debug, Deserialize)]
struct Order {
    id: String,
    product: Option<Reference>,
    amount: i64,
    amount_paid: Option<i64>,
    tax_amount: Option<i64>,
    currency: String,
    status: Option<String>,
    #[serde(default)]
    discount: Value,
}

impl Checkout {
    pub(super) fn read(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let order_discount = self.order.as_ref().map_or(&Value::Null, |order| &order.discount);
        let mut evidence = evidence_of([&self.metadata], order_discount);
        super::coupon(&self.discount).for_each(|name| evidence.take_coupon(name));
        let customer = self.customer.as_ref().and_then(Reference::buyer);
        let facts = match (&self.subscription, &self.order) {
            (Some(subscription), _) => {
                evidence.purchase = Some(subscription.id().to_owned());
                Vec::new()
            }
            (None, Some(order)) if order.status.as_deref().is_none_or(|status| status == "paid") => {
                order.sale(&self.metadata, self.customer.as_ref())?.into_iter().collect()
            }
            (None, _) => Vec::new(),
        };
        Ok(Reading { at, customer, evidence, facts })
    }
}

impl Order {
    /// An order that names only its `amount` says nothing about tax: all of it counts.
    fn sale(&self, metadata: &Value, customer: Option<&Reference>) -> Result<Option<Fact>, Unreadable> {
        let paid = self.amount_paid.unwrap_or(self.amount);
        let net = units::less(paid, self.tax_amount.unwrap_or(0))?;
        let sold =
            Sold { id: &self.id, paid, net, is_paid_known: self.amount_paid.is_some(), currency: &self.currency };
        sold.fact(None, self.product.as_ref(), metadata, customer)
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Subscription {
    id: String,
    product: Option<Product>,
    customer: Option<Reference>,
    last_transaction_id: Option<String>,
    /// In the official library's types; the examples in the documentation only have the id.
    last_transaction: Option<Transaction>,
    last_transaction_date: Option<String>,
    #[serde(default)]
    discount: Value,
    #[serde(default)]
    metadata: Value,
}

/// The subscribed product: its id, or the object.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Product {
    Id(String),
    Whole { id: String, price: Option<i64>, currency: Option<String>, tax_mode: Option<String> },
}

impl Subscription {
    pub(super) fn evidence_only(&self, at: Timestamp) -> Reading {
        let mut evidence = evidence_of([&self.metadata], &self.discount);
        evidence.purchase = Some(self.id.clone());
        Reading { customer: self.customer.as_ref().and_then(Reference::buyer), evidence, ..Reading::nothing(at) }
    }

    pub(super) fn paid(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let at = self.last_transaction_date.as_deref().map_or(Ok(at), moment)?;
        let product = self.product.as_ref().map(|product| match product {
            Product::Id(id) | Product::Whole { id, .. } => Reference::Id(id.clone()),
        });
        let sale = self.sold()?.fact(Some(&self.id), product.as_ref(), &self.metadata, self.customer.as_ref())?;
        Ok(Reading { facts: sale.into_iter().collect(), ..self.evidence_only(at) })
    }

    fn sold(&self) -> Result<Sold<'_>, Unreadable> {
        if let Some(transaction) = &self.last_transaction {
            return transaction.sold();
        }
        // Without its transaction only a price without tax and discount is known to be what was paid, net of tax.
        match (&self.product, self.last_transaction_id.as_deref()) {
            (Some(Product::Whole { price: Some(price), currency: Some(currency), tax_mode, .. }), Some(id))
                if tax_mode.as_deref() == Some("exclusive") && self.discount.is_null() =>
            {
                Ok(Sold { id, paid: *price, net: *price, is_paid_known: false, currency })
            }
            _ => {
                let detail = "the event doesn't contain the amount of the subscription's payment";
                Err(Unreadable::new("amount_missing", detail))
            }
        }
    }
}

impl Transaction {
    fn sold(&self) -> Result<Sold<'_>, Unreadable> {
        let tax = self.tax_amount.unwrap_or(0);
        let paid = self.amount_paid.map_or_else(|| units::sum([self.amount, tax]), Ok)?;
        let net = units::less(paid, tax)?;
        Ok(Sold { id: &self.id, paid, net, is_paid_known: true, currency: &self.currency })
    }
}

/// One payment, in Creem's units.
struct Sold<'a> {
    id: &'a str,
    paid: i64,
    /// Without tax.
    net: i64,
    is_paid_known: bool,
    currency: &'a str,
}

impl Sold<'_> {
    /// A trial's payment of zero is no sale.
    fn fact(
        &self,
        subscription: Option<&str>,
        product: Option<&Reference>,
        metadata: &Value,
        customer: Option<&Reference>,
    ) -> Result<Option<Fact>, Unreadable> {
        let currency = units::currency(self.currency)?;
        let exact = |amount| units::exact(Gateway::Creem, currency, amount);
        let (amount, paid) = (exact(self.net)?, exact(self.paid)?);
        if amount == 0 {
            return Ok(None);
        }
        let country = customer.and_then(Reference::country).and_then(evidence::country);
        Ok(Some(Fact::Conversion(Box::new(ConversionFact {
            external_id: self.id.to_owned(),
            lead: false,
            // No field tells a renewal from a first payment; the ledger knows by the subscription's earlier ones.
            reported_recurring: false,
            amount,
            paid,
            paid_known: self.is_paid_known,
            currency,
            subscription_id: subscription.map(str::to_owned),
            product_id: product.map(|product| product.id().to_owned()),
            details: Details { country, metadata: evidence::texts([metadata]), ..Details::default() },
        }))))
    }
}
